/** Revokes the inbound rules that open administration ports to the internet, each by its id. */
import {
  AuthorizeSecurityGroupIngressCommand,
  EC2Client,
  paginateDescribeSecurityGroupRules,
  paginateDescribeTags,
  RevokeSecurityGroupIngressCommand,
  type IpPermission,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../lib/remediation";
import { isNamed } from "../lib/errors";
import { tagRecord } from "../lib/tags";
import type { AdminPorts } from "./control";
import { opening } from "./rule";

/** The offending rules as EC2 returned them: enough to authorize them again. */
export interface RulesBefore {
  rules: SecurityGroupRule[];
}

export const remediation: Remediation<AdminPorts, RulesBefore> = {
  async evaluate({
    resource,
    parameters,
    aws,
  }: RemediationContext<AdminPorts>): Promise<Evaluation<RulesBefore>> {
    const client = new EC2Client(aws);
    const rules: SecurityGroupRule[] = [];
    const findings: string[] = [];
    // A deleted group has no rules and is no error: nothing is open.
    const request = { Filters: [{ Name: "group-id", Values: [resource.id] }] };
    for await (const page of paginateDescribeSecurityGroupRules({ client, pageSize: 1000 }, request)) {
      for (const rule of page.SecurityGroupRules ?? []) {
        const what = openingOf(rule, parameters.ports);
        if (what === undefined) continue;
        rules.push(rule);
        findings.push(`Rule ${rule.SecurityGroupRuleId ?? "without id"} ${what}.`);
      }
    }
    if (rules.length === 0) {
      return {
        state: "compliant",
        why: `No inbound rule opens ${parameters.ports.join(", ")} to the internet.`,
        after: { rules: [] },
      };
    }
    return {
      state: "violation",
      findings,
      before: { rules },
      remedies: rules.map((rule) => `Revoke rule ${rule.SecurityGroupRuleId ?? "without id"}.`),
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
  Description,
}: SecurityGroupRule): IpPermission {
  return {
    IpProtocol,
    FromPort,
    ToPort,
    ...(CidrIpv4 === undefined ? {} : { IpRanges: [{ CidrIp: CidrIpv4, Description }] }),
    ...(CidrIpv6 === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6, Description }] }),
  };
}

function openingOf(rule: SecurityGroupRule, ports: readonly number[]): string | undefined {
  const cidr = rule.CidrIpv4 ?? rule.CidrIpv6;
  if (rule.IsEgress || cidr === undefined || rule.IpProtocol === undefined) return undefined;
  return opening(
    {
      protocol: rule.IpProtocol,
      cidr,
      ...(rule.FromPort === undefined ? {} : { fromPort: rule.FromPort }),
      ...(rule.ToPort === undefined ? {} : { toPort: rule.ToPort }),
    },
    ports,
  );
}
