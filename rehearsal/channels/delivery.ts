/** Waits until all notifications are delivered, and finds those that were not. */
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { setTimeout as sleep } from "node:timers/promises";
import { channelResourceName, deadLetterQueueName } from "../../contract/names";
import type { AwsClientConfig } from "../../controls/lib/aws-client";

/** Messages in a channel's dead-letter queue. */
export interface Undelivered {
  channel: string;
  count: number;
  /** EventBridge's reason for one of them. */
  error?: string;
}

const PAUSE_MILLISECONDS = 150;
const QUIET_LOOKS = 4;

/**
 * Waits until the channels' queues are empty and the fabric is idle. Between the two an event is visible nowhere for a moment, so several
 * looks in a row must find nothing.
 * @returns what the channels did not accept; undefined if something is still under way after `milliseconds`.
 */
export async function waitForDelivery(
  config: AwsClientConfig,
  channels: readonly string[],
  idle: () => Promise<void>,
  milliseconds = 30_000,
): Promise<Undelivered[] | undefined> {
  const sqs = new SQSClient(config);
  const over = new AbortController();
  const late = sleep(milliseconds, true, { signal: over.signal }).catch(() => false);
  try {
    for (let quiet = 0; quiet < QUIET_LOOKS;) {
      if ((await Promise.race([idle().then(() => false), late])) === true) return undefined;
      const queues = await Promise.all(channels.map((channel) => queueOf(sqs, channelResourceName(channel))));
      quiet = queues.every(({ waiting }) => waiting === 0) ? quiet + 1 : 0;
      if ((await Promise.race([sleep(PAUSE_MILLISECONDS, false), late])) === true) return undefined;
    }
    return await readDeadLetters(sqs, channels);
  } finally {
    over.abort();
    sqs.destroy();
  }
}

async function readDeadLetters(sqs: SQSClient, channels: readonly string[]): Promise<Undelivered[]> {
  const found = await Promise.all(
    channels.map(async (channel): Promise<Undelivered> => {
      const { url, waiting } = await queueOf(sqs, deadLetterQueueName(channelResourceName(channel)));
      if (waiting === 0) return { channel, count: 0 };
      // Visible again at once: looking must take nothing away.
      const asked = new ReceiveMessageCommand({
        QueueUrl: url,
        VisibilityTimeout: 0,
        MessageAttributeNames: ["All"],
      });
      const attributes = (await sqs.send(asked)).Messages?.[0]?.MessageAttributes;
      const error = attributes?.["ERROR_MESSAGE"]?.StringValue;
      return { channel, count: waiting, ...(error === undefined ? {} : { error }) };
    }),
  );
  return found.filter(({ count }) => count > 0);
}

async function queueOf(sqs: SQSClient, QueueName: string): Promise<{ url: string; waiting: number }> {
  const { QueueUrl = "" } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  const waiting = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    .map((name) => Number((Attributes as Record<string, string | undefined>)[name] ?? 0))
    .reduce((sum, count) => sum + count, 0);
  return { url: QueueUrl, waiting };
}
