/**
 * Exemptions: which resource may stay as it is, who answers for it, why, and until when. One that is expired or incomplete exempts
 * nothing, and is reported. So is a tag set by someone who may not exempt.
 */
import * as v from "valibot";
import type { AppliedExemption } from "../../controls/lib/outcome";
import type { ResourceReference } from "../../controls/lib/resources";
import { isDay, isOver } from "../../contract/exemptions";
import type { Grant, Pin } from "../../contract/ledger-records";
import { exemptionTagKey } from "../../contract/names";
import { listFaults } from "../../contract/schema-faults";
import { matchesWildcard } from "../../controls/lib/wildcard";

export { principalAmong as allowedPrincipal } from "../../controls/lib/principals";

const day = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d{2}-\d{2}$/, "a day as YYYY-MM-DD"),
  v.check(isDay, "a day that exists"),
);
const words = v.pipe(v.string(), v.trim(), v.minLength(1, "words"));

/** An exemption of the configuration. `*` in `resource` stands for any characters. */
const schema = v.object({
  control: words,
  resource: v.pipe(
    v.string(),
    v.regex(/^arn:[\w-]+:[a-z0-9-]+:/, "the ARN of a resource, to the service at least"),
  ),
  accounts: v.optional(v.array(v.pipe(v.string(), v.regex(/^\d{12}$/)))),
  owner: words,
  reason: words,
  expires: day,
});

/** What exempts a resource, if anything does, and what is wrong with what doesn't. */
export interface Verdict {
  exemption?: AppliedExemption;
  faults: string[];
}

interface Candidates {
  control: string;
  resource: ResourceReference;
  /** As the configuration has them; checked here again, one by one. */
  configured: readonly unknown[];
  pin?: Pin;
  /** The value of the exempting tag, if there is one. */
  tag?: string;
  grant?: Grant;
  /** Milliseconds since 1970. */
  now: number;
}

/** The first exemption that holds, of all that may exempt the resource. */
export function findExemption(candidates: Candidates): Verdict {
  const { control, resource, configured, pin, tag, grant, now } = candidates;
  const verdict: Verdict = { faults: [] };
  const consider = (exemption: AppliedExemption, where: string) => {
    if (isOver(exemption.expires, now))
      verdict.faults.push(`${where} expired at the end of ${exemption.expires} (owner: ${exemption.owner}).`);
    else verdict.exemption ??= exemption;
  };
  configured.forEach((raw, index) => {
    if (!mayConcern(raw, control, resource)) return;
    const where = `The exemption ${index + 1} of the configuration`;
    const parsed = v.safeParse(schema, raw);
    if (!parsed.success) {
      const faults = listFaults(parsed.issues);
      verdict.faults.push(`${where} exempts nothing, because it is malformed. ${faults}.`);
      return;
    }
    const { owner, reason, expires } = parsed.output;
    consider({ source: "configuration", owner, reason, expires }, where);
  });
  if (pin) {
    const { owner, reason, expires } = pin;
    consider({ source: "undo", owner, reason, expires }, "The exemption that an undo left");
  }
  if (tag !== undefined) considerTag(tag, exemptionTagKey(control), grant, verdict, consider);
  return verdict;
}

function considerTag(
  tag: string,
  key: string,
  grant: Grant | undefined,
  verdict: Verdict,
  consider: (exemption: AppliedExemption, where: string) => void,
): void {
  const where = `The tag ${key}`;
  const settings = grant?.settings.filter(({ value }) => value === tag) ?? [];
  const principal = settings[0]?.principal;
  // If someone who may not exempt has set it in the same second too, nobody can know whose it is.
  if (principal === undefined || settings.some((setting) => setting.principal === undefined)) {
    verdict.faults.push(
      `${where} exempts nothing, because CloudTrail has not shown that someone who may exempt was the last to set it, and to its present value.`,
    );
    return;
  }
  const parsed = parseTag(tag);
  if (typeof parsed === "string")
    verdict.faults.push(`${where} exempts nothing, because it is malformed: ${parsed}.`);
  else consider({ source: "tag", ...parsed }, `${where}, set by ${principal},`);
}

/**
 * Parses a tag's value such as `owner=payments@example.com until=2027-01-31 reason=public website`.
 * @returns a text that says what is wrong, if something is
 */
function parseTag(value: string): Pick<AppliedExemption, "owner" | "reason" | "expires"> | string {
  const match = /^owner=(\S+) until=(\S+) reason=(.*\S.*)$/.exec(value);
  const [, owner, expires, reason] = match ?? [];
  if (owner === undefined || expires === undefined || reason === undefined)
    return "expected owner=<who> until=<YYYY-MM-DD> reason=<why>, in this order";
  if (!isDay(expires)) return `${expires} is not a day; expected YYYY-MM-DD`;
  return { owner, expires, reason: reason.trim() };
}

/** Whether an exemption may be about this resource. A malformed one is reported wherever it may belong. */
function mayConcern(raw: unknown, control: string, { arn, account }: ResourceReference): boolean {
  if (typeof raw !== "object" || raw === null) return true;
  const { control: of, resource, accounts } = raw as Record<string, unknown>;
  if (typeof of === "string" && of !== control) return false;
  if (Array.isArray(accounts) && !accounts.includes(account)) return false;
  return typeof resource !== "string" || matchesWildcard(resource, arn);
}
