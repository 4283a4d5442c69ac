import assert from "node:assert/strict";
import { createTrace } from "../trace";
import {
  eventOf,
  HOME,
  HUB,
  HUB_BUS,
  HUB_QUEUE,
  MEMBER,
  publish,
  queueOf,
  REGION,
  ROLE,
  ruleOf,
  startTestFabric,
  forwardingToHub,
  type Deployed,
  type TestFabric,
} from "./testing";

describe("fabric", () => {
  let testFabric: TestFabric | undefined;
  const start = async (change: (deployed: Deployed) => void = () => undefined) => {
    const deployed = forwardingToHub();
    change(deployed);
    return (testFabric = await startTestFabric(deployed));
  };
  afterEach(async () => {
    await testFabric?.fabric.close();
    testFabric = undefined;
  });
  const stopped = (id: string) => testFabric?.trace.explain(id)?.stopped ?? "";

  it("forwards a member's event unchanged to the hub's bus and into the control's queue", async () => {
    const { received, trace } = await start();
    const event = eventOf({ resources: ["arn:aws:s3:::b"], detail: { bucket: "b" } });

    await publish(testFabric!, event);

    assert.deepEqual(
      received[HUB_QUEUE]?.map(({ body }) => JSON.parse(body) as unknown),
      [event],
    );
    const steps = trace.explain(event.id)?.steps ?? [];
    assert.deepEqual(
      steps.map(({ stage, account }) => `${stage} ${account}`),
      [`bus ${MEMBER}`, `rule ${MEMBER}`, `target ${MEMBER}`, `bus ${HUB}`, `rule ${HUB}`, `target ${HUB}`],
    );
  });

  it("asks IAM for the permissions that AWS checks: the role's trust and policy with the bus's policy, then the queue's policy", async () => {
    const { authorizations } = await start();

    await publish(testFabric!, eventOf());

    const [trust, put, send] = authorizations;
    const rule = `arn:aws:events:${REGION}:${MEMBER}:rule/forward`;
    assert.equal(trust?.trust, true);
    assert.equal(trust?.resource, ROLE);
    assert.deepEqual(trust?.context, { "aws:SourceArn": rule, "aws:SourceAccount": MEMBER });
    assert.deepEqual(put?.principal, { role: ROLE });
    assert.equal(put?.action, "events:PutEvents");
    assert.equal(put?.resource, HUB_BUS);
    assert.equal(put?.owner, HUB);
    assert.equal(put?.context?.["events:source"], "test");
    assert.deepEqual(send?.principal, { service: "events.amazonaws.com" });
    assert.equal(send?.action, "sqs:SendMessage");
    assert.equal(send?.context?.["aws:SourceArn"], `arn:aws:events:${HOME}:${HUB}:rule/hub/control`);
  });

  it("stops where the forwarding role may not be assumed, and says so", async () => {
    const { received } = await start((deployed) => {
      deployed.deny = ({ trust }) => (trust === true ? "the trust policy names another service" : undefined);
    });
    const event = eventOf();

    await publish(testFabric!, event);

    assert.equal(received[HUB_QUEUE], undefined);
    assert.match(stopped(event.id), /trust policy names another service.*FAILED_TO_ASSUME_ROLE/);
  });

  it("stops at a hub that does not allow the role, and says so", async () => {
    await start((deployed) => {
      deployed.deny = ({ action }) =>
        action === "events:PutEvents" ? "the policy of the bus does not allow it" : undefined;
    });
    const event = eventOf();

    await publish(testFabric!, event);

    assert.match(stopped(event.id), /The policy of the bus does not allow it\. \(NO_PERMISSIONS\)/);
  });

  it("stops at a queue whose policy does not name the rule", async () => {
    const { received } = await start((deployed) => {
      deployed.deny = ({ action }) => (action === "sqs:SendMessage" ? "no statement fits" : undefined);
    });
    const event = eventOf();

    await publish(testFabric!, event);

    assert.equal(received[HUB_QUEUE], undefined);
    assert.match(
      stopped(event.id),
      new RegExp(`rule control matched.*${HUB_QUEUE} did not receive.*No statement fits`),
    );
  });

  it("does not forward without a role", async () => {
    await start((deployed) => delete deployed.rules[0]!.targets[0]!.RoleArn);
    const event = eventOf();

    await publish(testFabric!, event);

    assert.match(stopped(event.id), /is an event bus: it needs a RoleArn/);
  });

  it("does not assume a role of another account than the rule's", async () => {
    await start((deployed) => {
      deployed.rules[0]!.targets[0]!.RoleArn = `arn:aws:iam::${HUB}:role/forward`;
    });
    const event = eventOf();

    await publish(testFabric!, event);

    assert.match(stopped(event.id), /belongs to another account than the rule/);
  });

  it("says that the bus is missing, whether it is a target or the first one", async () => {
    await start((deployed) => (deployed.buses = {}));
    const forwarded = eventOf();
    const direct = eventOf();

    await publish(testFabric!, forwarded);
    await publish(testFabric!, direct, HUB, HOME, "hub");

    assert.match(stopped(forwarded.id), /The event bus .*hub does not exist\. \(NO_RESOURCE\)/);
    assert.match(stopped(direct.id), /There is no event bus hub in 222222222222, eu-central-1/);
  });

  it("forwards an event to one further bus only", async () => {
    const third = `arn:aws:events:${HOME}:111111111111:event-bus/third`;
    const { received } = await start((deployed) => {
      deployed.buses[third] = { arn: third };
      deployed.rules[1]!.targets.push({ Id: "third", Arn: third, RoleArn: `arn:aws:iam::${HUB}:role/on` });
    });
    const event = eventOf();

    await publish(testFabric!, event);

    assert.equal(received[HUB_QUEUE]?.length, 1);
    const steps = testFabric!.trace.explain(event.id)?.steps ?? [];
    const reason = steps.find((step) => step.stopped)?.stopped ?? "";
    assert.match(reason, /does not send it on to the third bus.*THIRD_ACCOUNT_HOP_DETECTED/);
    assert.ok(!steps.some(({ account }) => account === "111111111111"));
  });

  it("forwards an event of the hub account itself from its bus", async () => {
    const third = `arn:aws:events:${HOME}:111111111111:event-bus/third`;
    await start((deployed) => {
      deployed.buses[third] = { arn: third };
      deployed.rules[1]!.targets.push({ Id: "third", Arn: third, RoleArn: `arn:aws:iam::${HUB}:role/on` });
    });
    const event = eventOf({ account: HUB, region: HOME });

    await publish(testFabric!, event, HUB, HOME, "hub");

    assert.ok(testFabric!.trace.explain(event.id)?.steps.some(({ account }) => account === "111111111111"));
  });

  it("delivers nothing to a disabled rule, and says that it would have matched", async () => {
    const { received } = await start((deployed) => (deployed.rules[1]!.state = "DISABLED"));
    const event = eventOf();

    await publish(testFabric!, event);

    assert.equal(received[HUB_QUEUE], undefined);
    assert.match(stopped(event.id), /The pattern of rule control matches, but the rule is DISABLED/);
  });

  it("names the closest rule when none matched", async () => {
    await start();
    const event = eventOf({ source: "other" });

    await publish(testFabric!, event);

    assert.equal(
      stopped(event.id),
      `No rule of the bus default in ${MEMBER}, ${REGION} matched. The closest rule is forward, but source is "other", wanted ["test"].`,
    );
  });

  it("says that a matching rule has no targets", async () => {
    await start((deployed) => (deployed.rules[1]!.targets = []));
    const event = eventOf();

    await publish(testFabric!, event);

    assert.match(stopped(event.id), /rule\/hub\/control matched, but has no targets/);
  });

  it("reads rules once, and again after they changed", async () => {
    const { fabric, deployed, reads, received } = await start();
    await publish(testFabric!, eventOf());
    await publish(testFabric!, eventOf());
    assert.equal(reads.length, 2);

    deployed.rules[1]!.targets = [];
    fabric.changed("events", HUB, HOME, "RemoveTargets");
    await publish(testFabric!, eventOf());

    assert.deepEqual(reads.slice(2), [`${HUB}/${HOME}/hub`]);
    assert.equal(received[HUB_QUEUE]?.length, 2);
  });

  it("keeps the rules when calls only move messages and events", async () => {
    const { fabric, reads } = await start();
    await publish(testFabric!, eventOf());

    fabric.changed("events", HUB, HOME, "PutEvents");
    fabric.changed("sqs", HUB, HOME, "DeleteMessage");
    await publish(testFabric!, eventOf());

    assert.equal(reads.length, 2);
  });

  it("asks IAM again after a policy changed", async () => {
    const { fabric, deployed, received } = await start();
    await publish(testFabric!, eventOf());

    deployed.deny = () => "not any more";
    fabric.changed("iam", MEMBER, "us-east-1", "DeleteRolePolicy");
    const event = eventOf();
    await publish(testFabric!, event);

    assert.equal(received[HUB_QUEUE]?.length, 1);
    assert.match(stopped(event.id), /Not any more/);
  });

  it("delivers 2,000 events of a burst exactly once each and in order", async () => {
    const { fabric, received } = await start();
    const events = Array.from({ length: 2000 }, () => eventOf());

    for (const event of events) void fabric.publish(MEMBER, REGION, "default", event);
    await fabric.idle();

    const ids = received[HUB_QUEUE]?.map(({ body }) => (JSON.parse(body) as { id: string }).id);
    assert.deepEqual(
      ids,
      events.map(({ id }) => id),
    );
  });

  it("makes duplicates, as AWS may, when they are configured", async () => {
    const { fabric, received } = await start();
    fabric.duplicate(1);

    await publish(testFabric!, eventOf());

    assert.equal(received[HUB_QUEUE]?.length, 4, "twice for each of two deliveries");
  });

  it("reads the share of duplicates from the environment, and refuses an invalid one", async () => {
    process.env["LOCAL_AWS_DUPLICATES"] = "1";
    try {
      const { received } = await start();
      await publish(testFabric!, eventOf());
      assert.equal(received[HUB_QUEUE]?.length, 4);
      process.env["LOCAL_AWS_DUPLICATES"] = "often";
      await assert.rejects(startTestFabric(), {
        name: "EnvironmentError",
        message: /from 0 to 1, not `often`/,
      });
    } finally {
      delete process.env["LOCAL_AWS_DUPLICATES"];
    }
  });

  it("archives the events of a bus once, and no replays", async () => {
    const { archived, received } = await start((deployed) => deployed.archives.push(HUB_BUS));
    const event = eventOf();
    await publish(testFabric!, event);
    const replayed = { ...event, "replay-name": "again" };

    await publish(testFabric!, replayed, HUB, HOME, "hub");

    assert.deepEqual(archived, [event]);
    assert.equal(received[HUB_QUEUE]?.length, 2);
  });

  it("replays only to the rules that the replay names", async () => {
    const { received } = await start((deployed) => {
      deployed.rules.push(
        ruleOf(HUB, HOME, "hub", "second", { targets: [{ Id: "q", Arn: `${HUB_QUEUE}-2` }] }),
      );
      deployed.queues[`${HUB_QUEUE}-2`] = queueOf();
      deployed.replayFilters["again"] = [`arn:aws:events:${HOME}:${HUB}:rule/hub/second`];
    });

    await publish(testFabric!, { ...eventOf(), "replay-name": "again" } as never, HUB, HOME, "hub");

    assert.deepEqual(Object.keys(received), [`${HUB_QUEUE}-2`]);
  });

  it("explains why the forwarding stopped, although another rule's queue on the same bus received the event", async () => {
    const audit = `arn:aws:sqs:${REGION}:${MEMBER}:audit`;
    const { received, trace } = await start((deployed) => {
      deployed.rules.push(ruleOf(MEMBER, REGION, "default", "audit", { targets: [{ Id: "q", Arn: audit }] }));
      deployed.queues[audit] = queueOf();
      deployed.deny = ({ action }) =>
        action === "events:PutEvents" ? "The role does not allow it." : undefined;
    });
    const event = eventOf();

    await publish(testFabric!, event);

    assert.deepEqual(Object.keys(received), [audit]);
    assert.match(stopped(event.id), /^The rule forward matched, but .*The role does not allow it/);
    assert.match(trace.explain(event.id)?.pending ?? "", /^Delivered to the queue .*:audit\. No outcome/);
  });

  it("forgets that no rule matched once the replayed event matches one", async () => {
    const { deployed, fabric } = await start();
    const [, control] = deployed.rules;
    const pattern = control!.pattern;
    control!.pattern = '{"source":["none"]}';
    const event = eventOf();
    await publish(testFabric!, event);
    assert.match(stopped(event.id), /No rule of the bus hub/);

    control!.pattern = pattern;
    fabric.invalidateAll();
    await publish(testFabric!, event, HUB, HOME, "hub");

    assert.equal(stopped(event.id), "");
  });

  it("reports each event on each bus on which it arrives, before the bus's steps", async () => {
    const seen: string[] = [];
    const trace = createTrace();
    testFabric = await startTestFabric(forwardingToHub(), {
      trace,
      onArrival: ({ id }, { account, region, bus }) => {
        const buses = trace.explain(id)?.steps.filter(({ stage }) => stage === "bus").length ?? 0;
        seen.push(`${id} ${account} ${region} ${bus} after ${buses}`);
      },
    });
    const event = eventOf();

    await publish(testFabric, event);

    assert.deepEqual(seen, [
      `${event.id} ${MEMBER} ${REGION} default after 0`,
      `${event.id} ${HUB} ${HOME} hub after 1`,
    ]);
  });

  it("continues with the next event when the rules can't be read", async () => {
    const { deployed } = await start();
    const rules = deployed.rules;
    deployed.rules = undefined as never;
    const lost = eventOf();
    await publish(testFabric!, lost);
    deployed.rules = rules;

    await publish(testFabric!, eventOf());

    assert.match(stopped(lost.id), /could not handle the event/);
    assert.equal(testFabric!.received[HUB_QUEUE]?.length, 1);
  });
});
