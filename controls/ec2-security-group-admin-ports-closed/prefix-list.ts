/** Judges a prefix list that somebody changed, by the groups whose rules have it as a source. */
import {
  DescribeManagedPrefixListsCommand,
  GetManagedPrefixListAssociationsCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import type { Evaluation } from "../lib/remediation";
import type { ResourceReference } from "../lib/resources";
import { idOf, openingsOf, type RulesBefore } from "./read";

/** The groups' rules are reported: their own events revoke them, and so does the next look at the groups. */
export async function evaluatePrefixList(
  client: EC2Client,
  { id, account }: ResourceReference,
  ports: readonly number[],
): Promise<Evaluation<RulesBefore>> {
  const { PrefixLists: [list] = [] } = await client.send(
    // By filter, because an id that no longer exists is an error otherwise.
    new DescribeManagedPrefixListsCommand({ Filters: [{ Name: "prefix-list-id", Values: [id] }] }),
  );
  if (!list || list.State?.startsWith("delete-")) return { state: "absent" };
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ManagedPrefixList.html
  if (list.State?.endsWith("-in-progress"))
    return { state: "changing", what: `The prefix list ${id} is being changed (${list.State}).` };
  const findings: string[] = [];
  for (const { group, owner } of await groupsOf(client, id)) {
    // The group of another account that the list is shared with: this account can't read its rules.
    if (owner !== undefined && owner !== account) continue;
    const { open } = await openingsOf(client, group, ports);
    for (const { rule, what } of open)
      if (rule.PrefixListId === id) findings.push(`Rule ${idOf(rule)} of ${group} ${what}.`);
  }
  if (findings.length === 0)
    return {
      state: "compliant",
      why: `No security group opens ${ports.join(", ")} to the internet through the prefix list.`,
      after: { rules: [] },
    };
  return { state: "violation", findings, before: { rules: [] }, remedies: [] };
}

async function groupsOf(
  client: EC2Client,
  list: string,
): Promise<{ group: string; owner: string | undefined }[]> {
  const groups = new Map<string, string | undefined>();
  let next: string | undefined;
  do {
    const request = new GetManagedPrefixListAssociationsCommand({ PrefixListId: list, NextToken: next });
    const answer = await client.send(request);
    for (const { ResourceId: id, ResourceOwner: owner } of answer.PrefixListAssociations ?? [])
      if (id?.startsWith("sg-")) groups.set(id, owner);
    next = answer.NextToken;
  } while (next !== undefined);
  return [...groups].map(([group, owner]) => ({ group, owner }));
}
