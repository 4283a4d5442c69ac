/** Refusals of the emulator's EventBridge, in AWS's words. */
import assert from "node:assert/strict";
import * as eb from "@aws-sdk/client-eventbridge";
import {
  HOME,
  HUB,
  HUB_BUS,
  OUTSIDE,
  QUEUE,
  startEmulatedFabric,
  type EmulatedFabric,
} from "./emulated-fabric";

describe("the emulator refuses, in AWS's words,", () => {
  let emulated: EmulatedFabric;
  before(async function () {
    this.timeout(120_000);
    emulated = await startEmulatedFabric();
  });
  after(() => emulated?.stop());

  it("events of an outside account on the hub, before accepting any of them", async () => {
    const entry = { Source: "test", DetailType: "Test", Detail: "{}" };
    const putting = emulated
      .events(OUTSIDE, HOME)
      .send(new eb.PutEventsCommand({ Entries: [entry, { ...entry, EventBusName: HUB_BUS }] }));
    await assert.rejects(putting, {
      name: "AccessDeniedException",
      message:
        `User: arn:aws:iam::${OUTSIDE}:root is not authorized to perform: events:PutEvents on resource: ${HUB_BUS} because no ` +
        "resource-based policy allows the events:PutEvents action",
    });
  });

  it("incomplete entries, one by one", async () => {
    const entry = (more: eb.PutEventsRequestEntry) => ({
      Source: "s",
      DetailType: "d",
      Detail: "{}",
      ...more,
    });
    const { FailedEntryCount, Entries = [] } = await emulated.events().send(
      new eb.PutEventsCommand({
        Entries: [
          entry({}),
          entry({ Detail: "[]" }),
          entry({ Source: "aws.s3" }),
          entry({ DetailType: undefined }),
        ],
      }),
    );
    assert.equal(FailedEntryCount, 3);
    assert.deepEqual(
      Entries.map(({ ErrorCode }) => ErrorCode),
      [undefined, "MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument"],
    );
  });

  it("more than a mebibyte of events", async () => {
    const Entries = [
      { Source: "s", DetailType: "d", Detail: JSON.stringify({ x: "x".repeat(1024 * 1024) }) },
    ];
    await assert.rejects(emulated.events().send(new eb.PutEventsCommand({ Entries })), {
      name: "ValidationException",
      message: "Total size of the entries in the request is over the limit.",
    });
  });

  it("the sixth target, and the deletion of a rule with targets", async () => {
    const Targets = [1, 2, 3, 4, 5].map((id) => ({ Id: `more${id}`, Arn: QUEUE }));
    const putting = emulated
      .events()
      .send(new eb.PutTargetsCommand({ Rule: "control", EventBusName: "hub", Targets }));
    await assert.rejects(putting, { name: "LimitExceededException" });
    const deleting = emulated
      .events()
      .send(new eb.DeleteRuleCommand({ Name: "control", EventBusName: "hub" }));
    await assert.rejects(deleting, { message: "Rule can't be deleted since it has targets." });
  });

  it("a pattern of more than 2,048 characters", async () => {
    const EventPattern = JSON.stringify({ source: ["x".repeat(2048)] });
    await assert.rejects(emulated.events().send(new eb.PutRuleCommand({ Name: "long", EventPattern })), {
      name: "LimitExceededException",
    });
  });

  it("the 301st rule of a bus", async () => {
    const client = emulated.events(HUB, "us-west-2");
    const make = (Name: string) =>
      client.send(new eb.PutRuleCommand({ Name, EventPattern: '{"source":["a"]}' }));
    for (let first = 0; first < 300; first += 20)
      await Promise.all(Array.from({ length: 20 }, (_, index) => make(`rule${first + index}`)));
    await assert.rejects(make("onemore"), { name: "LimitExceededException" });
    await make("rule7");
  }).timeout(60_000);

  it("exactly the excess of rules and targets that are made at once", async () => {
    const client = emulated.events(HUB, "us-west-1");
    const bus = { EventBusName: "crowded" };
    await client.send(new eb.CreateEventBusCommand({ Name: bus.EventBusName }));
    const rule = (Name: string, more = bus) =>
      client.send(new eb.PutRuleCommand({ Name, EventPattern: '{"source":["a"]}', ...more }));
    for (let first = 0; first < 290; first += 29)
      await Promise.all(Array.from({ length: 29 }, (_, index) => rule(`rule${first + index}`)));
    const target = (Id: string) =>
      client.send(
        new eb.PutTargetsCommand({
          Rule: "rule0",
          ...bus,
          Targets: [{ Id, Arn: `arn:aws:sqs:us-west-1:${HUB}:q` }],
        }),
      );
    const many = Array.from({ length: 24 }, (_, index) => `many${index}`);

    const rules = await Promise.allSettled(many.map((name) => rule(name)));
    const targets = await Promise.allSettled(many.map(target));
    const elsewhere = await Promise.allSettled(many.map((name) => rule(name, { EventBusName: "default" })));

    const taken = (answers: PromiseSettledResult<unknown>[]) =>
      answers.filter(({ status }) => status === "fulfilled").length;
    const refused = [...rules, ...targets].flatMap((answer) =>
      answer.status === "rejected" ? [(answer.reason as Error).name] : [],
    );
    assert.deepEqual([taken(rules), taken(targets), taken(elsewhere)], [10, 5, 24]);
    assert.deepEqual(new Set(refused), new Set(["LimitExceededException"]));
    const { Targets = [] } = await client.send(new eb.ListTargetsByRuleCommand({ Rule: "rule0", ...bus }));
    assert.equal(Targets.length, 5);
  }).timeout(60_000);
});
