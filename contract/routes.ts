/** Which outcomes reach which channel, as the pattern of the channel's rule on the hub bus. */
import type { EventPattern } from "@bailiwick/aws-events";
import type { Severity } from "../controls/lib/control";
import { WATCH_PREFIX, watchPrefix } from "../controls/lib/watch";
import { SEVERITIES } from "./choices";
import {
  NOTIFICATION_DETAIL_TYPE,
  NOTIFICATION_SOURCE,
  OUTCOME_DETAIL_TYPE,
  OUTCOME_SOURCE,
} from "./hub-events";

export interface Route {
  channel: string;
  minimumSeverity: Severity;
  /** Ids; undefined: all. */
  controls?: readonly string[];
  /** Ids; undefined: all. */
  accounts?: readonly string[];
}

/**
 * Matches outcomes of the security account's own functions only, as every account of the organization may call PutEvents. A watch
 * reaches its own channel and no other. An outcome without account or severity passes that condition.
 */
export function routePattern(route: Route, securityAccountId: string): EventPattern {
  const { channel, minimumSeverity, controls, accounts } = route;
  const severities = SEVERITIES.slice(SEVERITIES.indexOf(minimumSeverity));
  const conditions: Record<string, unknown> = {
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
      $or: [{ control: [{ prefix: watchPrefix(channel) }] }, conditions],
    },
  } as EventPattern;
}

/** Matches the notifier's messages to a channel, for the rule that hands them to the channel's destination. */
export const messagePattern = (channel: string, securityAccountId: string): EventPattern => ({
  source: [NOTIFICATION_SOURCE],
  "detail-type": [NOTIFICATION_DETAIL_TYPE],
  account: [securityAccountId],
  detail: { channel: [channel] },
});
