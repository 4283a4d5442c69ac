import assert from "node:assert/strict";
import type { Explanation, TraceSummary } from "../trace";
import {
  eventOf,
  HOME,
  HUB,
  HUB_QUEUE,
  MEMBER,
  publish,
  queueOf,
  REGION,
  startTestFabric,
  type TestFabric,
} from "./testing";

describe("the fabric's server", () => {
  let testFabric: TestFabric;
  beforeEach(async () => {
    testFabric = await startTestFabric();
  });
  afterEach(() => testFabric.fabric.close());
  const post = (body: unknown, token = "secret") =>
    fetch(testFabric.fabric.eventsUrl, {
      method: "POST",
      headers: { "x-local-aws-token": token },
      body: JSON.stringify(body),
    });

  it("accepts the events that the emulator dispatches", async () => {
    const event = eventOf();

    const response = await post({ bus: "default", account: MEMBER, region: REGION, event });
    await testFabric.fabric.idle();

    assert.equal(response.status, 202);
    assert.equal(testFabric.received[HUB_QUEUE]?.length, 1);
  });

  it("accepts nothing from anyone else", async () => {
    const response = await post(
      { bus: "default", account: MEMBER, region: REGION, event: eventOf() },
      "guess",
    );
    await testFabric.fabric.idle();

    assert.equal(response.status, 403);
    assert.equal(testFabric.received[HUB_QUEUE], undefined);
  });

  it("delivers a schedule's event to one target of its rule, whatever the rule's pattern", async () => {
    const { rules, queues } = testFabric.deployed;
    queues[`${HUB_QUEUE}-2`] = queueOf();
    rules[1]!.pattern = undefined;
    rules[1]!.targets.push({ Id: "second", Arn: `${HUB_QUEUE}-2` });

    await post({
      bus: "hub",
      account: HUB,
      region: HOME,
      event: eventOf(),
      rule: "control",
      target: "second",
    });
    await testFabric.fabric.idle();

    assert.deepEqual(Object.keys(testFabric.received), [`${HUB_QUEUE}-2`]);
  });

  it("answers with the refusal of AWS", async () => {
    const ask = async (Name: string) => {
      const call = {
        service: "events",
        operation: "DeleteRule",
        account: MEMBER,
        region: REGION,
        parameters: { Name },
      };
      const headers = { "x-local-aws-token": "secret" };
      const asked = { method: "POST", headers, body: JSON.stringify(call) };
      return (await fetch(`${testFabric.fabric.url}/refuse`, asked)).json();
    };
    assert.deepEqual(await ask("forward"), {
      code: "ValidationException",
      message: "Rule can't be deleted since it has targets.",
    });
    assert.deepEqual(await ask("other"), {});
  });

  it("explains an event's path", async () => {
    const event = eventOf();
    await publish(testFabric, event);

    const told = (await (await fetch(`${testFabric.fabric.url}/trace/${event.id}`)).json()) as Explanation;

    assert.equal(told.eventId, event.id);
    assert.equal(told.steps.at(-1)?.stage, "target");
  });

  it("explains in words why an event stopped", async () => {
    const event = eventOf({ source: "other" });
    await publish(testFabric, event);

    const told = (await (await fetch(`${testFabric.fabric.url}/trace/${event.id}`)).json()) as Explanation;

    assert.match(told.stopped ?? "", /The closest rule is forward/);
  });

  it("finds events by account, region, name and time", async () => {
    const event = eventOf({ detail: { eventName: "PutBucketPolicy" } });
    await publish(testFabric, event);
    await publish(testFabric, eventOf());
    const find = async (query: string) =>
      ((await (await fetch(`${testFabric.fabric.url}/trace?${query}`)).json()) as TraceSummary[]).map(
        ({ eventId }) => eventId,
      );

    assert.deepEqual(await find(`account=${MEMBER}&region=${REGION}&eventName=PutBucketPolicy`), [event.id]);
    assert.deepEqual(await find(`since=${Date.now() + 1000}`), []);
    assert.equal((await find("")).length, 2);
  });

  it("knows nothing of other events and paths", async () => {
    const status = async (path: string) => (await fetch(`${testFabric.fabric.url}${path}`)).status;
    assert.equal(await status("/trace/none"), 404);
    assert.equal(await status("/"), 404);
  });

  it("refuses pages that use another name for it", async () => {
    const { port } = new URL(testFabric.fabric.url);
    const { request } = await import("node:http");
    const status = await new Promise((resolve, reject) => {
      const asked = request({ port, host: "127.0.0.1", path: "/trace", headers: { host: "evil.example" } });
      asked.on("response", (response) => resolve(response.statusCode));
      asked.on("error", reject);
      asked.end();
    });
    assert.equal(status, 403);
  });
});
