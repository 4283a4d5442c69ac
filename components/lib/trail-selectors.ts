/** What the organization trail records. */
import type { TrailSettings } from "../../config";
import { arn } from "../../contract/names";

/** In the form of Pulumi's resource. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
interface AdvancedSelector {
  name: string;
  fieldSelectors: { field: string; equals?: string[]; notStartsWiths?: string[] }[];
}

const DATA_RESOURCE_TYPES = {
  s3: "AWS::S3::Object",
  lambda: "AWS::Lambda::Function",
  dynamodb: "AWS::DynamoDB::Table",
} as const;

/**
 * Advanced selectors, because the basic ones can't leave the log bucket out: each delivery of log files would be recorded, and lead to
 * another one.
 */
export const trailSelectors = (
  { managementEvents, dataEvents }: Pick<TrailSettings, "managementEvents" | "dataEvents">,
  partition: string,
  logBucket: string,
  undoFunctionArn: string,
): AdvancedSelector[] => [
  {
    name: "management",
    fieldSelectors: [
      { field: "eventCategory", equals: ["Management"] },
      ...(managementEvents === "WriteOnly" ? [{ field: "readOnly", equals: ["false"] }] : []),
    ],
  },
  ...dataEvents.map((service) => ({
    name: `data of ${service}`,
    fieldSelectors: [
      { field: "eventCategory", equals: ["Data"] },
      { field: "resources.type", equals: [DATA_RESOURCE_TYPES[service]] },
      ...(service === "s3"
        ? [{ field: "resources.ARN", notStartsWiths: [`${arn(partition, "s3", "", "", logBucket)}/`] }]
        : []),
    ],
  })),
  // Whoever undoes a fix leaves a record, whatever the stack records besides.
  ...(dataEvents.includes("lambda")
    ? []
    : [
        {
          name: "undos",
          fieldSelectors: [
            { field: "eventCategory", equals: ["Data"] },
            { field: "resources.type", equals: [DATA_RESOURCE_TYPES.lambda] },
            { field: "resources.ARN", equals: [undoFunctionArn] },
          ],
        },
      ]),
];
