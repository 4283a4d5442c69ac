/** What carries the events to the hub stays as it was deployed. */
import type { Control } from "../lib/control";
import { NAME_PREFIX, PATH_CONTROL } from "../lib/path-names";
import { readPath, restorePath } from "./permissions";
import { pathResource, RESOURCES } from "./resources";

const own = [{ prefix: NAME_PREFIX }];

export const control: Control = {
  id: PATH_CONTROL,
  title: "The path of the events to the hub is as it was deployed",
  description:
    "Who wants to act unseen stops what carries the events: a forwarding rule, its target, its role, its dead-letter queue, or the hub " +
    "itself. Rules, targets and queue are restored at once. A changed bus policy or role can't be restored, because whoever may " +
    "write policies may do everything; it is reported, as is whoever changes functions, ledger or log groups by hand.",
  severity: "critical",
  frameworks: ["MITRE ATT&CK T1562.008", "NIST 800-53 r5 AU-9", "NIST 800-53 r5 SI-4"],
  resourceType: RESOURCES.rule.type,
  otherResourceTypes: Object.values(RESOURCES)
    .map(({ type }) => type)
    .filter((type) => type !== RESOURCES.rule.type),
  pattern: {
    source: ["aws.events", "aws.sqs", "aws.iam", "aws.lambda", "aws.dynamodb", "aws.logs", "aws.scheduler"],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventName: [
        ...["DisableRule", "DeleteRule", "PutRule", "PutTargets", "RemoveTargets"],
        ...["PutPermission", "RemovePermission", "DeleteEventBus", "UpdateEventBus"],
        ...["AddPermission", "DeleteQueue", "PurgeQueue", "SetQueueAttributes"],
        ...["AttachRolePolicy", "CreateRole", "DeleteRole", "DeleteRolePermissionsBoundary"],
        ...["DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"],
        ...["UpdateAssumeRolePolicy", "UpdateRole"],
        ...["AddPermission20150331v2", "DeleteFunction20150331", "DeleteEventSourceMapping20150331"],
        ...[
          "PutFunctionConcurrency20171031",
          "RemovePermission20150331v2",
          "UpdateEventSourceMapping20150331",
        ],
        ...["UpdateFunctionCode20150331v2", "UpdateFunctionConfiguration20150331v2"],
        ...["DeleteTable", "UpdateTable", "UpdateTimeToLive", "UpdateContinuousBackups"],
        ...["DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy", "DeleteScheduleGroup"],
      ],
      errorCode: [{ exists: false }],
      $or: [
        { requestParameters: { name: [...own, NAME_PREFIX.slice(0, -1)] } },
        { requestParameters: { rule: own } },
        {
          requestParameters: {
            eventBusName: [NAME_PREFIX.slice(0, -1), { wildcard: "*:event-bus/bailiwick" }],
          },
        },
        { requestParameters: { queueUrl: [{ wildcard: `*/${NAME_PREFIX}*` }] } },
        { requestParameters: { roleName: own } },
        { requestParameters: { functionName: [...own, { wildcard: `*:${NAME_PREFIX}*` }] } },
        { responseElements: { functionArn: [{ wildcard: `*:function:${NAME_PREFIX}*` }] } },
        { requestParameters: { tableName: [...own, { wildcard: `*:table/${NAME_PREFIX}*` }] } },
        { requestParameters: { logGroupName: [{ prefix: `/aws/lambda/${NAME_PREFIX}` }] } },
      ],
    },
  },
  resource: pathResource,
  readPermissions: readPath,
  fixPermissions: restorePath,
  comparesDeployment: true,
  alwaysAtOnce: true,
  unpreventable:
    "The path is deployed by this program alone, and what others do to it is prevented by the guardrail, a service control policy.",
  remediationSteps:
    "Find out who made the call, and take that person's or role's access away first. Then run pulumi up on this stack, which restores " +
    "everything, also roles. Attach the guardrail (bailiwick:guardrail), so that administrators of members can't do it again.",
};
