import assert from "node:assert/strict";
import { EventBridgeClient, ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { MEMBER, startHarness, type Harness } from "./fixtures/harness";
import { resourceTypes } from "./providers";

describe("Every resource type, in another account through an assumed role", () => {
  let harness: Harness;
  const engine = (changed = false) => harness.engine("everything", "everything", { member: MEMBER, changed });

  before(async function () {
    this.timeout(120_000);
    harness = await startHarness();
  });
  after(() => harness.stop());

  it("is created", async () => {
    const { changes, outputs } = await engine().up();
    assert.equal(changes.create, 35);
    assert.equal(outputs["accountId"], MEMBER);
    assert.equal(outputs["functionArn"], `arn:aws:lambda:eu-central-1:${MEMBER}:function:everything`);
    assert.equal(outputs["trailHome"], "eu-central-1");
    assert.deepEqual(outputs["tags"], { owner: "tests", a: "b" });
    const events = new EventBridgeClient(harness.aws(MEMBER, "eu-central-1"));
    const { Targets } = await events.send(
      new ListTargetsByRuleCommand({ Rule: "everything", EventBusName: "everything" }),
    );
    assert.deepEqual(Targets?.[0]?.InputTransformer?.InputPathsMap, { account: "$.account" });
    assert.equal(await answer(), 42);
  });

  it("is left unchanged when nothing changed, and equals the program", async () => {
    await harness.writes();
    assert.equal((await engine().up()).changes.same, 35);
    assert.deepEqual(await harness.writes(), []);
    const { drift, read } = await engine().refresh();
    assert.equal(read, 34);
    assert.deepEqual(drift, []);
  });

  it("is updated where the program changed, in place", async () => {
    const { changes, steps } = await engine(true).up();
    assert.deepEqual(
      steps
        .filter(({ operation }) => operation === "update")
        .map(({ name }) => name)
        .sort(),
      [
        "alarm",
        "archive",
        "block",
        "bus",
        "dashboard",
        "function",
        "key",
        "lifecycle",
        "log-policy",
        "logs",
        "policy",
        "queue",
        "role",
        "role-policy",
        "rule",
        "source",
        "target",
        "trail",
      ],
    );
    assert.equal(changes.update + changes.same, 35);
    assert.equal(await answer(), 43);
    assert.deepEqual((await engine(true).refresh()).drift, []);
  });

  it("is deleted", async () => {
    assert.equal((await engine().destroy()).changes.delete, 35);
    await harness.writes();
  });

  async function answer(): Promise<unknown> {
    const lambda = new LambdaClient(harness.aws(MEMBER, "eu-central-1"));
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "everything", Payload: "{}" }));
    return (JSON.parse(Buffer.from(Payload ?? []).toString()) as { answer?: unknown }).answer;
  }
});

describe("The list of resource types", () => {
  it("has the names of @pulumi/aws", () => {
    for (const token of Object.keys(resourceTypes)) assert.match(token, /^aws:(\w+)\/(\w)(\w+):\w\3$/);
  });
});
