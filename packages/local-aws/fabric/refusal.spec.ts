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
  startTestFabric,
  forwardingToHub,
  type TestFabric,
} from "./testing";
import type { JsonObject } from "@bailiwick/aws-events/record";

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

  describe("for its input:", () => {
    const message = (target: JsonObject) => refusal(targets({ Id: "t", ...target }))?.message;
    const transformed = (InputTemplate: string, InputPathsMap: JsonObject = {}) => ({
      InputTransformer: { InputTemplate, InputPathsMap },
    });
    const variables = (list: string[], path = "$") =>
      transformed('"x"', Object.fromEntries(list.map((name) => [name, path])));
    const at = "targets.1.member.inputTransformer.inputPathsMap";

    it("Input that is not JSON", () => {
      const told = 'JSON syntax error in input for target t: [Source: (String)"env:dev"]';
      assert.equal(message({ Input: "env:dev" }), told);
      assert.equal(code(targets({ Input: "{bad" })), "ValidationException");
      for (const Input of ['{"a":1}', '"text"', "[1]", "null"]) assert.equal(message({ Input }), undefined);
    });

    it("an invalid path, as InputPath or of a variable", () => {
      const told = "InputPath for target t is invalid.";
      for (const path of ["detail.x", "$.detail['x']", "$..x", "$."]) {
        assert.equal(message({ InputPath: path }), told, path);
        assert.equal(message(variables(["a"], path)), told, path);
      }
      for (const path of ["$", "$.detail-type", "$.detail.a[0].b", "$.detail.list[*].n"]) {
        assert.equal(message({ InputPath: path }), undefined, path);
        assert.equal(message(variables(["a"], path)), undefined, path);
      }
    });

    it("a variable with an invalid name, and more than a hundred variables", () => {
      assert.equal(
        message(variables(["aws.events.rule-name"])),
        `1 validation error detected: Value '{aws.events.rule-name=$}' at '${at}' failed to satisfy constraint: ` +
          "Map keys must satisfy constraint: [Member must have length less than or equal to 256, " +
          "Member must have length greater than or equal to 1, " +
          "Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+]",
      );
      assert.equal(code(targets(variables(names(100)))), undefined);
      assert.equal(code(targets(variables(names(101)))), "ValidationException");
      assert.match(
        message(variables(names(101))) ?? "",
        /: Member must have length less than or equal to 100$/,
      );
    });

    it("a template with an undefined variable", () => {
      assert.equal(
        message(transformed('{"x": <b>}', { a: "$.detail.a" })),
        "InputTemplate for target t contains invalid placeholder b.",
      );
      assert.match(message(transformed('"is <aws.events.none>"')) ?? "", /placeholder aws\.events\.none\.$/);
      assert.equal(
        message(transformed('"<aws.events.rule-name>: <https://aws.amazon.com|link>"')),
        undefined,
      );
    });

    it("the whole event in a template that is not an object", () => {
      const told =
        "InputTemplate for target t contains placeholder aws.events.event.json valid only for JSON template.";
      assert.equal(message(transformed("[<aws.events.event.json>]")), told);
      assert.equal(message(transformed('"is <aws.events.event.json>"')), told);
      assert.equal(message(transformed(' {"e": <aws.events.event.json>}')), undefined);
    });

    it("a template that is neither JSON nor quoted text with the variables filled in", () => {
      const paths = { a: "$.detail.a" };
      for (const template of ['{"x": <a>', "hello <a>", '{<a>: "x"}', '{"x": pre-<a>}', '"one"\ntwo', " "]) {
        assert.equal(
          message(transformed(template, paths)),
          `Invalid InputTemplate for target t : [Source: (String)"${template}"]`,
        );
      }
      for (const template of [
        "<a>",
        '"a \\"<a>\\" b"',
        '"one <a>"\n"two"\n',
        '{"x": <a>, "y": "<a>", "z": [<a>, 1]}',
        '{\n  "x": <a>\n}',
      ])
        assert.equal(message(transformed(template, paths)), undefined, template);
    });

    it("settings that are too long", () => {
      const long = (path: string, most: number) =>
        new RegExp(`at 'targets\\.1\\.member\\.${path}' failed .* less than or equal to ${most}$`);
      assert.match(message({ Input: `"${"x".repeat(8191)}"` }) ?? "", long("input", 8192));
      assert.match(message({ InputPath: `$.${"x".repeat(255)}` }) ?? "", long("inputPath", 256));
      assert.match(
        message(transformed(`"${"x".repeat(8191)}"`)) ?? "",
        long("inputTransformer.inputTemplate", 8192),
      );
      assert.equal(message({ Input: `"${"x".repeat(8190)}"` }), undefined);
    });
  });

  it("is a name with invalid characters, or too many characters", () => {
    assert.equal(
      refusal(rule({ Name: "a rule" }))?.message,
      "1 validation error detected: Value 'a rule' at 'name' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    );
    assert.match(
      refusal(rule({ Name: "/".repeat(65) }))?.message ?? "",
      /^2 validation errors detected: .*; .* less than or equal to 64$/,
    );
    assert.equal(code(rule({ Name: "" })), "ValidationException");
    assert.equal(code(rule({ Name: "a".repeat(64) })), undefined);
    assert.equal(code(rule({ Name: "A-1_b.c" })), undefined);
    assert.match(
      refusal(targets({ Id: "a/b" }))?.message ?? "",
      /Value 'a\/b' at 'targets\.1\.member\.id' failed/,
    );
  });

  it("is an invalid state", () => {
    assert.equal(
      refusal(rule({ State: "enabled" }))?.message,
      "1 validation error detected: Value 'enabled' at 'state' failed to satisfy constraint: Member must satisfy " +
        "enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]",
    );
    for (const State of ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"])
      assert.equal(code(rule({ State })), undefined);
  });

  it("is a target that is not an ARN", () => {
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

  it("is the deletion of a rule with targets, and of a bus with rules", () => {
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

  it("is neither a read nor a call of another service", () => {
    assert.equal(refusal({ ...rule(), service: "s3" }), undefined);
    assert.equal(code(call("ListRules", {})), undefined);
  });
});

describe("a call that AWS would refuse because of what is deployed", () => {
  let testFabric: TestFabric | undefined;
  afterEach(() => testFabric?.fabric.close());

  it("is a target that is a bus whose policy does not allow the role", async () => {
    const deployed = forwardingToHub();
    deployed.deny = ({ policyOnly }) => (policyOnly === true ? "no" : undefined);
    testFabric = await startTestFabric(deployed);
    const asked = targets({ Arn: HUB_BUS, RoleArn: ROLE });

    const refused = await testFabric.fabric.refuse(asked);
    deployed.deny = () => undefined;
    testFabric.fabric.invalidateAll();

    assert.equal(refused?.code, "AccessDeniedException");
    assert.match(refused?.message ?? "", /no resource-based policy allows the events:PutEvents action/);
    assert.equal(await testFabric.fabric.refuse(asked), undefined);
  });

  it("is a target that is a bus without a policy", async () => {
    const deployed = forwardingToHub();
    deployed.buses[HUB_BUS] = { arn: HUB_BUS };
    testFabric = await startTestFabric(deployed);

    assert.equal(
      (await testFabric.fabric.refuse(targets({ Arn: HUB_BUS, RoleArn: ROLE })))?.code,
      "AccessDeniedException",
    );
  });

  it("is a sixth target beside five deployed ones", async () => {
    const deployed = forwardingToHub();
    deployed.rules[0]!.targets = ["a", "b", "c", "d", "e"].map((Id) => ({ Id, Arn: QUEUE }));
    testFabric = await startTestFabric(deployed);

    assert.equal((await testFabric.fabric.refuse(targets({})))?.code, "LimitExceededException");
    assert.equal(await testFabric.fabric.refuse({ ...rule(), account: HUB, region: HOME }), undefined);
  });

  it("is the deletion of a rule that still has its target, and of the hub's bus with its rule", async () => {
    const deployed = forwardingToHub();
    testFabric = await startTestFabric(deployed);
    const rule_ = call("DeleteRule", { Name: "forward" });
    const bus = { ...call("DeleteEventBus", { Name: "hub" }), account: HUB, region: HOME };

    assert.equal((await testFabric.fabric.refuse(rule_))?.code, "ValidationException");
    assert.equal((await testFabric.fabric.refuse(bus))?.code, "ValidationException");
    deployed.rules[0]!.targets = [];
    deployed.rules.pop();
    assert.equal(await testFabric.fabric.refuse(rule_), undefined);
    assert.equal(await testFabric.fabric.refuse(bus), undefined);
  });
});
