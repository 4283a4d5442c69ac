/**
 * The notifier: takes outcomes and alarms from the channels' queues in batches, combines similar ones into messages, and sends these to
 * their channel. What could not be sent stays in the queue, is retried, and ends in the channel's dead-letter queue.
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SNSClient } from "@aws-sdk/client-sns";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { NOTIFICATION_SOURCE, OUTCOME_DETAIL_TYPE, OUTCOME_SOURCE } from "../../contract/hub-events";
import { METRICS_NAMESPACE } from "../../contract/names";
import type { ChannelTarget, NotifierSettings } from "../../contract/notifier-settings";
import type { Outcome } from "../../controls/lib/outcome";
import { PermanentError } from "../../controls/lib/errors";
import { parseEvent } from "../lib/event";
import { REQUEST_LIMITS } from "../lib/request-limits";
import { alarmChangeIn, alarmMessage, groupAlarms, type AlarmChange } from "./alarm";
import { groupOutcomes, messageOf, worthNotifying, type Message } from "./message";
import { putMessage, send, type ChannelMessage, type Senders } from "./send";

export interface Tools extends Omit<Senders, "busName"> {
  logger: Pick<Logger, "info" | "error">;
  metrics: Pick<Metrics, "addMetric" | "publishStoredMetrics">;
}

export type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** With the queue's message that it came in. */
type Queued<Item> = Item & { record: SQSRecord };
/** What becomes one message. */
interface Group {
  records: SQSRecord[];
  message(): Message;
}

export function createHandler(settings: NotifierSettings, given: Partial<Tools> = {}): Handler {
  const tools: Tools = {
    eventBridge: new EventBridgeClient({ requestHandler: REQUEST_LIMITS }),
    sns: new SNSClient({ requestHandler: REQUEST_LIMITS }),
    logger: new Logger({ serviceName: "notifier" }),
    metrics: new Metrics({ namespace: METRICS_NAMESPACE, serviceName: "notifier" }),
    ...given,
  };
  return async ({ Records: records }) => {
    const failed = new Set<string>();
    // Lambda delivers batches of one queue, which only the records name.
    for (const queueArn of new Set(records.map(({ eventSourceARN }) => eventSourceARN))) {
      const batch = records.filter(({ eventSourceARN }) => eventSourceARN === queueArn);
      for (const id of await notifyChannel(batch, settings.channels[queueArn], queueArn, settings, tools))
        failed.add(id);
    }
    tools.metrics.publishStoredMetrics();
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** @returns the ids of the messages to deliver again */
async function notifyChannel(
  records: SQSRecord[],
  channel: ChannelTarget | undefined,
  queueArn: string,
  settings: NotifierSettings,
  tools: Tools,
): Promise<string[]> {
  const failed: string[] = [];
  const name = channel?.name ?? queueArn;
  const attempt = async (of: SQSRecord[], action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      failed.push(...of.map(({ messageId }) => messageId));
      tools.metrics.addMetric("notificationFailed", MetricUnit.Count, of.length);
      tools.logger.error(`${name}: ${of.length} not sent: ${(error as Error).message}`);
    }
  };
  const outcomes: Queued<Outcome>[] = [];
  const alarms: Queued<AlarmChange>[] = [];
  for (const record of records)
    await attempt([record], async () => {
      if (!channel) throw new PermanentError(`No channel has the queue ${queueArn}. Deploy again.`);
      const detail = readRecord(record);
      if ("payload" in detail) await putMessage(detail, { ...tools, busName: settings.busName });
      else if ("alarm" in detail) alarms.push({ ...detail, record });
      else if (worthNotifying(detail)) outcomes.push({ ...detail, record });
    });
  const groups = [
    ...groupsOf(groupAlarms(alarms), (group) => alarmMessage(group, settings)),
    ...groupsOf(groupOutcomes(outcomes), (group) => messageOf(group, settings)),
  ];
  for (const group of groups)
    await attempt(group.records, async () => {
      if (!channel) return;
      const message = group.message();
      await send(message, channel, { ...tools, busName: settings.busName });
      tools.metrics.addMetric("messageSent", MetricUnit.Count, group.records.length);
      tools.logger.info(`${name}: ${message.headline}`, {
        control: message.control,
        outcomes: group.records.length,
      });
    });
  return failed;
}

const groupsOf = <Item>(
  groups: readonly (readonly Queued<Item>[] | undefined)[],
  messageFor: (group: readonly [Queued<Item>, ...Queued<Item>[]]) => Message,
): Group[] =>
  groups.flatMap((group = []) => {
    const [first, ...others] = group;
    return first === undefined
      ? []
      : [{ records: group.map(({ record }) => record), message: () => messageFor([first, ...others]) }];
  });

/** An outcome or alarm; or, when a dead-letter queue is redriven, a message that its channel did not take. */
function readRecord({ body }: SQSRecord): Outcome | AlarmChange | ChannelMessage {
  const event = parseEvent(body);
  const { source, detail } = event;
  if (source === NOTIFICATION_SOURCE && "payload" in detail) return detail as unknown as ChannelMessage;
  if (source === OUTCOME_SOURCE && event["detail-type"] === OUTCOME_DETAIL_TYPE)
    return checkedOutcome(detail);
  const alarm = alarmChangeIn(event);
  if (alarm !== undefined) return alarm;
  throw new PermanentError(
    `The event ${event.id} is neither an outcome nor an alarm: source ${source}, ${event["detail-type"]}.`,
  );
}

function checkedOutcome(detail: unknown): Outcome {
  const { control, outcome, findings, remedies } = detail as Partial<Outcome>;
  if (
    typeof control === "string" &&
    typeof outcome === "string" &&
    Array.isArray(findings) &&
    Array.isArray(remedies)
  )
    return detail as Outcome;
  throw new PermanentError(
    "The event is marked as an outcome, but lacks control, outcome, findings or remedies.",
  );
}
