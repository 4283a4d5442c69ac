import assert from "node:assert/strict";
import {
  eventOf,
  HOME,
  HUB,
  HUB_QUEUE,
  publish,
  queueOf,
  startTestFabric,
  forwardingToHub,
  type Deployed,
  type TestFabric,
} from "./testing";
import type { DeployedTarget, QueueMessage } from "./services";

const DEAD_LETTERS = `arn:aws:sqs:${HOME}:${HUB}:dead`;
const RULE = `arn:aws:events:${HOME}:${HUB}:rule/hub/control`;

const failing = (name: string, message = "no", status = 400) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });

describe("deliveries", () => {
  let testFabric: TestFabric | undefined;
  /** The hub's rule with one target that has a dead-letter queue. */
  const start = async (
    target: Partial<DeployedTarget>,
    change: (deployed: Deployed) => void = () => undefined,
  ) => {
    const deployed = forwardingToHub();
    deployed.queues[DEAD_LETTERS] = queueOf();
    deployed.rules[1]!.targets = [
      { Id: "t", Arn: HUB_QUEUE, DeadLetterConfig: { Arn: DEAD_LETTERS }, ...target },
    ];
    change(deployed);
    return (testFabric = await startTestFabric(deployed));
  };
  afterEach(async () => {
    await testFabric?.fabric.close();
    testFabric = undefined;
  });
  const put = async () => {
    const event = eventOf({ account: HUB, region: HOME });
    await publish(testFabric!, event, HUB, HOME, "hub");
    return event;
  };
  const deadLetter = (): QueueMessage => testFabric!.received[DEAD_LETTERS]![0]!;
  const steps = (id: string) => testFabric!.trace.explain(id)?.steps ?? [];

  describe("that are denied", () => {
    it("go straight to the dead-letter queue, with the attributes that AWS sets and the unchanged event", async () => {
      await start({}, (deployed) => {
        deployed.deny = ({ resource }) => (resource === HUB_QUEUE ? "the policy says no" : undefined);
      });

      const event = await put();

      assert.deepEqual(JSON.parse(deadLetter().body), event);
      assert.deepEqual(deadLetter().attributes, {
        RULE_ARN: RULE,
        TARGET_ARN: HUB_QUEUE,
        ERROR_CODE: "NO_PERMISSIONS",
        ERROR_MESSAGE: "The policy says no.",
      });
      assert.ok(!steps(event.id).some(({ stage }) => stage === "retry"));
    });

    it("are lost when the dead-letter queue's policy does not name the rule", async () => {
      await start({}, (deployed) => (deployed.deny = () => "nobody may"));

      const event = await put();

      assert.equal(testFabric!.received[DEAD_LETTERS], undefined);
      assert.match(steps(event.id).at(-1)?.stopped ?? "", /dead-letter queue did not receive it: Nobody may/);
    });

    it("are lost without a dead-letter queue, and the trace says so", async () => {
      await start({ DeadLetterConfig: undefined }, (deployed) => (deployed.deny = () => "nobody may"));

      const event = await put();

      assert.match(steps(event.id).at(-1)?.text ?? "", /no dead-letter queue: the event is lost/);
    });

    it("are lost when the dead-letter queue is in another region than the rule", async () => {
      const elsewhere = DEAD_LETTERS.replace(HOME, "us-east-1");
      await start({ DeadLetterConfig: { Arn: elsewhere } }, (deployed) => {
        deployed.queues[elsewhere] = queueOf();
        deployed.deny = ({ resource }) => (resource === HUB_QUEUE ? "no" : undefined);
      });

      const event = await put();

      assert.equal(testFabric!.received[elsewhere], undefined);
      assert.match(steps(event.id).at(-1)?.stopped ?? "", /must be in the rule's region eu-central-1/);
    });

    it("are lost when the dead-letter queue is a FIFO queue", async () => {
      await start({}, (deployed) => {
        deployed.queues[DEAD_LETTERS] = queueOf({ fifo: true });
        deployed.deny = ({ resource }) => (resource === HUB_QUEUE ? "no" : undefined);
      });

      const event = await put();

      assert.match(steps(event.id).at(-1)?.stopped ?? "", /must be a standard one/);
    });
  });

  describe("that fail for a while", () => {
    it("are retried until the target accepts them", async () => {
      let failures = 3;
      await start({}, (deployed) => {
        deployed.fail = (arn) => {
          if (arn === HUB_QUEUE && failures-- > 0) throw failing("ServiceUnavailable", "later", 503);
        };
      });

      const event = await put();

      assert.equal(testFabric!.received[HUB_QUEUE]?.length, 1);
      assert.equal(testFabric!.received[DEAD_LETTERS], undefined);
      assert.equal(steps(event.id).filter(({ stage }) => stage === "retry").length, 3);
      assert.match(steps(event.id).at(-1)?.text ?? "", /after 3 retries/);
    });

    it("go to the dead-letter queue after the last retry, with the number of retries", async () => {
      await start({ RetryPolicy: { MaximumRetryAttempts: 2 } }, (deployed) => {
        deployed.fail = (arn) => {
          if (arn === HUB_QUEUE) throw failing("ThrottlingException", "slowly", 400);
        };
      });

      await put();

      assert.deepEqual(deadLetter().attributes, {
        RULE_ARN: RULE,
        TARGET_ARN: HUB_QUEUE,
        ERROR_CODE: "THROTTLING",
        ERROR_MESSAGE: "ThrottlingException: slowly",
        EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
        RETRY_ATTEMPTS: "2",
      });
    });

    it("go to the dead-letter queue when they are too old", async () => {
      await start({ RetryPolicy: { MaximumEventAgeInSeconds: 7200 } }, (deployed) => {
        deployed.fail = (arn) => {
          if (arn === HUB_QUEUE) throw failing("InternalError", "broken", 500);
        };
      });

      await put();

      assert.equal(deadLetter().attributes?.["EXHAUSTED_RETRY_CONDITION"], "MaximumEventAgeInSeconds");
      assert.ok(Number(deadLetter().attributes?.["RETRY_ATTEMPTS"]) >= 1);
    });

    it("do not block those behind them", async () => {
      let first = true;
      await start({}, (deployed) => {
        deployed.fail = (arn) => {
          if (arn === HUB_QUEUE && first) {
            first = false;
            throw failing("InternalError", "once", 500);
          }
        };
      });
      const late = eventOf();
      const early = eventOf();

      void testFabric!.fabric.publish(HUB, HOME, "hub", late);
      void testFabric!.fabric.publish(HUB, HOME, "hub", early);
      await testFabric!.fabric.idle();

      const ids = testFabric!.received[HUB_QUEUE]!.map(({ body }) => (JSON.parse(body) as { id: string }).id);
      assert.deepEqual(ids, [early.id, late.id]);
    });

    it("are given up at once when the target does not exist", async () => {
      await start({}, (deployed) => {
        deployed.fail = (arn) => {
          if (arn === HUB_QUEUE) throw failing("QueueDoesNotExist");
        };
      });

      await put();

      assert.equal(deadLetter().attributes?.["ERROR_CODE"], "NO_RESOURCE");
    });

    it("end with the fabric", async () => {
      await start({}, (deployed) => {
        deployed.fail = () => {
          throw failing("InternalError", "always", 500);
        };
      });
      await testFabric!.fabric.publish(HUB, HOME, "hub", eventOf());

      await testFabric!.fabric.close();

      await testFabric!.fabric.idle();
    });
  });

  describe("to queues", () => {
    it("need an existing queue", async () => {
      await start({}, (deployed) => delete deployed.queues[HUB_QUEUE]);
      await put();
      assert.equal(deadLetter().attributes?.["ERROR_MESSAGE"], `The queue ${HUB_QUEUE} does not exist.`);
    });

    it("need a queue in the rule's region", async () => {
      const elsewhere = HUB_QUEUE.replace(HOME, "us-east-1");
      await start({ Arn: elsewhere }, (deployed) => (deployed.queues[elsewhere] = queueOf()));
      await put();
      assert.equal(testFabric!.received[elsewhere], undefined);
      assert.match(
        deadLetter().attributes?.["ERROR_MESSAGE"] ?? "",
        /only event buses can be targets in another region/,
      );
    });

    it("of another account need a role", async () => {
      const theirs = HUB_QUEUE.replace(HUB, "444444444444");
      await start({ Arn: theirs }, (deployed) => (deployed.queues[theirs] = queueOf()));
      await put();
      assert.match(deadLetter().attributes?.["ERROR_MESSAGE"] ?? "", /in another account.*needs a RoleArn/);
    });

    it("with a role need the role's permission", async () => {
      const role = `arn:aws:iam::${HUB}:role/sender`;
      await start({ RoleArn: role });
      await put();
      assert.equal(testFabric!.received[HUB_QUEUE]?.length, 1);
      assert.deepEqual(
        testFabric!.authorizations.map(({ principal, action }) => [principal, action]),
        [
          [{ service: "events.amazonaws.com" }, "sts:AssumeRole"],
          [{ role }, "sqs:SendMessage"],
        ],
      );
    });

    it("to a FIFO queue have the target's message group, and the event's id against duplicates", async () => {
      await start({ SqsParameters: { MessageGroupId: "g" } }, (deployed) => {
        deployed.queues[HUB_QUEUE] = queueOf({ fifo: true });
      });
      const event = await put();
      assert.equal(testFabric!.received[HUB_QUEUE]![0]!.groupId, "g");
      assert.equal(testFabric!.received[HUB_QUEUE]![0]!.deduplicationId, event.id);
    });

    it("to a FIFO queue need a message group", async () => {
      await start({}, (deployed) => (deployed.queues[HUB_QUEUE] = queueOf({ fifo: true })));
      await put();
      assert.equal(deadLetter().attributes?.["ERROR_CODE"], "INVALID_PARAMETER");
    });

    it("to a queue with a key need the key's policy to let EventBridge use it", async () => {
      await start({}, (deployed) => {
        deployed.queues[HUB_QUEUE] = queueOf({ kmsKey: "key" });
        deployed.keys["key"] = "{}";
        deployed.deny = ({ action }) => (action.startsWith("kms:") ? "no" : undefined);
      });
      await put();
      assert.match(
        deadLetter().attributes?.["ERROR_MESSAGE"] ?? "",
        /encrypted with key, whose policy does not allow kms:GenerateDataKey by events\.amazonaws\.com/,
      );
    });
  });

  describe("to other targets", () => {
    const FUNCTION = `arn:aws:lambda:${HOME}:${HUB}:function:f`;
    const TOPIC = `arn:aws:sns:${HOME}:${HUB}:t`;
    const LOGS = `arn:aws:logs:${HOME}:${HUB}:log-group:/aws/events/x`;
    const STATES = `arn:aws:states:${HOME}:${HUB}:stateMachine:s`;
    const role = `arn:aws:iam::${HUB}:role/starter`;

    const kinds: [string, string, string, (deployed: Deployed) => void, Partial<DeployedTarget>][] = [
      [
        "functions",
        FUNCTION,
        "lambda:InvokeFunction",
        (deployed) => (deployed.functions[FUNCTION] = "{}"),
        {},
      ],
      ["topics", TOPIC, "sns:Publish", (deployed) => (deployed.topics[TOPIC] = "{}"), {}],
      ["log groups", LOGS, "logs:PutLogEvents", (deployed) => (deployed.logGroups[LOGS] = ["{}"]), {}],
      ["state machines", STATES, "states:StartExecution", () => undefined, { RoleArn: role }],
    ];
    for (const [name, arn, action, deploy, target] of kinds) {
      it(`reach ${name}`, async () => {
        await start({ Arn: arn, ...target }, deploy);
        const event = await put();
        assert.deepEqual(JSON.parse(testFabric!.received[arn]![0]!.body), event);
      });

      it(`do not reach ${name} that don't allow ${action}`, async () => {
        await start({ Arn: arn, ...target }, (deployed) => {
          deploy(deployed);
          deployed.deny = (asked) => (asked.action === action ? "not allowed" : undefined);
        });
        await put();
        assert.equal(testFabric!.received[arn], undefined);
        assert.equal(deadLetter().attributes?.["ERROR_MESSAGE"], "Not allowed.");
      });
    }

    for (const [name, arn] of kinds.slice(0, 3)) {
      it(`do not reach ${name} that do not exist`, async () => {
        await start({ Arn: arn });
        await put();
        assert.equal(deadLetter().attributes?.["ERROR_CODE"], "NO_RESOURCE");
      });
    }

    it("do not reach a function with an input that is not JSON", async () => {
      await start({ Arn: FUNCTION, Input: "plain" }, (deployed) => (deployed.functions[FUNCTION] = "{}"));
      await put();
      assert.equal(deadLetter().attributes?.["ERROR_CODE"], "INVALID_JSON");
    });

    it("do not reach a state machine without a role", async () => {
      await start({ Arn: STATES });
      await put();
      assert.match(deadLetter().attributes?.["ERROR_MESSAGE"] ?? "", /needs a RoleArn/);
    });

    it("say which targets are not supported", async () => {
      const arn = `arn:aws:kinesis:${HOME}:${HUB}:stream/s`;
      await start({ Arn: arn });
      const event = await put();
      assert.match(
        steps(event.id).find(({ stopped }) => stopped)?.stopped ?? "",
        /does not deliver to targets like/,
      );
    });
  });

  it("have the result of the target's input settings, but the dead letter has the event itself", async () => {
    await start({ InputPath: "$.detail" });
    const event = await put();
    assert.deepEqual(JSON.parse(testFabric!.received[HUB_QUEUE]![0]!.body), event.detail);

    testFabric!.deployed.deny = ({ resource }) => (resource === HUB_QUEUE ? "no" : undefined);
    testFabric!.fabric.invalidateAll();
    const denied = await put();
    assert.deepEqual(JSON.parse(deadLetter().body), denied);
  });
});
