/** Messages to people, whatever the channel: similar outcomes become one message. */
import type { Facts, Severity } from "../../controls/lib/control";
import type { Outcome } from "../../controls/lib/outcome";
import { WATCH_PREFIX } from "../../controls/lib/watch";
import { consoleUrl } from "./console-link";
import type { NotifierSettings } from "../../contract/notifier-settings";

/** One outcome in words. */
export interface Item {
  account?: { id: string; name?: string };
  region?: string;
  resource?: { id: string; arn: string; url: string };
  /** Who did it, readable: `maria (role Admin)`. */
  who?: string;
  /** Address or service, and user agent. */
  from?: string;
  eventName?: string;
  /** ISO 8601. */
  time?: string;
  findings: string[];
  /** What was done, or would have been. */
  remedies: string[];
  /** What is still wrong and a person must fix. */
  remaining: string[];
  facts: Facts;
  error?: string;
}

export interface Message {
  control: string;
  severity: Severity;
  /** For example `Remediated: S3 bucket policies grant nothing to the public`. */
  headline: string;
  /** The label of the remedies. */
  remediesLabel: string;
  items: Item[];
  /** What a person does by hand; only when nothing was remediated. */
  steps?: string;
  /** How to exempt something from this control; an alarm can't be. */
  exempt?: string;
  /** The page of the control or the alarm: an address, or the file's name where no address is configured. */
  page: string;
}

/**
 * Good states need no message, and neither does every attempt: of a failure that a person must fix people are notified at its first of
 * each kind, of a disturbance once it lasts, and of both when they are given up. A resource's circuit breaker is news when it opens;
 * what an account's delays is news each time, because each is another resource.
 */
export function worthNotifying(outcome: Outcome): boolean {
  const { breaker, exemptionFaults = [] } = outcome;
  switch (outcome.outcome) {
    case "compliant":
    case "exempted":
      return exemptionFaults.length > 0;
    case "suppressed":
      return breaker === undefined || breaker.opened || breaker.scope === "account";
    case "failed":
      return isFailureNews(outcome);
    default:
      return true;
  }
}

function isFailureNews({ retryable, failure }: Outcome): boolean {
  if (failure === undefined || failure.givenUp) return true;
  return retryable === true ? failure.isLasting : failure.isFirst;
}

/** What the remedies of an outcome are, where they weren't carried out. */
const REMEDIES_LABELS: Partial<Record<Outcome["outcome"], string>> = {
  notified: "Remediation in mode enforce",
  suppressed: "Remediation after the delay",
  exempted: "Remediation without the exemption",
};

/** Outcomes of one control that ended alike, in the order in which each kind came first. */
export function groupOutcomes<O extends Outcome>(outcomes: readonly O[]): O[][] {
  const groups = new Map<string, O[]>();
  for (const outcome of outcomes) {
    const key = `${outcome.control}\n${outcome.outcome}\n${outcome.remedies.length > 0}\n${outcome.failure?.givenUp}`;
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups.values()];
}

/** @param outcomes of one group, at least one. */
export function messageOf(outcomes: readonly [Outcome, ...Outcome[]], settings: NotifierSettings): Message {
  const [first] = outcomes;
  const known = Object.hasOwn(settings.controls, first.control)
    ? settings.controls[first.control]
    : undefined;
  const reportsOnly = known?.reportsOnly ?? false;
  const isRemediated = first.outcome === "remediated";
  // Each stack has its own watches, so the catalogue has one section for all of them.
  const section = first.control.startsWith(WATCH_PREFIX) ? "watches" : first.control;
  const page = `${settings.catalogueUrl ?? "docs/catalogue.md"}#${section}`;
  return {
    control: first.control,
    severity: first.severity ?? known?.severity ?? "medium",
    headline: headlineOf(first, known?.title ?? first.control, reportsOnly),
    remediesLabel: REMEDIES_LABELS[first.outcome] ?? "Done",
    items: outcomes.map((outcome) => itemOf(outcome, settings)),
    ...(isRemediated || reportsOnly || known?.steps === undefined || known.steps === ""
      ? {}
      : { steps: known.steps }),
    exempt: exemption(outcomes, reportsOnly),
    page,
  };
}

/** The title is the required state, after what became of it. A control that only reports has no state. */
function headlineOf(found: Outcome, title: string, reportsOnly: boolean): string {
  const { outcome, remedies } = found;
  if (outcome === "remediated") return `Remediated: ${title}`;
  if (outcome === "failed") return `${failureHeadline(found)}: ${title}`;
  if (outcome === "suppressed") return `Delayed by the circuit breaker: ${title}`;
  if (outcome === "undone") return `Undone: ${title}`;
  if (outcome !== "notified")
    return `${String(outcome).replace(/^./, (letter) => letter.toUpperCase())}: ${title}`;
  if (reportsOnly) return title;
  return `${remedies.length > 0 ? "Violation found, not remediated" : "Violation found, a person must act"}: ${title}`;
}

function failureHeadline({ retryable, failure }: Outcome): string {
  if (failure?.givenUp === false)
    return retryable === true
      ? "Delayed by a disturbance, and retried"
      : "Could not be handled, and is retried";
  return retryable === true ? "Given up after several hours" : "Given up, a person must act";
}

function itemOf(outcome: Outcome, { accounts }: NotifierSettings): Item {
  const { resource, principal, sourceIpAddress, userAgent, eventName, time, error } = outcome;
  const name = resource && Object.hasOwn(accounts, resource.account) ? accounts[resource.account] : undefined;
  const from = [sourceIpAddress, userAgent && `with ${agentText(userAgent)}`]
    .filter((part) => part)
    .join(" ");
  return {
    ...(resource && {
      account: { id: resource.account, ...(name === undefined ? {} : { name }) },
      region: resource.region,
      resource: { id: resource.id, arn: resource.arn, url: consoleUrl(resource) },
    }),
    ...(principal && { who: principalText(principal, resource?.account, accounts) }),
    ...(from && { from }),
    ...(eventName && { eventName }),
    ...(time && { time }),
    findings: outcome.findings,
    remedies: outcome.remedies,
    remaining: [...(outcome.remaining ?? []), ...(outcome.exemptionFaults ?? [])],
    facts: { ...outcome.facts, ...breakerFacts(outcome) },
    ...(error && { error }),
  };
}

function breakerFacts({ breaker }: Outcome): Facts {
  if (!breaker) return {};
  return {
    "Circuit breaker": `${breaker.id}: ${breaker.actions} times in ${breaker.windowMinutes} minutes; open until ${breaker.until}`,
    "Changed by": breaker.principals.map((principal) => principalText(principal)).join(", "),
  };
}

/** A principal's ARN in words; any other text stays as it is. */
export function principalText(
  principal: string,
  home?: string,
  accounts: Record<string, string> = {},
): string {
  const parts = principal.split(":");
  const [kind = "", ...rest] = (parts[5] ?? "").split("/");
  const account = parts[4] ?? "";
  if (parts[0] !== "arn" || kind === "") return principal;
  const where =
    account === home ? "" : ` of ${Object.hasOwn(accounts, account) ? accounts[account] : account}`;
  const name = rest.at(-1) ?? "";
  if (kind === "root") return `root${where}`;
  if (kind === "assumed-role") return `${name} (role ${rest[0] ?? ""}${where})`;
  if (kind === "user") return `user ${name}${where}`;
  return `${rest.join("/") || kind}${where}`;
}

/** What to write, and where, with everything known filled in. */
function exemption([first, ...others]: readonly [Outcome, ...Outcome[]], reportsOnly: boolean): string {
  const { control, resource } = first;
  if (control.startsWith(WATCH_PREFIX)) return `bailiwick watch remove ${control}`;
  if (reportsOnly) {
    const account = others.every((other) => other.resource?.account === resource?.account)
      ? (resource?.account ?? "<account id>")
      : "<account id>";
    return `pulumi config set --path 'bailiwick:controls["${control}"].accounts["${account}"]' off`;
  }
  const arn = others.length === 0 && resource ? resource.arn : "<its ARN>";
  return (
    `Add to bailiwick:exemptions in Pulumi.<stack>.yaml: { control: ${control}, resource: "${arn}", ` +
    'owner: <who answers for it>, reason: <why>, expires: "<YYYY-MM-DD>" }'
  );
}

const LONGEST_AGENT = 60;

/** SDKs send long user agents, of which the first part says most; CloudTrail puts some into brackets. */
function agentText(agent: string): string {
  const bare = agent.replace(/^\[(.*)\]$/, "$1");
  return bare.length <= LONGEST_AGENT ? bare : `${bare.split(" ")[0] ?? ""} …`;
}
