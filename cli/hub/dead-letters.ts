/** `bailiwick dead-letters`: lists and resends messages that the hub could not process: controls' events and channels' notifications. */
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  paginateListQueues,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import Table from "cli-table3";
import { Command } from "commander";
import { DEAD_LETTER_RETENTION_DAYS } from "../../contract/limits";
import { DEAD_LETTER_SUFFIX, NAME_PREFIX } from "../../contract/names";
import { CommandError, ExitCode } from "../errors";
import { explainAwsErrors, queueClient, withHubOptions, type HubOptions } from "./hub-client";

interface DeadLetterOptions extends HubOptions {
  json?: boolean;
}

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

export function deadLettersCommand(): Command {
  const list = withHubOptions(new Command("list"))
    .description("Lists the messages in the hub's dead-letter queues. Exit code 1 if there are any.")
    .option("--json", "print JSON")
    .action((_, command: Command) =>
      explainAwsErrors(() => listAll(command.optsWithGlobals<DeadLetterOptions>())),
    );
  const resend = withHubOptions(new Command("resend"))
    .description("Resends all of a queue's dead letters: do it once the cause is fixed.")
    .argument("<queue>", "the queue that `bailiwick dead-letters` shows")
    .action((queue: string, _, command: Command) =>
      explainAwsErrors(() => resendAll(queue, command.optsWithGlobals<DeadLetterOptions>())),
    );
  return new Command("dead-letters")
    .description(
      `Lists messages that controls and channels could not process, and resends them. SQS keeps them for ${DEAD_LETTER_RETENTION_DAYS} days.`,
    )
    .addCommand(list, { isDefault: true })
    .addCommand(resend);
}

async function listAll(options: DeadLetterOptions): Promise<void> {
  const sqs = queueClient(options);
  const found: DeadLetters[] = [];
  for await (const url of deadLetterQueues(sqs)) {
    const letters = await deadLettersIn(sqs, url);
    if (letters.messages > 0) found.push(letters);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else if (found.length === 0) process.stdout.write("There are no dead letters.\n");
  else {
    const table = new Table({
      head: ["queue", "messages", "since", "why"],
      style: { head: [], border: [] },
      colAligns: ["left", "right", "left", "left"],
    });
    for (const { queue, messages, since, error } of found)
      table.push([queue, messages, since ?? "–", error ?? "the function gave up: see its log"]);
    process.stdout.write(`${table.toString()}\n`);
  }
  if (found.length > 0) process.exitCode = ExitCode.failed;
}

async function resendAll(queue: string, options: DeadLetterOptions): Promise<void> {
  const sqs = queueClient(options);
  for await (const from of deadLetterQueues(sqs)) {
    if (nameOf(from) !== `${queue}${DEAD_LETTER_SUFFIX}`) continue;
    // No more than there are now: those that return meanwhile would be resent forever.
    const { messages } = await deadLettersIn(sqs, from);
    const moved = await move(sqs, from, from.slice(0, -DEAD_LETTER_SUFFIX.length), messages);
    process.stdout.write(
      moved === 0
        ? `${queue} has no dead letters.\n`
        : `Resent: ${moved} to ${queue}. \`bailiwick dead-letters\` shows those that return.\n`,
    );
    return;
  }
  throw new CommandError(
    `The hub has no queue ${queue} with dead letters. \`bailiwick dead-letters\` lists them.`,
    ExitCode.usage,
  );
}

/** Each message is sent before it is deleted: after an interruption one may be there twice, but none is lost. */
async function move(sqs: SQSClient, from: string, to: string, most: number): Promise<number> {
  let moved = 0;
  while (moved < most) {
    const MaxNumberOfMessages = Math.min(10, most - moved);
    const { Messages: letters = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: from, MaxNumberOfMessages, WaitTimeSeconds: 1 }),
    );
    if (letters.length === 0) break;
    for (const { Body: MessageBody, ReceiptHandle } of letters) {
      await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
      moved++;
    }
  }
  return moved;
}

async function* deadLetterQueues(client: SQSClient): AsyncGenerator<string> {
  for await (const { QueueUrls: urls = [] } of paginateListQueues(
    { client },
    { QueueNamePrefix: NAME_PREFIX },
  ))
    yield* urls.filter((url) => url.endsWith(DEAD_LETTER_SUFFIX));
}

async function deadLettersIn(sqs: SQSClient, QueueUrl: string): Promise<DeadLetters> {
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

const nameOf = (url: string): string => url.slice(url.lastIndexOf("/") + 1);
