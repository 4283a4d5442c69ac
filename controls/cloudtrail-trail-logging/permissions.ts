/** What reading a trail, restoring it, and undoing that needs. */
import type { Control } from "../lib/control";
import type { PermissionScope, PolicyStatement } from "../lib/permissions";
import { TRAIL } from "./trail";

/**
 * What CloudTrail asks of the organization, with the caller's permissions, when an organization trail is started or changed, which only
 * the management account does; without it the call fails with InsufficientDependencyServiceAccessPermissionException.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-an-organizational-trail-prepare.html#org_trail_permissions
 */
const readOrganization = ({ isManagementAccount, partition, account }: PermissionScope): PolicyStatement[] =>
  isManagementAccount === false
    ? []
    : [
        {
          Sid: "ReadOrganization",
          Effect: "Allow",
          Action: [
            "organizations:DescribeOrganization",
            "organizations:ListAccounts",
            "organizations:ListAWSServiceAccessForOrganization",
          ],
          // An organization is one, and its API is in one region.
          Resource: "*",
        },
        {
          Sid: "ReadTrailServiceRole",
          Effect: "Allow",
          Action: "iam:GetRole",
          Resource: `arn:${partition}:iam::${account}:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail`,
        },
      ];

export const permissions: Pick<Control, "readPermissions" | "fixPermissions" | "undoPermissions"> = {
  readPermissions: (scope) => [
    {
      Sid: "ReadTrail",
      Effect: "Allow",
      Action: [
        "cloudtrail:GetTrail",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetInsightSelectors",
        "cloudtrail:ListTags",
      ],
      // Any account: an organization's trail belongs to its management account, and members may read it.
      Resource: TRAIL.arn({ ...scope, account: "*" }),
    },
  ],
  fixPermissions: (scope) => [
    {
      Sid: "RestoreTrail",
      Effect: "Allow",
      Action: [
        "cloudtrail:StartLogging",
        "cloudtrail:PutEventSelectors",
        "cloudtrail:PutInsightSelectors",
        "cloudtrail:UpdateTrail",
      ],
      Resource: TRAIL.arn(scope),
    },
    ...readOrganization(scope),
  ],
  undoPermissions: (scope) => [
    {
      Sid: "PutTrailBack",
      Effect: "Allow",
      Action: [
        "cloudtrail:StopLogging",
        "cloudtrail:PutEventSelectors",
        "cloudtrail:PutInsightSelectors",
        "cloudtrail:UpdateTrail",
      ],
      Resource: TRAIL.arn(scope),
    },
    ...readOrganization(scope),
  ],
};
