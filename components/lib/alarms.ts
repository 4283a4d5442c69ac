/**
 * What is watched, as plain data: from one list of queues, functions and rules to every alarm of the hub, and the alarm of each account
 * and region. Nothing here imports Pulumi.
 */
import {
  ALARM_KINDS,
  FORWARDING_ALARM,
  FORWARDING_ALARM_NAME,
  hubAlarmKinds,
  hubAlarmName,
} from "../../contract/alarms";
import type { HubAlarmKind } from "../../contract/alarms";
import { OLDEST_MESSAGE_SECONDS } from "../../contract/limits";
import {
  deadLetterQueueName,
  HUB_BUS_NAME,
  LEDGER_TABLE_NAME,
  SCHEDULE_GROUP_NAME,
} from "../../contract/names";

/** A CloudWatch alarm. It is on while the statistic of a period exceeds the threshold; a period without data is good. */
export interface AlarmDescription {
  name: string;
  description: string;
  namespace: string;
  metricName: string;
  dimensions: Record<string, string>;
  statistic: "Sum" | "Maximum";
  periodSeconds: number;
  threshold: number;
}

/** What the hub consists of, by name. */
export interface Watched {
  /** Each has a dead-letter queue. */
  queues: readonly string[];
  functions: readonly string[];
  /** Rules on the hub bus. */
  hubRules: readonly string[];
  /** Rules on the security account's default bus. */
  defaultBusRules: readonly string[];
}

interface Watch {
  namespace: string;
  metricName: string;
  statistic: AlarmDescription["statistic"];
  periodSeconds: number;
  threshold: number;
  subjects: (watched: Watched) => readonly [subject: string, dimensions: Record<string, string>][];
}

const queues = (of: (watched: Watched) => readonly string[]) => (watched: Watched) =>
  of(watched).map((QueueName) => [QueueName, { QueueName }] as const satisfies [string, object]);
const functions = ({ functions: names }: Watched) =>
  names.map((FunctionName) => [FunctionName, { FunctionName }] as [string, Record<string, string>]);
/** Metrics of the default bus's rules have no bus. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
const rules = ({ hubRules, defaultBusRules }: Watched): [string, Record<string, string>][] => [
  ...hubRules.map((RuleName): [string, Record<string, string>] => [
    RuleName,
    { EventBusName: HUB_BUS_NAME, RuleName },
  ]),
  ...defaultBusRules.map((RuleName): [string, Record<string, string>] => [
    `default/${RuleName}`,
    { RuleName },
  ]),
];

const count = { statistic: "Sum", threshold: 0, periodSeconds: 300 } as const;
const gauge = { statistic: "Maximum", threshold: 0, periodSeconds: 60 } as const;

const WATCHES: Record<HubAlarmKind, Watch> = {
  "dead-letters": {
    ...gauge,
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    subjects: queues((watched) => watched.queues.map(deadLetterQueueName)),
  },
  "oldest-message": {
    ...gauge,
    namespace: "AWS/SQS",
    metricName: "ApproximateAgeOfOldestMessage",
    threshold: OLDEST_MESSAGE_SECONDS,
    subjects: queues((watched) => watched.queues),
  },
  "function-errors": { ...count, namespace: "AWS/Lambda", metricName: "Errors", subjects: functions },
  "function-throttles": { ...count, namespace: "AWS/Lambda", metricName: "Throttles", subjects: functions },
  "delivery-failed": { ...count, namespace: "AWS/Events", metricName: "FailedInvocations", subjects: rules },
  "events-lost": {
    ...count,
    namespace: "AWS/Events",
    metricName: "InvocationsFailedToBeSentToDlq",
    subjects: rules,
  },
  "ledger-reads-throttled": {
    ...count,
    namespace: "AWS/DynamoDB",
    metricName: "ReadThrottleEvents",
    subjects: () => [[LEDGER_TABLE_NAME, { TableName: LEDGER_TABLE_NAME }]],
  },
  "ledger-writes-throttled": {
    ...count,
    namespace: "AWS/DynamoDB",
    metricName: "WriteThrottleEvents",
    subjects: () => [[LEDGER_TABLE_NAME, { TableName: LEDGER_TABLE_NAME }]],
  },
  "look-failed": {
    ...count,
    namespace: "AWS/Scheduler",
    metricName: "TargetErrorCount",
    subjects: () => [[SCHEDULE_GROUP_NAME, { ScheduleGroup: SCHEDULE_GROUP_NAME }]],
  },
  "look-lost": {
    ...count,
    namespace: "AWS/Scheduler",
    metricName: "InvocationDroppedCount",
    subjects: () => [[SCHEDULE_GROUP_NAME, { ScheduleGroup: SCHEDULE_GROUP_NAME }]],
  },
};

/** Every alarm of the hub. */
export const hubAlarms = (watched: Watched): AlarmDescription[] =>
  hubAlarmKinds.flatMap((kind) => {
    const { subjects, ...metric } = WATCHES[kind];
    const { title, steps } = ALARM_KINDS[kind];
    return subjects(watched).map(([subject, dimensions]) => ({
      ...metric,
      name: hubAlarmName(kind, subject),
      description: `${title.replace("{subject}", subject)}. ${steps}`,
      dimensions,
    }));
  });

/** The alarm of an account and region: events that didn't reach the hub. */
export const forwardingAlarm = (deadLetterQueue: string): AlarmDescription => ({
  ...gauge,
  name: FORWARDING_ALARM_NAME,
  description: `${FORWARDING_ALARM.title}. ${FORWARDING_ALARM.steps}`,
  namespace: "AWS/SQS",
  metricName: "ApproximateNumberOfMessagesVisible",
  dimensions: { QueueName: deadLetterQueue },
});
