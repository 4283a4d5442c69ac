/** Which outcomes go to which channel, as the pattern of the channel's rule on the hub bus. */
import { OUTCOME_DETAIL_TYPE, OUTCOME_SOURCE } from "./hub-events";
import type { Severity } from "../controls/lib/control";
import { WATCH_PREFIX, watchPrefix } from "../controls/lib/watch";
import type { EventPattern } from "@bailiwick/aws-events";
import { NOTIFICATION_DETAIL_TYPE, NOTIFICATION_SOURCE } from "./hub-events";

export interface Route {
  channel: string;
  minimumSeverity: Severity;
  /** Ids; undefined: all. */
  controls?: readonly string[];
  /** Ids; undefined: all. */
  accounts?: readonly string[];
}

const SEVERITIES: readonly Severity[] = ["low", "medium", "high", "critical"];

/**
 * Outcomes of the security account's own functions only: PutEvents is open to every account of the organization. A watch goes to its own
 * channel and to no other. What an outcome doesn't tell, account or severity, keeps it from no channel.
 */
export function routePattern(route: Route, securityAccountId: string): EventPattern {
  const { channel, minimumSeverity, controls, accounts } = route;
  const severities = SEVERITIES.slice(SEVERITIES.indexOf(minimumSeverity));
  const chosen: Record<string, unknown> = {
    control: controls ?? [{ "anything-but": { prefix: WATCH_PREFIX } }],
    ...(severities.length < SEVERITIES.length && { severity: [...severities, { exists: false }] }),
    ...(accounts && { $or: [{ resource: { account: accounts } }, { resource: [null] }] }),
  };
  return {
    source: [OUTCOME_SOURCE],
    "detail-type": [OUTCOME_DETAIL_TYPE],
    account: [securityAccountId],
    detail: {
      outcome: [{ "anything-but": ["compliant"] }],
      $or: [{ control: [{ prefix: watchPrefix(channel) }] }, chosen],
    },
  } as EventPattern;
}

/** What the notifier made of them, to the channel's own destination. */
export const messagePattern = (channel: string, securityAccountId: string): EventPattern => ({
  source: [NOTIFICATION_SOURCE],
  "detail-type": [NOTIFICATION_DETAIL_TYPE],
  account: [securityAccountId],
  detail: { channel: [channel] },
});
