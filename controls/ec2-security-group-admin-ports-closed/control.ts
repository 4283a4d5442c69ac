/** No security group opens a port of remote administration to the internet. */
import * as v from "valibot";
import type { Control } from "../lib/control";
import { apiCalls } from "../lib/event-fields";
import { allowReading } from "../lib/permissions";
import { parametersOf, wholeNumber } from "../lib/parameters";
import { GROUP, groupOf, taggedGroups } from "./group";

export interface AdminPorts {
  /** The ports to keep closed, 0–65535, for TCP and UDP alike. Default 22 (SSH) and 3389 (RDP). */
  ports: number[];
}

export const parameters = parametersOf({
  ports: v.optional(
    v.pipe(
      v.array(wholeNumber(0, 65_535), "a list of ports"),
      v.minLength(1, "at least one port; to check none, set the control's mode to off"),
      v.maxLength(50, "at most 50 ports"),
    ),
    [22, 3389],
  ),
});

export const control: Control<AdminPorts> = {
  id: "ec2-security-group-admin-ports-closed",
  title: "Security groups keep administration ports closed to the internet",
  description:
    "Scanners find SSH and RDP that are open to the internet within minutes, and try stolen passwords from then on. A rule that lets " +
    "the whole internet reach one of these ports, alone, in a range or as all traffic, is revoked; all other rules remain.",
  severity: "high",
  frameworks: [
    "CIS AWS Foundations 3.0 5.2",
    "CIS AWS Foundations 3.0 5.3",
    "AWS FSBP EC2.13",
    "AWS FSBP EC2.14",
    "PCI DSS 4.0 1.3.1",
  ],
  resourceType: GROUP.type,
  pattern: apiCalls("ec2", ["AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules"]),
  resource: groupOf,
  readPermissions: (scope) => [
    allowReading("ReadRules", ["ec2:DescribeSecurityGroupRules", "ec2:DescribeTags"], scope),
  ],
  fixPermissions: (scope) => [
    {
      Sid: "RevokeRules",
      Effect: "Allow",
      Action: "ec2:RevokeSecurityGroupIngress",
      Resource: GROUP.arn(scope),
    },
  ],
  undoPermissions: (scope) => [
    {
      Sid: "RestoreRules",
      Effect: "Allow",
      Action: "ec2:AuthorizeSecurityGroupIngress",
      Resource: GROUP.arn(scope),
    },
  ],
  tagging: {
    pattern: (key) =>
      apiCalls("ec2", ["CreateTags", "DeleteTags"], {
        requestParameters: { tagSet: { items: { key: [key] } } },
      }),
    resources: taggedGroups,
  },
  parameters,
  remediationSteps:
    "Remove the inbound rule, or narrow its source to the addresses of your offices or your VPN, or to another security group. For " +
    "access to instances use Session Manager or EC2 Instance Connect Endpoint, which need no open port.",
};
