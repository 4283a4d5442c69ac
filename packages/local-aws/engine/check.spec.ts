import assert from "node:assert/strict";
import { Agent } from "node:http";
import { Session } from "./aws";
import { check } from "./check";
import { resourceType } from "./providers";
import { text } from "./resource-type";
import type { Json } from "@bailiwick/aws-events/record";
import { UNKNOWN, type Properties } from "./values";

const session = (inputs: Properties, environment: Record<string, string> = {}) =>
  new Session(inputs, environment, new Agent(), "test");
const TOKEN = "aws:sqs/queue:Queue";
const checked = (
  given: Properties,
  {
    provider = session({ region: "eu-west-1" }),
    old = undefined as { inputs: Properties; autonamed?: boolean } | undefined,
    preview = false,
    token = TOKEN,
  } = {},
) => check(token, resourceType(token), "My-Queue", given, provider, old, preview);

const nameOf = (value: Json | undefined) => text(value) ?? "";

describe("The inputs of a provider", () => {
  it("has the region of the provider, the environment's, or its own", () => {
    assert.equal(checked({ name: "n" }).inputs["region"], "eu-west-1");
    const elsewhere = session({}, { AWS_REGION: "us-east-2" });
    assert.equal(checked({ name: "n" }, { provider: elsewhere }).inputs["region"], "us-east-2");
    assert.equal(checked({ name: "n", region: "eu-north-1" }).inputs["region"], "eu-north-1");
    assert.throws(() => checked({ name: "n" }, { provider: session({}) }), /^EngineError: No region/);
  });

  it("has no region when the service has none", () => {
    assert.equal(checked({ name: "n" }, { token: "aws:iam/role:Role" }).inputs["region"], undefined);
    assert.throws(
      () => checked({ region: "eu-west-1" }, { token: "aws:iam/role:Role" }),
      /does not know the property region/,
    );
  });

  it("has a name when the program gives none: generated once, kept, unknown in a preview", () => {
    const made = checked({});
    assert.match(nameOf(made.inputs["name"]), /^My-Queue-[0-9a-f]{7}$/);
    assert.ok(made.autonamed);
    assert.equal(checked({}, { old: made }).inputs["name"], made.inputs["name"]);
    assert.equal(checked({}, { preview: true }).inputs["name"], UNKNOWN);
    assert.match(
      nameOf(checked({}, { old: { inputs: { name: "given before" } } }).inputs["name"]),
      /^My-Queue-/,
    );
    assert.equal(checked({ name: "n" }).autonamed, false);
  });

  it("has names that the service accepts", () => {
    assert.match(nameOf(checked({ fifoQueue: true }).inputs["name"]), /^My-Queue-[0-9a-f]{7}\.fifo$/);
    const bucket = checked({}, { token: "aws:s3/bucket:Bucket" }).inputs["bucket"];
    assert.match(nameOf(bucket), /^my-queue-[0-9a-f]{7}$/);
    const type = resourceType(TOKEN);
    const long = check(TOKEN, type, "q".repeat(200), {}, session({ region: "eu-west-1" }), undefined, false);
    assert.equal(nameOf(long.inputs["name"]).length, 80);
  });

  it("has the provider's tags under the resource's own", () => {
    const provider = session({ region: "eu-west-1", defaultTags: '{"tags":{"a":"1","b":"1"}}' });
    assert.deepEqual(checked({ tags: { b: "2" } }, { provider }).inputs["tagsAll"], { a: "1", b: "2" });
    assert.equal(checked({ tags: UNKNOWN }, { provider, preview: true }).inputs["tagsAll"], UNKNOWN);
    const unknownProvider = check(TOKEN, resourceType(TOKEN), "q", {}, undefined, undefined, true);
    assert.equal(unknownProvider.inputs["tagsAll"], UNKNOWN);
    assert.equal(unknownProvider.inputs["region"], UNKNOWN);
  });

  it("has no properties that its type doesn't know", () => {
    assert.throws(
      () => checked({ colour: "red", size: 3 }),
      /^EngineError: The local engine's aws:sqs\/queue:Queue does not know the properties colour, size\./,
    );
    assert.deepEqual(checked({ name: "n", colour: null }).inputs["colour"], undefined);
  });
});

describe("A provider's settings", () => {
  it("are refused by name where the engine doesn't support them", () => {
    assert.throws(
      () => session({ region: "eu-west-1", profile: "mine", skipCredentialsValidation: "false" }),
      /^EngineError: The provider "test" sets profile, which the local engine does not support/,
    );
  });

  it("report missing credentials", async () => {
    await assert.rejects(
      session({ region: "eu-west-1" }).accountId(),
      /No AWS credentials: give the provider accessKey/,
    );
  });
});
