/** Reports creations, changes and deletions of parameters in Parameter Store. */
import type { Control } from "../lib/control";
import { allowReading } from "../lib/permissions";
import { resourceFrom, type ResourceShape } from "../lib/resources";
import { textIn } from "../lib/event-fields";

export const PARAMETER: ResourceShape = {
  type: "AWS::SSM::Parameter",
  // Paths begin with a slash and have at most 15 levels; all characters of a name are safe in policies.
  id: /^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+){0,14}$/,
  arn: ({ partition, account, region, id }) =>
    `arn:${partition}:ssm:${region}:${account}:parameter/${id.replace(/^\//, "")}`,
  // A version or a label may follow the name.
  canonical: (id) => id.replace(/:[A-Za-z0-9_.-]{1,100}$/, ""),
  // The ARN leaves out the slash that every path begins with.
  idInArn: (text) => (text.includes("/") ? `/${text}` : text),
};

export const control: Control = {
  id: "ssm-parameter-change-reported",
  formerIds: ["ssm-parameter-change-told"],
  title: "SSM parameter created, changed or deleted",
  description:
    "Applications use changed parameters without a deployment, so the first sign of a change may be an incident. Each creation, change " +
    "and deletion is reported with name, type, tier, version and who made the current version. The value is never read. Parameter " +
    "Store emits these events itself: no trail is needed.",
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
  // DescribeParameters takes no resources; it returns no values, and is allowed only in the session's region.
  readPermissions: (scope) => [allowReading("DescribeParameter", "ssm:DescribeParameters", scope)],
  remediationSteps:
    "If nobody expected the change, find the call in CloudTrail (PutParameter, DeleteParameter), ask who made it, and restore the " +
    "previous version from the parameter's history.",
  unpreventable:
    "Changing a parameter is no fault, and a change made by a program has been reviewed with it.",
};
