/** Whoever answers for an application learns when a parameter in Parameter Store is created, changed or deleted. */
import type { Control } from "../lib/control";
import { resourceFrom, textIn, type ResourceShape } from "../lib/event-fields";

export const PARAMETER: ResourceShape = {
  type: "AWS::SSM::Parameter",
  // Paths begin with a slash, and have at most 15 levels; all of a name's characters are safe in policies.
  id: /^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+){0,14}$/,
  arn: ({ partition, account, region, id }) =>
    `arn:${partition}:ssm:${region}:${account}:parameter/${id.replace(/^\//, "")}`,
};

export const control: Control = {
  id: "ssm-parameter-change-reported",
  title: "Changes of SSM parameters are told, and never their values",
  description:
    "Applications follow their parameters without a deployment, so that a change shows first as an incident. Each creation, change and " +
    "deletion is told with name, type, tier, version and who made the version that is there now. The value is never read. Parameter " +
    "Store reports these changes itself: no trail is needed.",
  severity: "low",
  frameworks: ["NIST 800-53 r5 CM-3", "NIST 800-53 r5 AU-6"],
  resourceType: PARAMETER.type,
  pattern: {
    source: ["aws.ssm"],
    "detail-type": ["Parameter Store Change"],
    detail: { operation: ["Create", "Update", "Delete"] },
  },
  resource: (event) => resourceFrom(event, PARAMETER, textIn(event, "name")),
  reportsOnly: true,
  // DescribeParameters knows no resources; it tells no values, and is let through in the session's region only.
  permissions: ({ region }) => [
    {
      Sid: "DescribeParameter",
      Effect: "Allow",
      Action: "ssm:DescribeParameters",
      Resource: "*",
      ...(region === "*" ? {} : { Condition: { StringEquals: { "aws:RequestedRegion": region } } }),
    },
  ],
  remediationSteps:
    "If nobody expected the change: find the call in CloudTrail (PutParameter, DeleteParameter), ask who made it, and put the version " +
    "before back from the parameter's history.",
};
