/** The circuit breaker: when a control stops remediating for a while, because it does not seem to help. */
import type { OpenBreaker } from "../../controls/lib/outcome";
import type { ResourceReference } from "../../controls/lib/resources";
import type { ControlFunctionSettings } from "../../contract/control-settings";
import { accountBreakerId, resourceId } from "../../contract/ledger-keys";
import type { Action, BreakerState } from "../../contract/ledger-records";
import type { Known } from "./ledger/ledger";

type BreakerLimits = ControlFunctionSettings["breaker"];

const MINUTE = 60_000;
const MOST_PRINCIPALS = 10;

/** The actions that are within the window. */
export function recentActions(actions: readonly Action[], limits: BreakerLimits, now: number): Action[] {
  return actions.filter(({ at }) => now - at < limits.windowMinutes * MINUTE);
}

/** Whether it was opened, and has neither been closed nor ended. */
function isOpen(breaker: BreakerState | undefined, now: number): breaker is BreakerState {
  return breaker !== undefined && breaker.until > now;
}

/** The breaker that opens now. */
export function newBreaker(
  control: string,
  subject: string,
  actions: number,
  principals: readonly (string | undefined)[],
  limits: BreakerLimits,
  now: number,
): BreakerState {
  return {
    control,
    subject,
    openedAt: now,
    until: now + limits.closeAfterMinutes * MINUTE,
    actions,
    windowMinutes: limits.windowMinutes,
    principals: mostFrequent(principals),
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

/** For people: why nothing is done, who is involved, and what to do. */
export function breakerExplanation({
  id,
  scope,
  until,
  actions,
  windowMinutes,
  principals,
}: OpenBreaker): string {
  const who = principals.length === 0 ? "someone unknown" : principals.join(", ");
  const cause =
    scope === "resource"
      ? `It was remediated ${times(actions)} in ${windowMinutes} minutes, and each time changed again by ${who}. Two automations may be fighting.`
      : `The control acted ${times(actions)} in this account within ${windowMinutes} minutes, which is its limit; the latest change was made by ${who}.`;
  return `${cause} Nothing is remediated until ${until}, or until: bailiwick breaker close ${id}.`;
}

const times = (count: number) => (count === 1 ? "once" : `${count} times`);

/** The open breaker that prevents acting on this event. */
export function findOpenBreaker(
  known: Known,
  now: number,
): { scope: "resource" | "account"; breaker: BreakerState } | undefined {
  const { breaker } = known.resource.body;
  if (isOpen(breaker, now)) return { scope: "resource", breaker };
  const account = known.accountBreaker?.body;
  return isOpen(account, now) ? { scope: "account", breaker: account } : undefined;
}

function mostFrequent(principals: readonly (string | undefined)[]): string[] {
  const counts = new Map<string, number>();
  for (const principal of principals)
    if (principal !== undefined) counts.set(principal, (counts.get(principal) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_PRINCIPALS)
    .map(([principal]) => principal);
}
