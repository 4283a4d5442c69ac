/** The fabric over the emulator: from a member account to the queue of the hub. */
import assert from "node:assert/strict";
import * as eb from "@aws-sdk/client-eventbridge";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import {
  attributesOf,
  DEAD_LETTERS,
  eventIn,
  HOME,
  HUB,
  HUB_BUS,
  MEMBER,
  OUTSIDE,
  QUEUE,
  REGION,
  ruleArn,
  startEmulatedFabric,
  until,
  type EmulatedFabric,
} from "./emulated-fabric";

describe("the fabric over the emulator", () => {
  let emulated: EmulatedFabric;
  before(async function () {
    this.timeout(120_000);
    emulated = await startEmulatedFabric();
  });
  after(() => emulated?.stop());

  it("carries a member's event to the hub's queue, with its id, account, region and time", async () => {
    const id = await emulated.putEvent();

    const [message, ...more] = await emulated.take(QUEUE);

    assert.equal(more.length, 0);
    const event = eventIn(message);
    assert.deepEqual([event.id, event.account, event.region], [id, MEMBER, REGION]);
    assert.deepEqual(event.detail, { a: 1 });
  });

  it("needs the organization in the bus's policy, and notices changes of the policy", async () => {
    await emulated.allowOrganization("o-somebodyelse");
    const stopped = await emulated.putEvent();
    await emulated.allowOrganization();
    const passed = await emulated.putEvent();

    assert.match(
      emulated.trace.explain(stopped)?.stopped ?? "",
      /policy of .*event-bus\/hub does not allow events:PutEvents/,
    );
    assert.deepEqual(
      (await emulated.take(QUEUE)).map((message) => eventIn(message).id),
      [passed],
    );
  });

  it("admits no account from outside the organization", async () => {
    await emulated.putRole(
      OUTSIDE,
      "forward",
      `arn:aws:events:*:${OUTSIDE}:rule/*`,
      "events:PutEvents",
      HUB_BUS,
    );
    const outside = emulated.events(OUTSIDE, REGION);
    await outside.send(new eb.PutRuleCommand({ Name: "forward", EventPattern: '{"source":["test"]}' }));
    const target = { Id: "hub", Arn: HUB_BUS, RoleArn: `arn:aws:iam::${OUTSIDE}:role/forward` };

    const putting = outside.send(new eb.PutTargetsCommand({ Rule: "forward", Targets: [target] }));

    await assert.rejects(putting, { name: "AccessDeniedException" });
  });

  it("sends an event that a queue refuses to the dead-letter queue, with the reason", async () => {
    const arn = `${QUEUE}-closed`;
    await emulated.putQueue(arn, ruleArn("another"));
    await emulated.putRule("closed", { Id: "q", Arn: arn, DeadLetterConfig: { Arn: DEAD_LETTERS } });

    const id = await emulated.putEventOnHub("closed");

    const [letter] = await emulated.take(DEAD_LETTERS);
    assert.equal(eventIn(letter).id, id);
    const { ERROR_MESSAGE, ...attributes } = attributesOf(letter);
    assert.deepEqual(attributes, {
      RULE_ARN: ruleArn("closed"),
      TARGET_ARN: arn,
      ERROR_CODE: "NO_PERMISSIONS",
    });
    assert.match(ERROR_MESSAGE ?? "", new RegExp(`aws:sourcearn=${ruleArn("closed")}`));
    assert.equal((await emulated.take(arn)).length, 0);
  });

  it("archives an event that was forwarded to a bus, and replays it to the named rule", async () => {
    await emulated.events().send(
      new eb.CreateArchiveCommand({
        ArchiveName: "all",
        EventSourceArn: HUB_BUS,
        EventPattern: '{"source":["test"]}',
      }),
    );
    emulated.fabric.invalidateAll();
    const id = await emulated.putEvent();
    await emulated.putEventOnHub("not-archived");
    await emulated.take(QUEUE);
    const { Archives = [] } = await emulated.events().send(new eb.ListArchivesCommand({}));
    assert.equal(Archives[0]?.EventCount, 1);

    await emulated.events().send(
      new eb.StartReplayCommand({
        ReplayName: "again",
        EventSourceArn: `arn:aws:events:${HOME}:${HUB}:archive/all`,
        EventStartTime: new Date(Date.now() - 60_000),
        EventEndTime: new Date(Date.now() + 60_000),
        Destination: { Arn: HUB_BUS, FilterArns: [ruleArn("control")] },
      }),
    );

    const messages = await emulated.takeSome(QUEUE);
    const replayed = eventIn(messages[0]) as EventBridgeEvent & { "replay-name": string };
    assert.deepEqual([replayed.id, replayed.account, replayed["replay-name"]], [id, MEMBER, "again"]);
    await emulated.events().send(new eb.DeleteArchiveCommand({ ArchiveName: "all" }));
    emulated.fabric.invalidateAll();
  });

  it("accepts events that another account of the organization puts on the hub itself, and keeps that account", async () => {
    await emulated.take(QUEUE);
    const id = await emulated.putEvent("test", MEMBER, HOME, HUB_BUS);
    const [message] = await emulated.takeSome(QUEUE);
    const { id: delivered, account, region } = eventIn(message);
    assert.deepEqual([delivered, account, region], [id, MEMBER, HOME]);
  });

  it("delivers 10,000 events of a burst on a member's bus to the hub's queue exactly once each", async () => {
    await emulated.take(QUEUE);
    const sent = new Set<string>();
    const client = emulated.events(MEMBER, REGION);
    const entry = { Source: "test", DetailType: "Burst", Detail: JSON.stringify({ x: "x".repeat(500) }) };
    for (let batch = 0; batch < 100; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          client.send(new eb.PutEventsCommand({ Entries: Array(10).fill(entry) as never })),
        ),
      );
      for (const { Entries = [] } of answers) for (const { EventId } of Entries) sent.add(EventId ?? "");
    }
    assert.equal(sent.size, 10_000);

    const got: string[] = [];
    await until(async () => {
      got.push(...(await emulated.take(QUEUE)).map((message) => eventIn(message).id));
      return got.length >= sent.size ? true : undefined;
    }, 90_000);
    await emulated.fabric.idle();
    got.push(...(await emulated.take(QUEUE)).map((message) => eventIn(message).id));

    assert.equal(got.length, 10_000);
    assert.deepEqual(new Set(got), sent);
  }).timeout(120_000);

  describe("at the end", () => {
    it("says where the path ended when the emulator has died, and hangs nowhere", async () => {
      await emulated.emulator.stop();
      const id = "after-the-end";
      const event = {
        version: "0",
        id,
        "detail-type": "Test",
        source: "test",
        account: MEMBER,
        region: REGION,
      } as const;

      await emulated.fabric.publish(MEMBER, REGION, "default", {
        ...event,
        time: "2026-03-01T12:00:00Z",
        resources: [],
        detail: {},
      });
      emulated.fabric.invalidateAll();
      await emulated.fabric.publish(MEMBER, REGION, "default", {
        ...event,
        time: "2026-03-01T12:00:00Z",
        resources: [],
        detail: {},
      });

      const stopped = await until(() => emulated.trace.explain(id)?.stopped);
      assert.match(stopped, /could not handle the event|did not receive the event/);
    });
  });
});
