/**
 * The circuit breaker slows a control down and never stops it: what isn't fixed at once is fixed by a look after a delay. On one resource
 * delays begin when the same offence is back after each fix, and grow; in an account they begin when the control acts more often than it
 * may, because the control itself may be wrong.
 */
import type { ControlFunctionSettings } from "../../contract/control-settings";
import { accountBreakerId, resourceId } from "../../contract/ledger-keys";
import type { Action, BreakerState, ResourceState } from "../../contract/ledger-records";
import type { OpenBreaker } from "../../controls/lib/outcome";
import type { Violation } from "../../controls/lib/remediation";
import type { ResourceReference } from "../../controls/lib/resources";

type BreakerLimits = ControlFunctionSettings["breaker"];

const MINUTE = 60_000;
const MOST_PRINCIPALS = 10;
const LONGEST_DELAY_MINUTES = 15;
/** However different the offences are: this many times the limit of one, and they are fixed together. */
const BURST = 10;
/** A resource's item must fit into DynamoDB's. */
const MOST_ACTIONS = 100;

/** The actions that are within the window. */
export function recentActions(actions: readonly Action[], limits: BreakerLimits, now: number): Action[] {
  return actions.filter(({ at }) => now - at < limits.windowMinutes * MINUTE).slice(-MOST_ACTIONS);
}

/** What is wrong, as the breaker compares it. */
export const offencesOf = ({ offences, findings }: Violation<unknown>): string[] => offences ?? findings;

/** The breaker, while it is open. */
export const openBreaker = (breaker: BreakerState | undefined, now: number): BreakerState | undefined =>
  breaker !== undefined && breaker.until > now ? breaker : undefined;

/**
 * Whether the violation belongs to a fight over the resource, or comes after many different ones, which are better fixed together;
 * undefined: neither.
 */
export function repetitionOf(
  { actions, breaker }: Pick<ResourceState, "actions" | "breaker">,
  violation: Violation<unknown>,
  limits: BreakerLimits,
  now: number,
): "fight" | "burst" | undefined {
  const recent = recentActions(actions, limits, now);
  const fought = openBreaker(breaker, now)?.offences;
  if (fought && offencesOf(violation).every((offence) => fought.includes(offence))) return "fight";
  const times = (offence: string) => recent.filter(({ offences }) => offences.includes(offence)).length;
  if (offencesOf(violation).every((offence) => times(offence) >= limits.resourceActions)) return "fight";
  return recent.length >= BURST * limits.resourceActions ? "burst" : undefined;
}

/** Milliseconds: 1, 2, 4, 8 and then 15 minutes. @param delays how many preceded it */
export const delayAfter = (delays: number): number => Math.min(2 ** delays, LONGEST_DELAY_MINUTES) * MINUTE;

/** What delays a fix: by whose actions, how many, and of what. */
interface Delaying extends Pick<BreakerState, "control" | "subject" | "actions" | "offences" | "reference"> {
  principals: readonly (string | undefined)[];
}

/** The breaker that opens now, or stays open for another delay. @param before it, as far as it is open */
export function delayingBreaker(
  delaying: Delaying,
  before: BreakerState | undefined,
  limits: BreakerLimits,
  now: number,
): BreakerState {
  const delays = (before?.delays ?? 0) + 1;
  return {
    ...delaying,
    openedAt: before?.openedAt ?? now,
    until: now + delayAfter(delays - 1) + limits.closeAfterMinutes * MINUTE,
    delays,
    windowMinutes: limits.windowMinutes,
    principals: mostFrequent(delaying.principals),
  };
}

/** What an outcome says of an open breaker. */
export function breakerReport(
  breaker: BreakerState,
  scope: "resource" | "account",
  opened: boolean,
  resource: ResourceReference,
): OpenBreaker {
  const { control, actions, windowMinutes, principals, until } = breaker;
  return {
    id:
      scope === "resource" ? resourceId(control, resource.arn) : accountBreakerId(control, resource.account),
    scope,
    opened,
    until: new Date(until).toISOString(),
    actions,
    windowMinutes,
    principals,
  };
}

/** For people: why it isn't fixed at once, who is involved, and what to do. @param at when it will be fixed, in ISO 8601 */
export function breakerExplanation(
  { id, scope, actions, windowMinutes, principals }: OpenBreaker,
  at: string,
): string {
  const who = principals.length === 0 ? "someone unknown" : principals.join(", ");
  const cause =
    scope === "resource"
      ? `It was remediated ${times(actions)} in ${windowMinutes} minutes, and each time changed again by ${who}. Two automations may be fighting.`
      : `The control acted ${times(actions)} in this account within ${windowMinutes} minutes, which is its limit; the latest change was made by ${who}.`;
  return `${cause} It is remediated at ${at}, or at once after: bailiwick breaker close ${id}.`;
}

const times = (count: number) => (count === 1 ? "once" : `${count} times`);

function mostFrequent(principals: readonly (string | undefined)[]): string[] {
  const counts = new Map<string, number>();
  for (const principal of principals)
    if (principal !== undefined) counts.set(principal, (counts.get(principal) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_PRINCIPALS)
    .map(([principal]) => principal);
}
