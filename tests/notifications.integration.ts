import {
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateUserCommand,
  DeleteUserCommand,
  IAMClient,
  ListRolesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { DeleteTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import type { Outcome } from "../controls/lib/outcome";
import type { SlackPayload } from "../functions/notifier/slack";
import { confirmSubscription, subscribeMailbox } from "../rehearsal/channels/local-channels";
import { waitForDelivery } from "../rehearsal/channels/delivery";
import { startReceiver, type Receiver } from "@bailiwick/local-aws/slack";
import { deployedOrganization, eventually } from "./support/local";

/** One webhook per test, so that none waits for another's second. */
const PATHS = { first: "/services/T/B/first", second: "/services/T/B/second", third: "/services/T/B/third" };

describe("messages", function () {
  this.timeout(120_000);
  let receiver: Receiver;
  const channels: Record<string, unknown> = {};
  before(async () => {
    receiver = await startReceiver({ confirm: (...of) => confirmSubscription(security(), ...of) });
    const slack = (path: string) => ({ slack: { webhookUrl: `${receiver.url}${path}` }, groupSeconds: 1 });
    Object.assign(channels, {
      first: slack(PATHS.first),
      second: { ...slack(PATHS.second), minimumSeverity: "critical" },
      third: { ...slack(PATHS.third), accounts: ["100000000003"] },
      mail: { email: { addresses: ["audit@example.com"] }, groupSeconds: 1, minimumSeverity: "critical" },
    });
  });
  after(() => receiver.close());
  const local = deployedOrganization({
    "bailiwick:regions": [],
    "bailiwick:channels": channels,
    "bailiwick:watches": [
      { event: "iam:CreateUser", channel: "third", severity: "high" },
      { event: "iam:ListUsers", channel: "third", severity: "low" },
    ],
  });
  const security = () => {
    const { organization, settings } = local();
    return { ...organization.aws(settings.security.id), account: settings.security.id };
  };
  const names = ["first", "second", "third", "mail"];
  const rest = () => waitForDelivery(security(), names, () => local().organization.fabric.idle(), 60_000);
  const at = (path: string) => receiver.messages.filter((each) => each.path === path);
  const headOf = (message: { text?: string }) => message.text ?? "";

  /** Reports an outcome as a control's function does. */
  async function report(...outcomes: Partial<Outcome>[]): Promise<void> {
    const client = new EventBridgeClient(security());
    const Entries = outcomes.map((change, index) => {
      const outcome: Partial<Outcome> = {
        control: "s3-bucket-policy-not-public",
        eventId: `event-${index}`,
        outcome: "remediated",
        severity: "low",
        findings: ["It was public."],
        remedies: ["Remove a statement."],
        resource: {
          account: local().account("payments"),
          region: "eu-west-1",
          type: "AWS::S3::Bucket",
          id: `bucket-${index}`,
          arn: `arn:aws:s3:::bucket-${index}`,
        },
        durationMilliseconds: 1,
        ...change,
      };
      return {
        EventBusName: "bailiwick",
        Source: "bailiwick",
        DetailType: "Control Outcome",
        Detail: JSON.stringify(outcome),
      };
    });
    const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries }));
    assert.equal(FailedEntryCount, 0);
    client.destroy();
  }

  async function deadLetters(
    channel: string,
  ): Promise<{ body: string; attributes: Record<string, string> }[]> {
    const sqs = new SQSClient(security());
    const { QueueUrl } = await sqs.send(
      new GetQueueUrlCommand({ QueueName: `bailiwick-channel-${channel}-dlq` }),
    );
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        VisibilityTimeout: 0,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
      }),
    );
    sqs.destroy();
    return Messages.map(({ Body = "", MessageAttributes = {} }) => ({
      body: Body,
      attributes: Object.fromEntries(
        Object.entries(MessageAttributes).map(([name, { StringValue = "" }]) => [name, StringValue]),
      ),
    }));
  }

  it("are grouped by kind, and go where severity and account say", async () => {
    await report({}, {}, {});
    await rest();

    assert.deepEqual(
      at(PATHS.first).map(({ message }) => headOf(message)),
      ["[low] 3 × Remediated: S3 bucket policies grant nothing to the public"],
    );
    assert.equal(at(PATHS.second).length + at(PATHS.third).length + receiver.mails.length, 0);
  });

  it("never leave the webhooks' URLs in clear text in a state", async () => {
    const { organization, stack } = local();

    const state = await readFile(
      path.join(organization.folder, "state", stack.project, `${stack.name}.json`),
      "utf8",
    );

    assert(state.includes("bailiwick-channel-first"));
    assert(!state.includes(PATHS.first));
  });

  it("are not sent for good states", async () => {
    const before = receiver.messages.length;

    await report({ outcome: "compliant", findings: [], remedies: [] });
    await rest();

    assert.equal(receiver.messages.length, before);
  });

  it("are mailed by SNS with a subject", async () => {
    await subscribeMailbox(local().settings, security(), receiver);

    await report({ severity: "critical" });
    await rest();

    const mail = await eventually(() => Promise.resolve(receiver.mails[0]), "a mail");
    assert.equal(
      mail.subject,
      "[critical] Remediated: S3 bucket policies grant nothing to the public (payments)",
    );
    assert.match(mail.text, /^Remediated: .*\nSeverity: critical\n/);
  });

  it("arrive when Slack fails and answers 429: each once", async () => {
    const before = at(PATHS.first).length;
    receiver.plan(PATHS.first, [{ status: 500 }, { status: 429, retryAfterSeconds: 30 }, { status: 503 }]);

    await report({ outcome: "notified" });
    await rest();

    const refused = receiver.refused.filter(
      ({ path, why }) => path === PATHS.first && why.startsWith("planned"),
    );
    assert.deepEqual(
      refused.map(({ status }) => status),
      [500, 429, 503],
    );
    assert.equal(at(PATHS.first).length, before + 1);
    assert.deepEqual(await deadLetters("first"), []);
  });

  it("arrive when Slack is slower than EventBridge waits: at least once", async () => {
    const before = at(PATHS.first).length;
    receiver.plan(PATHS.first, [{ slowMilliseconds: 5_500 }]);

    await report({ outcome: "undone" });
    await rest();

    // Slack has accepted the slow one too: it can't be cancelled.
    await eventually(() => Promise.resolve(at(PATHS.first).length === before + 2 || undefined), "both");
    assert.deepEqual(await deadLetters("first"), []);
  });

  it("are sent at one per second, and none is lost, however many kinds there are", async () => {
    const before = at(PATHS.first).length;
    const kinds = ["a", "b", "c", "d", "e", "f"];

    await report(...kinds.map((control) => ({ control })));
    await rest();

    const came = at(PATHS.first).slice(before);
    assert.equal(came.length, kinds.length);
    assert((came.at(-1)?.at ?? 0) - (came[0]?.at ?? 0) >= 4_900, "They came faster than one a second.");
    assert.deepEqual(
      receiver.refused.filter(({ why }) => why.startsWith("rate_limited")),
      [],
    );
  });

  it("that Slack refuses for good are in the channel's dead-letter queue with the reason, and can be resent", async () => {
    const before = at(PATHS.first).length;
    receiver.plan(PATHS.first, [{ status: 404 }]);

    await report({ control: "gone" });
    const undelivered = await rest();

    assert.equal(undelivered?.[0]?.channel, "first");
    const [letter] = await deadLetters("first");
    assert.equal(letter?.attributes["ERROR_CODE"], "ERROR_FROM_TARGET");
    assert.match(letter.attributes["ERROR_MESSAGE"] ?? "", /answered 404/);
    const { detail } = JSON.parse(letter.body) as { detail: { payload: SlackPayload } };
    assert.equal(detail.payload.text, "[low] Remediated: gone: bucket-0 in payments");

    await redrive("first");
    await eventually(() => Promise.resolve(at(PATHS.first).length > before || undefined), "the message");
    assert.deepEqual(await rest(), []);
  });

  it("that Slack never accepts are there too, when the retries are used up", async () => {
    await limitRetries("second", 2);
    // More than this message takes: the channel is notified of the dead-letter queue's alarm too.
    receiver.plan(PATHS.second, Array(30).fill({ status: 500 }));

    await report({ control: "never", severity: "critical" });
    await rest();

    receiver.plan(PATHS.second, []);
    const letter = (await deadLetters("second")).find(({ body }) => body.includes("never"));
    assert.equal(letter?.attributes["EXHAUSTED_RETRY_CONDITION"], "MaximumRetryAttempts");
    assert.equal(letter.attributes["RETRY_ATTEMPTS"], "2");
  });

  it("of a watched call go to the watch's channel, from the call itself, and to no other", async () => {
    const before = at(PATHS.first).length;
    const payments = local().account("payments");
    const iam = new IAMClient(local().organization.aws(payments, "us-east-1"));

    await iam.send(new CreateUserCommand({ UserName: "watched" }));
    await iam.send(new DeleteUserCommand({ UserName: "watched" }));
    iam.destroy();

    const [received] = await eventually(
      () => Promise.resolve(at(PATHS.third).length > 0 ? at(PATHS.third) : undefined),
      "a message of the watch",
      20_000,
    );
    await rest();
    assert.match(headOf(received!.message), /^\[high\] iam:CreateUser was called/);
    const text = JSON.stringify(received!.message.blocks);
    for (const part of [
      "payments (200000000001)",
      "us-east-1",
      "root",
      "userName",
      "watched",
      "bailiwick watch remove",
    ])
      assert(text.includes(part), `${part} is missing in ${text}`);
    assert.equal(at(PATHS.third).length, 1);
    assert.equal(at(PATHS.first).length, before);
  });

  it("of a watched call that only reads are sent too, and of other reads none", async () => {
    const before = at(PATHS.third).length;
    const iam = new IAMClient(local().organization.aws(local().account("payments"), "us-east-1"));

    await iam.send(new ListRolesCommand({}));
    await iam.send(new ListUsersCommand({}));
    iam.destroy();

    const [received] = await eventually(
      () => Promise.resolve(at(PATHS.third).length > before ? at(PATHS.third).slice(before) : undefined),
      "a message of the watch",
      20_000,
    );
    await rest();
    assert.match(headOf(received!.message), /^\[low\] iam:ListUsers was called/);
    assert.equal(at(PATHS.third).length, before + 1);
  });

  it("that a topic does not accept are in the channel's dead-letter queue as outcomes", async () => {
    const sns = new SNSClient(security());
    const { account, region } = security();
    await sns.send(
      new DeleteTopicCommand({ TopicArn: `arn:aws:sns:${region}:${account}:bailiwick-channel-mail` }),
    );
    sns.destroy();
    await setVisibilityTimeout("mail", 1);

    await report({ control: "no-topic", severity: "critical" });

    const [letter] = await eventually(
      async () => {
        const letters = await deadLetters("mail");
        return letters.length > 0 ? letters : undefined;
      },
      "a dead letter",
      40_000,
    );
    const { detail } = JSON.parse(letter!.body) as { detail: Outcome };
    assert.equal(detail.control, "no-topic");
  });

  /** The SQS console's redrive, which the emulator doesn't have. */
  async function redrive(channel: string): Promise<void> {
    const sqs = new SQSClient(security());
    const urlOf = async (QueueName: string) =>
      (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
    const from = await urlOf(`bailiwick-channel-${channel}-dlq`);
    const to = await urlOf(`bailiwick-channel-${channel}`);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: from }));
    for (const { Body, ReceiptHandle } of Messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: Body }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
    }
    sqs.destroy();
  }

  async function setVisibilityTimeout(channel: string, seconds: number): Promise<void> {
    const sqs = new SQSClient(security());
    const { QueueUrl } = await sqs.send(
      new GetQueueUrlCommand({ QueueName: `bailiwick-channel-${channel}` }),
    );
    const Attributes = { VisibilityTimeout: String(seconds) };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    sqs.destroy();
  }

  async function limitRetries(channel: string, MaximumRetryAttempts: number): Promise<void> {
    const client = new EventBridgeClient(security());
    const at_ = { EventBusName: "bailiwick", Rule: `bailiwick-channel-${channel}-send` };
    const { Targets = [] } = await client.send(new ListTargetsByRuleCommand(at_));
    const changed = Targets.map((target) => ({ ...target, RetryPolicy: { MaximumRetryAttempts } }));
    await client.send(new PutTargetsCommand({ ...at_, Targets: changed }));
    client.destroy();
  }
});
