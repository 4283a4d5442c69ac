/**
 * The alarms of the path from API call to message: their names, and what the notifier says of each. An alarm's event carries its name
 * and a description that whoever may change the alarm writes, so messages take their words from here.
 */
import type { Severity } from "../controls/lib/control";
import { NAME_PREFIX } from "./names";

interface AlarmKind {
  severity: Severity;
  /** What is wrong while the alarm is on; `{subject}` is a queue, function or rule. */
  title: string;
  /** What a person does. */
  steps: string;
}

/** By kind; an alarm's name is its kind's prefix and its subject. */
export const ALARM_KINDS = {
  "dead-letters": {
    severity: "high",
    title: "{subject} has messages that could not be processed",
    steps:
      "`bailiwick dead-letters` shows why. Fix the cause, then `bailiwick dead-letters resend` with the queue's name without `-dlq`.",
  },
  "oldest-message": {
    severity: "high",
    title: "{subject} is not being worked off",
    steps:
      "See the log of the function that reads the queue, and whether its event source mapping is enabled.",
  },
  "function-errors": {
    severity: "high",
    title: "The function {subject} fails",
    steps:
      "See the function's log. Its messages are tried five times and then kept in its dead-letter queue.",
  },
  "function-throttles": {
    severity: "medium",
    title: "The function {subject} is throttled",
    steps:
      "Raise the account's quota of concurrent executions, or remove the limit that is reserved for the function.",
  },
  "delivery-failed": {
    severity: "critical",
    title: "The rule {subject} can't deliver events to its target",
    steps:
      "Does the target exist, and does its policy name the rule? `pulumi up` restores both; the hub bus's log has the reason.",
  },
  "events-lost": {
    severity: "critical",
    title: "The rule {subject} loses events: its dead-letter queue doesn't accept them",
    steps:
      "`pulumi up` restores the dead-letter queue and its policy. What was lost stands in the trail's files and in the hub's archive, which can be replayed.",
  },
  "ledger-reads-throttled": {
    severity: "high",
    title: "DynamoDB throttles reads of the table {subject}",
    steps: "Events are retried meanwhile. Raise the table's quota if it stays so.",
  },
  "ledger-writes-throttled": {
    severity: "high",
    title: "DynamoDB throttles writes to the table {subject}",
    steps: "Events are retried meanwhile. Raise the table's quota if it stays so.",
  },
  "look-failed": {
    severity: "high",
    title: "EventBridge Scheduler can't put looks of the group {subject} on their queues",
    steps:
      "Do the roles `bailiwick-<control>-looks` and the controls' queues exist? `pulumi up` restores them.",
  },
  "look-lost": {
    severity: "critical",
    title: "EventBridge Scheduler gave up looks of the group {subject}",
    steps:
      "`pulumi up` restores roles and queues. `bailiwick ledger` shows outcomes with a `nextLook` in the past; `bailiwick breaker close` looks again at once.",
  },
} as const satisfies Record<string, AlarmKind>;

export type HubAlarmKind = keyof typeof ALARM_KINDS;

/** An account's events that don't reach the hub. The alarm is in that account and region, and reaches the hub as its other events do. */
export const FORWARDING_ALARM: AlarmKind = {
  severity: "critical",
  title: "Events of this account and region don't reach the hub",
  steps:
    "`bailiwick dead-letters --stack <stack>` shows why. Once the cause is fixed, `bailiwick dead-letters resend bailiwick-forwarding --stack <stack>` " +
    "brings the events to the controls.",
};

export const FORWARDING_ALARM_NAME = `${NAME_PREFIX}forwarding-dead-letters`;

/** CloudWatch allows 255 characters. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
export const hubAlarmName = (kind: HubAlarmKind, subject: string) => `${hubAlarmPrefix(kind)}${subject}`;

/** Common to all alarms of the kind. */
export const hubAlarmPrefix = (kind: HubAlarmKind) => `${NAME_PREFIX}hub-${kind}-`;

/** An alarm of the program. */
export interface KnownAlarm extends AlarmKind {
  kind: HubAlarmKind | "forwarding";
  /** Of the hub's alarms: a queue, function, rule, table or group. */
  subject?: string;
}

/** @returns undefined for a name that no alarm of the program has. */
export function alarmOf(name: string): KnownAlarm | undefined {
  if (name === FORWARDING_ALARM_NAME) return { ...FORWARDING_ALARM, kind: "forwarding" };
  const kind = hubAlarmKinds.find((each) => name.startsWith(hubAlarmPrefix(each)));
  if (kind === undefined) return undefined;
  return { ...ALARM_KINDS[kind], kind, subject: name.slice(hubAlarmPrefix(kind).length) };
}

export const hubAlarmKinds = Object.keys(ALARM_KINDS) as HubAlarmKind[];

/** Source and detail type of an alarm's event. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
export const ALARM_SOURCE = "aws.cloudwatch";
export const ALARM_DETAIL_TYPE = "CloudWatch Alarm State Change";
