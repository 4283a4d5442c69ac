/** Which outcomes reach which channel, as the pattern of the channel's rule on the hub bus. */
import type { EventPattern } from "@bailiwick/aws-events";
import type { Severity } from "../controls/lib/control";
import { WATCH_PREFIX, watchPrefix } from "../controls/lib/watch";
import {
  ALARM_DETAIL_TYPE,
  ALARM_KINDS,
  ALARM_SOURCE,
  FORWARDING_ALARM,
  FORWARDING_ALARM_NAME,
  hubAlarmKinds,
  hubAlarmPrefix,
} from "./alarms";
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

/** A change that people want to know: the alarm goes on, or is over. What an alarm is at first, before its metric exists, is none. */
const ALARM_CHANGES = {
  $or: [{ state: { value: ["ALARM"] } }, { state: { value: ["OK"] }, previousState: { value: ["ALARM"] } }],
} as const;

const isUnconditional = ({ controls, accounts }: Route) => controls === undefined && accounts === undefined;

/**
 * Which of the hub's own alarms reach a channel, on the default bus of the security account; undefined: none. Channels for some controls
 * or accounts are left out, unless there is no other.
 */
export function hubAlarmPattern(
  route: Route,
  routes: readonly Route[],
  securityAccountId: string,
): EventPattern | undefined {
  if (!isUnconditional(route) && routes.some(isUnconditional)) return undefined;
  const kinds = hubAlarmKinds.filter((kind) => isAtLeast(ALARM_KINDS[kind].severity, route.minimumSeverity));
  return {
    source: [ALARM_SOURCE],
    "detail-type": [ALARM_DETAIL_TYPE],
    account: [securityAccountId],
    detail: { alarmName: kinds.map((kind) => ({ prefix: hubAlarmPrefix(kind) })), ...ALARM_CHANGES },
  };
}

/** Which alarms of the accounts reach a channel, on the hub bus; undefined: none. A replay of the archive repeats none. */
export function forwardingAlarmPattern(route: Route, routes: readonly Route[]): EventPattern | undefined {
  const { controls, accounts, minimumSeverity } = route;
  if (controls !== undefined && routes.some(isUnconditional)) return undefined;
  if (!isAtLeast(FORWARDING_ALARM.severity, minimumSeverity)) return undefined;
  return {
    source: [ALARM_SOURCE],
    "detail-type": [ALARM_DETAIL_TYPE],
    "replay-name": [{ exists: false }],
    ...(accounts && { account: accounts }),
    detail: { alarmName: [FORWARDING_ALARM_NAME], ...ALARM_CHANGES },
  };
}

const isAtLeast = (severity: Severity, minimum: Severity) =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(minimum);

/** The alarms that accounts forward to the hub bus. */
export const forwardedAlarms: EventPattern = {
  source: [ALARM_SOURCE],
  "detail-type": [ALARM_DETAIL_TYPE],
  detail: { alarmName: [FORWARDING_ALARM_NAME] },
};
