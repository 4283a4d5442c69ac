import assert from "node:assert/strict";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import type { DeadLetters } from "./dead-letter-queues";
import { deadLettersCommand } from "./dead-letters";
import { ExitCode } from "../errors";

const urlOf = (name: string) => `https://sqs.eu-west-1.amazonaws.com/100000000002/${name}`;
const CHANNEL = "bailiwick-channel-platform";

describe("bailiwick dead-letters", () => {
  const sqs = mockClient(SQSClient);
  const write = process.stdout.write.bind(process.stdout);
  let output: string;
  before(() => (process.env["AWS_REGION"] = "eu-west-1"));
  beforeEach(() => {
    sqs.reset();
    sqs.on(ListQueuesCommand).resolves({
      QueueUrls: [`${CHANNEL}-dlq`, CHANNEL, "bailiwick-s3-bucket-policy-not-public-dlq"].map(urlOf),
    });
    holding(`${CHANNEL}-dlq`, 0);
    holding("bailiwick-s3-bucket-policy-not-public-dlq", 0);
  });
  after(() => {
    sqs.restore();
    delete process.env["AWS_REGION"];
  });

  function holding(queue: string, count: number): void {
    const Attributes = {
      QueueArn: `arn:aws:sqs:eu-west-1:100000000002:${queue}`,
      ApproximateNumberOfMessages: String(count),
    };
    sqs.on(GetQueueAttributesCommand, { QueueUrl: urlOf(queue) }).resolves({ Attributes });
  }
  /** @returns the exit code. */
  async function run(...args: string[]): Promise<number | undefined> {
    output = "";
    process.stdout.write = (text: string | Uint8Array) => {
      output += String(text);
      return true;
    };
    const before = process.exitCode;
    process.exitCode = undefined;
    try {
      await deadLettersCommand()
        .exitOverride()
        .parseAsync(["node", "dead-letters", ...args]);
      return process.exitCode;
    } finally {
      process.exitCode = before;
      process.stdout.write = write;
    }
  }

  it("says so when there are none", async () => {
    assert.equal(await run(), undefined);
    assert.equal(output, "There are no dead letters.\n");
  });

  it("lists how many there are in which queue, since when, and why", async () => {
    holding(`${CHANNEL}-dlq`, 2);
    sqs.on(ReceiveMessageCommand).resolves({
      Messages: [
        {
          Attributes: { SentTimestamp: "1773736887000" },
          MessageAttributes: {
            ERROR_MESSAGE: { DataType: "String", StringValue: "The destination answered 404." },
          },
        },
      ],
    });

    assert.equal(await run("list", "--json"), ExitCode.failed);

    assert.deepEqual(JSON.parse(output) as DeadLetters[], [
      {
        queue: CHANNEL,
        arn: `arn:aws:sqs:eu-west-1:100000000002:${CHANNEL}-dlq`,
        messages: 2,
        since: "2026-03-17T08:41:27.000Z",
        error: "The destination answered 404.",
      },
    ]);
    const [look] = sqs.commandCalls(ReceiveMessageCommand);
    assert.equal(look?.args[0].input.VisibilityTimeout, 0, "looking takes nothing away");
  });

  it("refers to the function's log where EventBridge gives no reason", async () => {
    holding("bailiwick-s3-bucket-policy-not-public-dlq", 1);
    sqs.on(ReceiveMessageCommand).resolves({ Messages: [{ Body: "{}" }] });

    await run();

    assert.match(
      output,
      /bailiwick-s3-bucket-policy-not-public +│ +1 │ – .*the function gave up: see its log/,
    );
  });

  it("needs the stack for what accounts could not forward", async () => {
    await assert.rejects(run("resend", "bailiwick-forwarding"), {
      message: "bailiwick-forwarding is a queue of each governed account. Name the stack, as in --stack dev.",
    });
    await assert.rejects(run("list", "--account", "444444444444"), {
      message: "--account needs --stack, which says how to enter the account.",
    });
    await assert.rejects(run("list", "--stack", "dev", "--account", "999999999999"), {
      message: "The stack dev doesn't govern the account 999999999999.",
    });
  });

  it("resends each before it deletes it, and no more than there were", async () => {
    holding(`${CHANNEL}-dlq`, 2);
    const letter = (number: number) => ({ Body: `body ${number}`, ReceiptHandle: `handle ${number}` });
    sqs
      .on(ReceiveMessageCommand)
      .resolvesOnce({ Messages: [letter(0)] })
      .resolvesOnce({ Messages: [letter(1)] })
      .resolvesOnce({ Messages: [letter(2)] })
      .resolves({ Messages: [letter(3)] });

    await run("resend", CHANNEL);

    const done = sqs
      .calls()
      .map(
        ({ args: [{ input }] }) =>
          input as { MessageBody?: string; QueueUrl?: string; ReceiptHandle?: string },
      )
      .filter(({ MessageBody, ReceiptHandle }) => MessageBody !== undefined || ReceiptHandle !== undefined)
      .map(({ QueueUrl, MessageBody, ReceiptHandle }) => [QueueUrl, MessageBody ?? ReceiptHandle]);
    assert.deepEqual(done, [
      [urlOf(CHANNEL), "body 1"],
      [urlOf(`${CHANNEL}-dlq`), "handle 1"],
      [urlOf(CHANNEL), "body 2"],
      [urlOf(`${CHANNEL}-dlq`), "handle 2"],
    ]);
    assert.match(output, /^Resent: 2 to bailiwick-channel-platform\./);
    assert.equal(sqs.commandCalls(SendMessageCommand).length, 2);
    assert.equal(sqs.commandCalls(DeleteMessageCommand).length, 2);
  });

  it("refuses a queue that doesn't exist", async () => {
    await assert.rejects(run("resend", "nowhere"), { message: /^The hub has no queue nowhere with dead/ });
  });
});
