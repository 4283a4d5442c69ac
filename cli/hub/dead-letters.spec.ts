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
import { deadLettersCommand, type DeadLetters } from "./dead-letters";
import { ExitCode } from "../errors";

const urlOf = (name: string) => `https://sqs.eu-west-1.amazonaws.com/100000000002/${name}`;
const CHANNEL = "bailiwick-channel-platform";

describe("bailiwick dead-letters", () => {
  const sqs = mockClient(SQSClient);
  const write = process.stdout.write.bind(process.stdout);
  let said: string;
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
    said = "";
    process.stdout.write = (text: string | Uint8Array) => {
      said += String(text);
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
    assert.equal(said, "There are no dead letters.\n");
  });

  it("tells how many lie where, since when, and why", async () => {
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

    assert.deepEqual(JSON.parse(said) as DeadLetters[], [
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

  it("points to the function's log where EventBridge has told nothing", async () => {
    holding("bailiwick-s3-bucket-policy-not-public-dlq", 1);
    sqs.on(ReceiveMessageCommand).resolves({ Messages: [{ Body: "{}" }] });

    await run();

    assert.match(said, /bailiwick-s3-bucket-policy-not-public +│ +1 │ – .*the function gave up: see its log/);
  });

  it("sends each again before it deletes it, and no more than there were", async () => {
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
    assert.match(said, /^Sent again: 2 to bailiwick-channel-platform\./);
    assert.equal(sqs.commandCalls(SendMessageCommand).length, 2);
    assert.equal(sqs.commandCalls(DeleteMessageCommand).length, 2);
  });

  it("refuses a queue that there isn't", async () => {
    await assert.rejects(run("resend", "nowhere"), { message: /^The hub has no queue nowhere with dead/ });
  });
});
