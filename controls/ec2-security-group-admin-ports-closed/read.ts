/** Reads a security group's inbound rules, each with the ranges that it has as sources. */
import {
  GetManagedPrefixListEntriesCommand,
  paginateDescribeSecurityGroupRules,
  type EC2Client,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import { isNamed } from "../lib/errors";
import { openings, trafficOf, type IngressRule } from "./rule";

/** The offending rules as EC2 returned them: enough to authorize them again. */
export interface RulesBefore {
  rules: SecurityGroupRule[];
}

interface OpenRule {
  rule: SecurityGroupRule;
  /** What it opens, as a phrase after "the rule". */
  what: string;
}

interface Openings {
  open: OpenRule[];
  /** Rules with a prefix list that can't be read: what they open is not known. */
  unknown: SecurityGroupRule[];
}

/** What the group's inbound rules open. A deleted group has no rules and is no error: nothing is open. */
export async function openingsOf(
  client: EC2Client,
  group: string,
  ports: readonly number[],
): Promise<Openings> {
  const request = { Filters: [{ Name: "group-id", Values: [group] }] };
  const sources: { rule: SecurityGroupRule; ingress: IngressRule }[] = [];
  const unknown: SecurityGroupRule[] = [];
  const lists = new Map<string, string[] | undefined>();
  for await (const page of paginateDescribeSecurityGroupRules({ client, pageSize: 1000 }, request))
    for (const rule of page.SecurityGroupRules ?? []) {
      if (rule.IsEgress || rule.IpProtocol === undefined) continue;
      const list = rule.PrefixListId;
      if (list !== undefined && !lists.has(list)) lists.set(list, await entriesOf(client, list));
      const own = [rule.CidrIpv4 ?? rule.CidrIpv6 ?? []].flat();
      const cidrs = list === undefined ? own : lists.get(list);
      if (cidrs === undefined) unknown.push(rule);
      else sources.push(...cidrs.map((cidr) => ({ rule, ingress: ingressOf(rule, cidr) })));
    }
  const phrases = openings(
    sources.map(({ ingress }) => ingress),
    ports,
  );
  const open = new Map<SecurityGroupRule, string[]>();
  sources.forEach(({ rule }, index) => {
    const phrase = phrases[index];
    if (phrase !== undefined) open.set(rule, [...(open.get(rule) ?? []), phrase]);
  });
  return { open: [...open].map(([rule, found]) => ({ rule, what: together(rule, found) })), unknown };
}

/** A rule by its id, with what it lets in and from where: the id alone says nothing once the rule is gone. */
export const labelOf = (rule: SecurityGroupRule): string =>
  `${idOf(rule)} (${trafficOf(ingressOf(rule, ""))} from ${rule.CidrIpv4 ?? rule.CidrIpv6 ?? `prefix list ${rule.PrefixListId ?? "?"}`})`;

export const idOf = ({ SecurityGroupRuleId: id }: SecurityGroupRule): string => id ?? "without id";

/** The ranges in a prefix list; undefined if it isn't shared with the account any more. */
async function entriesOf(client: EC2Client, list: string): Promise<string[] | undefined> {
  const cidrs: string[] = [];
  let next: string | undefined;
  try {
    do {
      const request = new GetManagedPrefixListEntriesCommand({ PrefixListId: list, NextToken: next });
      const answer = await client.send(request);
      cidrs.push(...(answer?.Entries ?? []).flatMap(({ Cidr }) => Cidr ?? []));
      next = answer?.NextToken;
    } while (next !== undefined);
  } catch (error) {
    if (isNamed(error, "InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound")) return undefined;
    throw error;
  }
  return cidrs;
}

const ingressOf = (
  { IpProtocol = "-1", FromPort, ToPort }: SecurityGroupRule,
  cidr: string,
): IngressRule => ({
  protocol: IpProtocol,
  cidr,
  ...(FromPort === undefined ? {} : { fromPort: FromPort }),
  ...(ToPort === undefined ? {} : { toPort: ToPort }),
});

function together({ PrefixListId: list }: SecurityGroupRule, [first = "", ...others]: string[]): string {
  if (list === undefined) return first;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `${first}${more} in the prefix list ${list}`;
}
