import assert from "node:assert/strict";
import { refusal, type RefusableCall, type RefusalState } from "./refusal";
import {
  HOME,
  HUB,
  HUB_BUS,
  HUB_QUEUE,
  MEMBER,
  REGION,
  ROLE,
  startWorld,
  wired,
  type World,
} from "./testing";
import type { JsonObject } from "../../events/record";

const call = (operation: string, parameters: JsonObject): RefusableCall => ({
  service: "events",
  operation,
  account: MEMBER,
  region: REGION,
  parameters,
});
const rule = (more: JsonObject = {}) =>
  call("PutRule", { Name: "r", EventPattern: '{"source":["a"]}', ...more });
const QUEUE = `arn:aws:sqs:${REGION}:${MEMBER}:q`;
const targets = (...list: JsonObject[]) =>
  call("PutTargets", {
    Rule: "forward",
    Targets: list.map((target, index) => ({ Id: `t${index}`, Arn: QUEUE, ...target })),
  });
const code = (asked: RefusableCall, state?: RefusalState) => refusal(asked, state)?.code;
const names = (count: number) => Array.from({ length: count }, (_, index) => `rule${index}`);

describe("a call that AWS would refuse", () => {
  it("is the 301st rule of a bus, but not a change of one of 300", () => {
    assert.equal(code(rule(), { rules: names(300) }), "LimitExceededException");
    assert.equal(code(rule({ Name: "rule5" }), { rules: names(300) }), undefined);
    assert.equal(code(rule(), { rules: names(299) }), undefined);
  });

  it("is a pattern of 2,049 characters", () => {
    const pattern = (length: number) => `{"source":["${"x".repeat(length - 15)}"]}`;
    assert.equal(pattern(2048).length, 2048);
    assert.equal(code(rule({ EventPattern: pattern(2048) })), undefined);
    assert.equal(code(rule({ EventPattern: pattern(2049) })), "LimitExceededException");
  });

  it("is a rule without pattern and schedule, and a schedule on a custom bus", () => {
    assert.equal(code(call("PutRule", { Name: "r" })), "ValidationException");
    const schedule = { EventPattern: "", ScheduleExpression: "rate(1 day)" };
    assert.equal(code(rule(schedule)), undefined);
    assert.equal(code(rule({ ...schedule, EventBusName: "hub" })), "ValidationException");
  });

  it("is the sixth target of a rule, but not a change of one of five", () => {
    const there = { targets: ["a", "b", "c", "d", "e"] };
    assert.equal(code(targets({ Id: "f" }), there), "LimitExceededException");
    assert.equal(code(targets({ Id: "e" }), there), undefined);
    assert.equal(code(targets({}, {}, {}, {}, {}, {})), "LimitExceededException");
  });

  it("is a bus of another account or region without a role", () => {
    assert.match(refusal(targets({ Arn: HUB_BUS }))?.message ?? "", /RoleArn is required/);
    assert.equal(code(targets({ Arn: HUB_BUS, RoleArn: ROLE })), undefined);
    assert.equal(
      code(targets({ Arn: `arn:aws:events:us-east-1:${MEMBER}:event-bus/x` })),
      "ValidationException",
    );
    assert.equal(code(targets({ Arn: `arn:aws:events:${REGION}:${MEMBER}:event-bus/x` })), undefined);
  });

  it("is a queue of another account, a state machine or an API destination without a role", () => {
    assert.equal(code(targets({ Arn: HUB_QUEUE })), "ValidationException");
    assert.equal(
      code(targets({ Arn: `arn:aws:states:${REGION}:${MEMBER}:stateMachine:s` })),
      "ValidationException",
    );
    assert.equal(
      code(targets({ Arn: `arn:aws:events:${REGION}:${MEMBER}:api-destination/a` })),
      "ValidationException",
    );
  });

  it("is an input of another account's bus, and two inputs at once", () => {
    assert.match(
      refusal(targets({ Arn: HUB_BUS, RoleArn: ROLE, Input: "{}" }))?.message ?? "",
      /^Input is not available/,
    );
    assert.equal(code(targets({ Input: "{}", InputPath: "$" })), "ValidationException");
    assert.equal(code(targets({ Input: "{}" })), undefined);
  });

  it("is a FIFO queue without a message group, and a FIFO queue for dead letters", () => {
    assert.equal(code(targets({ Arn: `${QUEUE}.fifo` })), "ValidationException");
    assert.equal(code(targets({ Arn: `${QUEUE}.fifo`, SqsParameters: { MessageGroupId: "g" } })), undefined);
    assert.equal(code(targets({ DeadLetterConfig: { Arn: `${QUEUE}.fifo` } })), "ValidationException");
  });

  it("is a reserved variable, or more than a hundred", () => {
    const with_ = (names_: string[]) =>
      targets({
        InputTransformer: {
          InputTemplate: "x",
          InputPathsMap: Object.fromEntries(names_.map((name) => [name, "$"])),
        },
      });
    assert.equal(code(with_(["aws.x"])), "ValidationException");
    assert.equal(code(with_(names(100))), undefined);
    assert.equal(code(with_(names(101))), "LimitExceededException");
  });

  it("is a target that is no ARN", () => {
    assert.match(refusal(targets({ Arn: "queue" }))?.message ?? "", /not in correct format/);
  });

  it("is more than a mebibyte of events, and a policy of more than 10,240 characters", () => {
    const entry = (bytes: number): JsonObject => ({
      Source: "s",
      DetailType: "d",
      Detail: "x".repeat(bytes - 2),
    });
    const mebibyte = 1024 * 1024;
    assert.equal(code(call("PutEvents", { Entries: [entry(mebibyte)] })), undefined);
    assert.equal(code(call("PutEvents", { Entries: [entry(mebibyte), entry(2)] })), "ValidationException");
    assert.equal(code(call("PutPermission", { Policy: "x".repeat(10_240) })), undefined);
    assert.equal(
      code(call("PutPermission", { Policy: "x".repeat(10_241) })),
      "PolicyLengthExceededException",
    );
  });

  it("is the end of a rule with targets, and of a bus with rules", () => {
    assert.match(
      refusal(call("DeleteRule", { Name: "r" }), { targets: ["t"] })?.message ?? "",
      /since it has targets/,
    );
    assert.equal(code(call("DeleteRule", { Name: "r" }), { targets: [] }), undefined);
    assert.match(
      refusal(call("DeleteEventBus", { Name: "b" }), { rules: ["r"] })?.message ?? "",
      /b can't be deleted/,
    );
    assert.equal(code(call("DeleteEventBus", { Name: "b" }), { rules: [] }), undefined);
  });

  it("is none of another service and no read", () => {
    assert.equal(refusal({ ...rule(), service: "s3" }), undefined);
    assert.equal(code(call("ListRules", {})), undefined);
  });
});

describe("a call that AWS would refuse for what is deployed", () => {
  let world: World | undefined;
  afterEach(() => world?.fabric.close());

  it("is a target that is a bus whose policy does not let the role in", async () => {
    const deployed = wired();
    deployed.deny = ({ policyOnly }) => (policyOnly === true ? "no" : undefined);
    world = await startWorld(deployed);
    const asked = targets({ Arn: HUB_BUS, RoleArn: ROLE });

    const refused = await world.fabric.refuse(asked);
    deployed.deny = () => undefined;
    world.fabric.invalidateAll();

    assert.equal(refused?.code, "AccessDeniedException");
    assert.match(refused?.message ?? "", /no resource-based policy allows the events:PutEvents action/);
    assert.equal(await world.fabric.refuse(asked), undefined);
  });

  it("is a target that is a bus without a policy", async () => {
    const deployed = wired();
    deployed.buses[HUB_BUS] = { arn: HUB_BUS };
    world = await startWorld(deployed);

    assert.equal(
      (await world.fabric.refuse(targets({ Arn: HUB_BUS, RoleArn: ROLE })))?.code,
      "AccessDeniedException",
    );
  });

  it("is a sixth target beside five that are there", async () => {
    const deployed = wired();
    deployed.rules[0]!.targets = ["a", "b", "c", "d", "e"].map((Id) => ({ Id, Arn: QUEUE }));
    world = await startWorld(deployed);

    assert.equal((await world.fabric.refuse(targets({})))?.code, "LimitExceededException");
    assert.equal(await world.fabric.refuse({ ...rule(), account: HUB, region: HOME }), undefined);
  });

  it("is the end of a rule that still has its target, and of the hub's bus with its rule", async () => {
    const deployed = wired();
    world = await startWorld(deployed);
    const rule_ = call("DeleteRule", { Name: "forward" });
    const bus = { ...call("DeleteEventBus", { Name: "hub" }), account: HUB, region: HOME };

    assert.equal((await world.fabric.refuse(rule_))?.code, "ValidationException");
    assert.equal((await world.fabric.refuse(bus))?.code, "ValidationException");
    deployed.rules[0]!.targets = [];
    deployed.rules.pop();
    assert.equal(await world.fabric.refuse(rule_), undefined);
    assert.equal(await world.fabric.refuse(bus), undefined);
  });
});
