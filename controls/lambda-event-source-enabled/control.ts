/** Lambda functions keep receiving from their event sources. */
import type { Control } from "../lib/control";
import { apiCalls, detailValue } from "../lib/event-fields";
import type { PermissionScope, PolicyStatement } from "../lib/permissions";
import { resourceFrom, type ResourceShape } from "../lib/resources";

export const MAPPING: ResourceShape = {
  type: "AWS::Lambda::EventSourceMapping",
  id: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  arn: ({ partition, account, region, id }) =>
    `arn:${partition}:lambda:${region}:${account}:event-source-mapping:${id}`,
};

const changeMapping = (scope: PermissionScope): PolicyStatement[] => [
  {
    Sid: "ChangeMapping",
    Effect: "Allow",
    Action: "lambda:UpdateEventSourceMapping",
    Resource: MAPPING.arn(scope),
  },
];

export const control: Control = {
  id: "lambda-event-source-enabled",
  title: "Lambda event source mappings are enabled",
  description:
    "A disabled or removed event source mapping stops a function without any error: messages wait until their queue or stream drops " +
    "them. A mapping that somebody disabled is enabled again. A removed one can't be restored and is reported, with function and " +
    "source. Exempt the mappings that should be off.",
  severity: "medium",
  frameworks: ["NIST 800-53 r5 CP-10", "NIST 800-53 r5 SI-4"],
  resourceType: MAPPING.type,
  pattern: apiCalls("lambda", [
    "UpdateEventSourceMapping20150331",
    "UpdateEventSourceMapping",
    "DeleteEventSourceMapping20150331",
    "DeleteEventSourceMapping",
  ]),
  resource: (event) =>
    resourceFrom(
      event,
      MAPPING,
      detailValue(event, "requestParameters", "uUID") ??
        detailValue(event, "requestParameters", "uuid") ??
        detailValue(event, "responseElements", "uUID"),
    ),
  readPermissions: (scope) => [
    {
      Sid: "ReadMapping",
      Effect: "Allow",
      Action: "lambda:GetEventSourceMapping",
      Resource: MAPPING.arn(scope),
    },
  ],
  fixPermissions: changeMapping,
  undoPermissions: changeMapping,
  remediationSteps:
    "Enable the mapping on the function's configuration page (Triggers), or create a removed one again with the same source and " +
    "settings. Check the source's queue or stream: waiting messages are delivered then, expired ones are lost.",
};
