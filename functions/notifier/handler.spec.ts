import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { SQSEvent } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { createHandler } from "./handler";
import type { ChannelMessage } from "./send";
import type { SlackPayload } from "./slack";
import { outcomeOf, settings } from "./testing";

const [PLATFORM = "", AUDIT = ""] = Object.keys(settings.channels);

const eventOf = (detail: object, envelope: object = {}) =>
  JSON.stringify({
    version: "0",
    id: "11111111-2222-3333-4444-555555555555",
    "detail-type": "Control Outcome",
    source: "bailiwick",
    account: "222222222222",
    time: "2026-03-17T08:41:28Z",
    region: "eu-west-1",
    resources: [],
    detail,
    ...envelope,
  });

const batch = (queueArn: string, ...bodies: string[]) =>
  ({
    Records: bodies.map((body, index) => ({ messageId: `m${index + 1}`, body, eventSourceARN: queueArn })),
  }) as unknown as SQSEvent;

describe("the notifier", () => {
  const bus = mockClient(EventBridgeClient);
  const sns = mockClient(SNSClient);
  const logged: string[] = [];
  const log = (text: unknown): void => {
    logged.push(typeof text === "string" ? text : JSON.stringify(text));
  };
  const handler = createHandler(settings, {
    logger: { info: log, error: log } as never,
    metrics: { addMetric: () => undefined as never, publishStoredMetrics: () => undefined as never },
  });
  const put = () =>
    bus
      .commandCalls(PutEventsCommand)
      .map((call) => JSON.parse(call.args[0].input.Entries?.[0]?.Detail ?? "") as ChannelMessage);

  beforeEach(() => {
    bus.reset();
    sns.reset();
    logged.length = 0;
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
    sns.on(PublishCommand).resolves({ MessageId: "1" });
  });
  after(() => {
    bus.restore();
    sns.restore();
  });

  it("puts a channel's message on the hub bus, from where its rule takes it to Slack", async () => {
    const answer = await handler(batch(PLATFORM, eventOf(outcomeOf())));

    assert.deepEqual(answer, { batchItemFailures: [] });
    const [entry] = bus.commandCalls(PutEventsCommand)[0]!.args[0].input.Entries!;
    assert.deepEqual(
      [entry!.EventBusName, entry!.Source, entry!.DetailType],
      ["bailiwick", "bailiwick.notification", "Channel Message"],
    );
    const [{ channel, control, payload }] = put() as [ChannelMessage];
    assert.deepEqual([channel, control], ["platform", "s3-bucket-policy-not-public"]);
    assert.match((payload as SlackPayload).text, /^\[critical\] Remediated/);
  });

  it("publishes to an e-mail channel's topic", async () => {
    await handler(batch(AUDIT, eventOf(outcomeOf())));

    const { input } = sns.commandCalls(PublishCommand)[0]!.args[0];
    assert.equal(input.TopicArn, "arn:aws:sns:eu-west-1:222222222222:bailiwick-channel-audit");
    assert.match(input.Subject ?? "", /^\[critical\] Remediated/);
    assert.equal(put().length, 0);
  });

  it("combines similar outcomes into one message", async () => {
    const bodies = [
      outcomeOf({ eventId: "1" }),
      outcomeOf({ eventId: "2", outcome: "notified" }),
      outcomeOf({ eventId: "3" }),
    ].map((outcome) => eventOf(outcome));

    await handler(batch(PLATFORM, ...bodies));

    assert.deepEqual(
      put().map(({ payload }) => (payload as SlackPayload).text.slice(0, 32)),
      ["[critical] 2 × Remediated: S3 bu", "[critical] Violation found, not "],
    );
  });

  it("sends alarms, beside outcomes", async () => {
    const alarm = eventOf(
      { alarmName: "bailiwick-hub-function-errors-bailiwick-x", state: { value: "ALARM", reason: "1 > 0" } },
      { source: "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change" },
    );

    const answer = await handler(batch(PLATFORM, alarm, eventOf(outcomeOf())));

    assert.deepEqual(answer, { batchItemFailures: [] });
    assert.deepEqual(
      put().map(({ payload }) => (payload as SlackPayload).text.slice(0, 46)),
      ["[high] Alarm: The function bailiwick-x fails: ", "[critical] Remediated: S3 bucket policies gran"],
    );
  });

  it("sends nothing for good states, and finishes their messages", async () => {
    const answer = await handler(batch(PLATFORM, eventOf(outcomeOf({ outcome: "exempted" }))));

    assert.deepEqual(answer, { batchItemFailures: [] });
    assert.equal(put().length, 0);
  });

  it("returns to the queue only what it could not send", async () => {
    bus
      .on(PutEventsCommand)
      .resolvesOnce({ FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "no" }] })
      .resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
    const bodies = [outcomeOf(), outcomeOf({ outcome: "notified" }), outcomeOf()].map((outcome) =>
      eventOf(outcome),
    );

    const answer = await handler(batch(PLATFORM, ...bodies));

    assert.deepEqual(answer.batchItemFailures, [{ itemIdentifier: "m1" }, { itemIdentifier: "m3" }]);
    assert.match(logged[0] ?? "", /^platform: 2 not sent: bailiwick did not take a message/);
  });

  it("returns what a topic refused", async () => {
    sns
      .on(PublishCommand)
      .rejects(Object.assign(new Error("Topic does not exist"), { name: "NotFoundException" }));

    const answer = await handler(batch(AUDIT, eventOf(outcomeOf())));

    assert.deepEqual(answer.batchItemFailures, [{ itemIdentifier: "m1" }]);
  });

  it("returns what it can't read, and sends the others", async () => {
    const bodies = ["no JSON", eventOf({}), eventOf(outcomeOf(), { source: "aws.s3" }), eventOf(outcomeOf())];

    const answer = await handler(batch(PLATFORM, ...bodies));

    assert.deepEqual(
      answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
      ["m1", "m2", "m3"],
    );
    assert.equal(put().length, 1);
  });

  it("sends a message that was redriven from the dead-letter queue unchanged", async () => {
    const message = { channel: "platform", control: "x", payload: { text: "hello" } };
    const body = eventOf(message, { source: "bailiwick.notification", "detail-type": "Channel Message" });

    await handler(batch(PLATFORM, body));

    assert.deepEqual(put(), [message]);
  });

  it("returns what comes from a queue that no channel has", async () => {
    const answer = await handler(batch("arn:aws:sqs:eu-west-1:222222222222:other", eventOf(outcomeOf())));

    assert.deepEqual(answer.batchItemFailures, [{ itemIdentifier: "m1" }]);
  });
});
