/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "ec2",
  noun: /SecurityGroup|ManagedPrefixList/,
  not: [
    [/^(Create|Delete)SecurityGroup$/, "A new group has no inbound rules, and a deleted one opens nothing."],
    [/Egress$/, "Outbound rules open nothing to the internet."],
    [/^RevokeSecurityGroupIngress$/, "It only closes what was open."],
    [/^UpdateSecurityGroupRuleDescriptionsIngress$/, "Descriptions open nothing."],
    [
      /^(Associate|Disassociate)SecurityGroupVpc$/,
      "The group's rules stay as they are, and were judged when they were made.",
    ],
    [
      /^ApplySecurityGroupsToClientVpnTargetNetwork$/,
      "The groups' rules stay as they are, and were judged when they were made.",
    ],
    [/^ValidateSecurityGroup/, "It only checks, and changes nothing."],
    [
      /^(Create|Delete)ManagedPrefixList$/,
      "No rule can have it as a source: a new one is judged with the rule that names it.",
    ],
  ],
};
