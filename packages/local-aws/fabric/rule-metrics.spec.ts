import assert from "node:assert/strict";
import {
  forwardingToHub,
  HOME,
  HUB,
  HUB_QUEUE,
  MEMBER,
  publish,
  eventOf,
  queueOf,
  startTestFabric,
} from "./testing";
import type { Deployed, TestFabric } from "./testing";

const DEAD_LETTERS = `arn:aws:sqs:${HOME}:${HUB}:dead`;

describe("The metrics of a rule", () => {
  let testFabric: TestFabric | undefined;
  afterEach(() => testFabric?.fabric.close());

  /** Publishes three events. @returns the points of the hub's rule, when all are there. */
  async function pointsOf(change: (deployed: Deployed) => void): Promise<Record<string, number>> {
    const deployed = forwardingToHub();
    change(deployed);
    testFabric = await startTestFabric(deployed);
    for (let index = 0; index < 3; index++) await publish(testFabric, eventOf());
    const points: Record<string, number> = {};
    while (Object.keys(points).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const { account, region, namespace, name, value, dimensions } of testFabric.metrics) {
        if (account !== HUB) continue;
        assert.deepEqual(
          [namespace, region, dimensions],
          ["AWS/Events", HOME, { EventBusName: "hub", RuleName: "control" }],
        );
        points[name] = (points[name] ?? 0) + value;
      }
    }
    return points;
  }

  it("count events and invocations, and name the bus unless it is the default one", async () => {
    assert.deepEqual(await pointsOf(() => undefined), { MatchedEvents: 3, Invocations: 3 });
    assert.deepEqual(testFabric?.metrics.find(({ account }) => account === MEMBER)?.dimensions, {
      RuleName: "forward",
    });
  });

  it("count what the target refuses, and what the dead-letter queue takes", async () => {
    const points = await pointsOf((deployed) => {
      deployed.deny = ({ resource }) => (resource === HUB_QUEUE ? "no" : undefined);
      deployed.queues[DEAD_LETTERS] = queueOf();
      for (const { targets } of deployed.rules.filter(({ account }) => account === HUB))
        for (const target of targets) target.DeadLetterConfig = { Arn: DEAD_LETTERS };
    });

    assert.deepEqual(points, {
      MatchedEvents: 3,
      Invocations: 3,
      FailedInvocations: 3,
      InvocationsSentToDlq: 3,
    });
  });

  it("count what the dead-letter queue refuses too", async () => {
    const points = await pointsOf((deployed) => {
      deployed.deny = ({ resource }) => (resource === HUB_QUEUE ? "no" : undefined);
      for (const { targets } of deployed.rules.filter(({ account }) => account === HUB))
        for (const target of targets) target.DeadLetterConfig = { Arn: DEAD_LETTERS };
    });

    assert.equal(points["InvocationsFailedToBeSentToDlq"], 3);
    assert.equal(points["InvocationsSentToDlq"], undefined);
  });
});
