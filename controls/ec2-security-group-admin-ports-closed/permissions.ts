/** What reading a group's rules, revoking and restoring them needs. */
import type { Control } from "../lib/control";
import { allowReading, type PermissionScope } from "../lib/permissions";
import { GROUP } from "./group";

/** A prefix list is only reported. */
const isPrefixList = ({ id }: PermissionScope): boolean => id.startsWith("pl-");

export const permissions: Pick<Control, "readPermissions" | "fixPermissions" | "undoPermissions"> = {
  readPermissions: (scope) => [
    allowReading(
      "ReadRules",
      [
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeTags",
        "ec2:DescribeManagedPrefixLists",
        "ec2:GetManagedPrefixListAssociations",
        "ec2:GetManagedPrefixListEntries",
      ],
      scope,
    ),
  ],
  fixPermissions: (scope) =>
    isPrefixList(scope)
      ? []
      : [
          {
            Sid: "RevokeRules",
            Effect: "Allow",
            Action: "ec2:RevokeSecurityGroupIngress",
            Resource: GROUP.arn(scope),
          },
        ],
  undoPermissions: (scope) =>
    isPrefixList(scope)
      ? []
      : [
          {
            Sid: "RestoreRules",
            Effect: "Allow",
            Action: "ec2:AuthorizeSecurityGroupIngress",
            Resource: GROUP.arn(scope),
          },
        ],
};
