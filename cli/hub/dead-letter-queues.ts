/** Dead-letter queues of an account and region: what is in them, and taking it out. */
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  paginateListQueues,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { DEAD_LETTER_SUFFIX, NAME_PREFIX } from "../../contract/names";

/** A dead-letter queue that isn't empty. */
export interface DeadLetters {
  /** The queue that the messages come from. */
  queue: string;
  arn: string;
  /** SQS's approximate count. */
  messages: number;
  /** When one of them was sent, in ISO 8601. */
  since?: string;
  /** EventBridge's reason for one of them; absent where a function gave up, whose log has the reason. */
  error?: string;
}

/** URLs. */
export async function* deadLetterQueues(client: SQSClient): AsyncGenerator<string> {
  for await (const { QueueUrls: urls = [] } of paginateListQueues(
    { client },
    { QueueNamePrefix: NAME_PREFIX },
  ))
    yield* urls.filter((url) => url.endsWith(DEAD_LETTER_SUFFIX));
}

export async function deadLettersIn(sqs: SQSClient, QueueUrl: string): Promise<DeadLetters> {
  const asked = new GetQueueAttributesCommand({
    QueueUrl,
    AttributeNames: ["QueueArn", "ApproximateNumberOfMessages"],
  });
  const { Attributes: attributes } = await sqs.send(asked);
  const letters: DeadLetters = {
    queue: nameOf(QueueUrl).slice(0, -DEAD_LETTER_SUFFIX.length),
    arn: attributes?.QueueArn ?? "",
    messages: Number(attributes?.ApproximateNumberOfMessages ?? 0),
  };
  if (letters.messages === 0) return letters;
  // Visible again at once: looking must take nothing away.
  const look = new ReceiveMessageCommand({
    QueueUrl,
    VisibilityTimeout: 0,
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["SentTimestamp"],
  });
  const [message] = (await sqs.send(look)).Messages ?? [];
  const sent = Number(message?.Attributes?.SentTimestamp);
  const error = message?.MessageAttributes?.["ERROR_MESSAGE"]?.StringValue;
  return {
    ...letters,
    ...(Number.isFinite(sent) ? { since: new Date(sent).toISOString() } : {}),
    ...(error === undefined ? {} : { error }),
  };
}

/**
 * Hands on a queue's messages, each of which is deleted after that: after an interruption one may be there twice, but none is lost.
 * @param most no more than there are now: those that return meanwhile would be handed on forever.
 * @param handOn false leaves the message in the queue.
 * @returns how many were deleted.
 */
export async function handOnAll(
  sqs: SQSClient,
  QueueUrl: string,
  most: number,
  handOn: (body: string) => Promise<boolean>,
): Promise<number> {
  let [seen, deleted] = [0, 0];
  while (seen < most) {
    const { Messages: letters = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(10, most - seen),
        WaitTimeSeconds: 1,
      }),
    );
    if (letters.length === 0) break;
    for (const { Body: body = "", ReceiptHandle } of letters) {
      seen++;
      if (!(await handOn(body))) continue;
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      deleted++;
    }
  }
  return deleted;
}

export const nameOf = (url: string): string => url.slice(url.lastIndexOf("/") + 1);
