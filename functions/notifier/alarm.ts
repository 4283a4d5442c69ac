/** Alarms as messages. Only the name of an alarm is trusted, which its channel's rule has matched: whoever may change an alarm describes it. */
import { ALARM_DETAIL_TYPE, ALARM_SOURCE, alarmOf, type KnownAlarm } from "../../contract/alarms";
import type { NotifierSettings } from "../../contract/notifier-settings";
import { PermanentError } from "../../controls/lib/errors";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { consoleUrl } from "./console-link";
import type { Message } from "./message";
import { cut } from "./text";

/** An alarm that went on, or is over. */
export interface AlarmChange {
  alarm: KnownAlarm;
  name: string;
  arn: string;
  account: string;
  region: string;
  isOn: boolean;
  /** CloudWatch's sentence. */
  reason: string;
  /** ISO 8601. */
  time: string;
}

const LONGEST_REASON = 500;

/** @returns undefined for an event that is no alarm's. @throws PermanentError for an alarm that the program doesn't make */
export function alarmChangeIn(event: EventBridgeEvent): AlarmChange | undefined {
  const { source, detail, account, region, time, resources } = event;
  if (source !== ALARM_SOURCE || event["detail-type"] !== ALARM_DETAIL_TYPE) return undefined;
  const { alarmName: name, state } = detail as {
    alarmName?: unknown;
    state?: { value?: unknown; reason?: unknown };
  };
  const alarm = typeof name === "string" ? alarmOf(name) : undefined;
  if (typeof name !== "string" || alarm === undefined)
    throw new PermanentError(
      `The event ${event.id} is of the alarm ${String(name)}, which the program doesn't make.`,
    );
  return {
    alarm,
    name,
    arn: resources[0] ?? `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
    account,
    region,
    isOn: state?.value === "ALARM",
    reason: typeof state?.reason === "string" ? cut(state.reason, LONGEST_REASON) : "",
    time,
  };
}

/** Alarms of one kind that changed alike are one message. */
export function groupAlarms<Change extends AlarmChange>(changes: readonly Change[]): Change[][] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const key = `${change.alarm.kind} ${change.isOn}`;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()];
}

/** @param changes of one group, at least one. */
export function alarmMessage(
  changes: readonly [AlarmChange, ...AlarmChange[]],
  { accounts, catalogueUrl }: NotifierSettings,
): Message {
  const [{ alarm, isOn }] = changes;
  const subjects = [...new Set(changes.map((change) => change.alarm.subject ?? ""))];
  const title = alarm.title.replace(
    "{subject}",
    subjects.length > 1 ? `(${subjects.length})` : (subjects[0] ?? ""),
  );
  return {
    control: `alarm ${alarm.kind}`,
    severity: alarm.severity,
    headline: `${isOn ? "Alarm" : "Over"}: ${title}`,
    remediesLabel: "Done",
    items: changes.map(({ name, arn, account, region, reason, time, alarm: { subject } }) => ({
      account: { id: account, ...(Object.hasOwn(accounts, account) && { name: accounts[account] }) },
      region,
      resource: {
        id: name,
        arn,
        url: consoleUrl({ type: "AWS::CloudWatch::Alarm", id: name, arn, account, region }),
      },
      time,
      findings: reason === "" ? [] : [reason],
      remedies: [],
      remaining: [],
      facts: { ...(subject !== undefined && { Subject: subject }) },
    })),
    ...(isOn && { steps: alarm.steps }),
    page: catalogueUrl === undefined ? "docs/monitoring.md" : catalogueUrl.replace(/[^/]*$/, "monitoring.md"),
  };
}
