/** No security group opens a port of remote administration to the internet. */
import type { Control } from "../lib/control";
import { apiCalls } from "../lib/event-fields";
import { GROUP, groupOf, PREFIX_LIST, taggedGroups } from "./group";
import { parameters, type AdminPorts } from "./parameters";
import { permissions } from "./permissions";

export { parameters, type AdminPorts };

export const control: Control<AdminPorts> = {
  id: "ec2-security-group-admin-ports-closed",
  title: "Security groups keep administration ports closed to the internet",
  description:
    "Scanners find SSH, RDP and Windows Remote Management that are open to the internet within minutes, and try stolen passwords from " +
    "then on. Rules that let the whole internet reach such a port, alone, in a range of ports, as all traffic, through a prefix list or " +
    "in several parts of the internet, are revoked; all other rules remain. A prefix list that is changed so is reported.",
  severity: "high",
  frameworks: [
    "CIS AWS Foundations 3.0 5.2",
    "CIS AWS Foundations 3.0 5.3",
    "AWS FSBP EC2.13",
    "AWS FSBP EC2.14",
    "PCI DSS 4.0 1.3.1",
  ],
  resourceType: GROUP.type,
  otherResourceTypes: [PREFIX_LIST.type],
  pattern: apiCalls("ec2", [
    "AuthorizeSecurityGroupIngress",
    "ModifySecurityGroupRules",
    "ModifyManagedPrefixList",
    "RestoreManagedPrefixListVersion",
  ]),
  resource: groupOf,
  ...permissions,
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
