/** Revokes the inbound rules that open administration ports to the internet, each by its id. */
import {
  AuthorizeSecurityGroupIngressCommand,
  EC2Client,
  paginateDescribeTags,
  RevokeSecurityGroupIngressCommand,
  type IpPermission,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../lib/remediation";
import { isNamed } from "../lib/errors";
import { tagRecord } from "../lib/tags";
import type { AdminPorts } from "./control";
import { PREFIX_LIST } from "./group";
import { evaluatePrefixList } from "./prefix-list";
import { idOf, labelOf, openingsOf, type RulesBefore } from "./read";

export const remediation: Remediation<AdminPorts, RulesBefore> = {
  async evaluate({
    resource,
    parameters,
    aws,
  }: RemediationContext<AdminPorts>): Promise<Evaluation<RulesBefore>> {
    const client = new EC2Client(aws);
    if (resource.type === PREFIX_LIST.type) return evaluatePrefixList(client, resource, parameters.ports);
    const { open, unknown } = await openingsOf(client, resource.id, parameters.ports);
    if (open.length === 0 && unknown.length === 0) {
      return {
        state: "compliant",
        why: `No inbound rule opens ${parameters.ports.join(", ")} to the internet.`,
        after: { rules: [] },
      };
    }
    return {
      state: "violation",
      findings: [
        ...open.map(({ rule, what }) => `Rule ${idOf(rule)} ${what}.`),
        ...unknown.map(
          (rule) => `Rule ${labelOf(rule)} can't be judged, because its prefix list can't be read.`,
        ),
      ],
      before: { rules: open.map(({ rule }) => rule) },
      remedies: open.map(({ rule }) => `Revoke rule ${labelOf(rule)}.`),
    };
  },

  async fix(
    { resource, aws }: RemediationContext<AdminPorts>,
    { before }: Violation<RulesBefore>,
  ): Promise<void> {
    const ids = before.rules.flatMap(({ SecurityGroupRuleId: id }) => id ?? []);
    const request = { GroupId: resource.id, SecurityGroupRuleIds: ids };
    await new EC2Client(aws).send(new RevokeSecurityGroupIngressCommand(request));
  },

  async undo({ resource, aws }: RemediationContext<AdminPorts>, { rules }: RulesBefore): Promise<void> {
    const client = new EC2Client(aws);
    // One by one: an earlier try may have authorized some already.
    for (const rule of rules) {
      const request = { GroupId: resource.id, IpPermissions: [permissionOf(rule)] };
      try {
        await client.send(new AuthorizeSecurityGroupIngressCommand(request));
      } catch (error) {
        if (!isNamed(error, "InvalidPermission.Duplicate")) throw error;
      }
    }
  },

  async tags({ resource, aws }: RemediationContext<AdminPorts>): Promise<Record<string, string>> {
    const request = { Filters: [{ Name: "resource-id", Values: [resource.id] }] };
    const tags: Record<string, string> = {};
    for await (const page of paginateDescribeTags({ client: new EC2Client(aws) }, request))
      Object.assign(tags, tagRecord(page.Tags));
    return tags;
  },
};

/** The rule as EC2 takes it. Its id and tags can't be restored. */
function permissionOf({
  IpProtocol,
  FromPort,
  ToPort,
  CidrIpv4,
  CidrIpv6,
  PrefixListId,
  Description,
}: SecurityGroupRule): IpPermission {
  return {
    IpProtocol,
    FromPort,
    ToPort,
    ...(CidrIpv4 === undefined ? {} : { IpRanges: [{ CidrIp: CidrIpv4, Description }] }),
    ...(CidrIpv6 === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6, Description }] }),
    ...(PrefixListId === undefined ? {} : { PrefixListIds: [{ PrefixListId, Description }] }),
  };
}
