/**
 * Exemptions: which resource may stay as it is, who answers for it, why, and until when. One that is expired or not complete exempts
 * nothing, and is reported; so is a tag that was set by someone who may not.
 */
import * as v from "valibot";
import type { AppliedExemption } from "../../controls/lib/outcome";
import type { ResourceReference } from "../../controls/lib/resources";
import { exemptionTagKey } from "../../contract/names";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Grant, Pin } from "./ledger/ledger";

const day = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d{2}-\d{2}$/, "a day as YYYY-MM-DD"),
  v.check((text) => isDay(text), "a day that exists"),
);
const words = (minimum: number) => v.pipe(v.string(), v.trim(), v.minLength(minimum, "words"));

/** An exemption of the configuration. `*` in `resource` stands for any characters. */
const schema = v.object({
  control: words(1),
  resource: v.pipe(
    v.string(),
    v.regex(/^arn:[\w-]+:[a-z0-9-]+:/, "the ARN of a resource, to the service at least"),
  ),
  accounts: v.optional(v.array(v.pipe(v.string(), v.regex(/^\d{12}$/)))),
  owner: words(1),
  reason: words(1),
  expires: day,
});
export type ConfiguredExemption = v.InferOutput<typeof schema>;

/** What exempts a resource, if anything does, and what only seems to. */
export interface Verdict {
  exemption?: AppliedExemption;
  faults: string[];
}

export interface Candidates {
  control: string;
  resource: ResourceReference;
  /** As they stand in the configuration; checked here once more, one by one. */
  configured: readonly unknown[];
  pin?: Pin;
  /** The value of the exempting tag, if there is one. */
  tag?: string;
  grant?: Grant;
  /** Milliseconds since 1970. */
  now: number;
}

/** Goes through all that may exempt the resource; the first that holds counts. */
export function judgeExemptions(candidates: Candidates): Verdict {
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
    const read = v.safeParse(schema, raw);
    if (!read.success) {
      const faults = read.issues.map((issue) => `${v.getDotPath(issue) ?? "(all)"}: ${issue.message}`);
      verdict.faults.push(`${where} exempts nothing, because it is malformed. ${faults.join("; ")}.`);
      return;
    }
    const { owner, reason, expires } = read.output;
    consider({ source: "configuration", owner, reason, expires }, where);
  });
  if (pin) {
    const { owner, reason, expires } = pin;
    consider({ source: "undo", owner, reason, expires }, "The exemption that an undo left");
  }
  if (tag !== undefined) judgeTag(tag, exemptionTagKey(control), grant, verdict, consider);
  return verdict;
}

function judgeTag(
  tag: string,
  key: string,
  grant: Grant | undefined,
  verdict: Verdict,
  consider: (exemption: AppliedExemption, where: string) => void,
): void {
  const where = `The tag ${key}`;
  const settings = grant?.settings.filter(({ value }) => value === tag) ?? [];
  const principal = settings[0]?.principal;
  // Should one who may not have set it in the same second too, nobody can tell whose it is.
  if (principal === undefined || settings.some((setting) => setting.principal === undefined)) {
    verdict.faults.push(
      `${where} exempts nothing, because CloudTrail has not told that someone who may exempt was the last to set it, and to its present value.`,
    );
    return;
  }
  const read = readTag(tag);
  if (typeof read === "string")
    verdict.faults.push(`${where} exempts nothing, because it is malformed: ${read}.`);
  else consider({ source: "tag", ...read }, `${where}, set by ${principal},`);
}

/**
 * Reads a tag's value, as in `owner=payments@example.com until=2027-01-31 reason=public website`.
 * @returns what is wrong with it, as text.
 */
export function readTag(value: string): Pick<AppliedExemption, "owner" | "reason" | "expires"> | string {
  const read = /^owner=(\S+) until=(\S+) reason=(.*\S.*)$/.exec(value);
  const [, owner, expires, reason] = read ?? [];
  if (owner === undefined || expires === undefined || reason === undefined)
    return "expected owner=<who> until=<YYYY-MM-DD> reason=<why>, in this order";
  if (!isDay(expires)) return `${expires} is no day; expected YYYY-MM-DD`;
  return { owner, expires, reason: reason.trim() };
}

/** Whether it is about this resource, as far as it can be read: a malformed one is reported where it seems to belong. */
function mayConcern(raw: unknown, control: string, { arn, account }: ResourceReference): boolean {
  if (typeof raw !== "object" || raw === null) return true;
  const { control: of, resource, accounts } = raw as Record<string, unknown>;
  if (typeof of === "string" && of !== control) return false;
  if (Array.isArray(accounts) && !accounts.includes(account)) return false;
  return typeof resource !== "string" || wildcardMatches(resource, arn);
}

/** Whether `*` in the pattern can stand for what is missing. Linear, whatever the pattern. */
export function wildcardMatches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? "";
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/** Through the day itself, UTC. */
export function isOver(expires: string, now: number): boolean {
  return now >= Date.parse(`${expires}T00:00:00Z`) + 86_400_000;
}

function isDay(text: string): boolean {
  const parsed = Date.parse(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(parsed) &&
    new Date(parsed).toISOString().slice(0, 10) === text
  );
}

/**
 * Who made a call, if it is one of those who may exempt: a role's own ARN counts for its sessions, whose ARNs their holders can choose
 * the end of.
 */
export function allowedPrincipal(event: EventBridgeEvent, allowed: readonly string[]): string | undefined {
  const identity = objectOf(event.detail["userIdentity"]);
  const issuer = objectOf(objectOf(identity["sessionContext"])["sessionIssuer"])["arn"];
  const own = identity["arn"];
  const principal = identity["type"] === "AssumedRole" ? issuer : own;
  return typeof principal === "string" && allowed.some((pattern) => wildcardMatches(pattern, principal))
    ? principal
    : undefined;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
