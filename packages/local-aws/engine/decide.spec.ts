import assert from "node:assert/strict";
import { changesOf, decide, deletesFirst } from "./decide";
import { resourceType } from "./providers";
import type { ResourceState } from "./state";
import type { Properties } from "./values";

const queue = resourceType("aws:sqs/queue:Queue");
const versioning = resourceType("aws:s3/bucketVersioning:BucketVersioning");
const record = (inputs: Properties, more: Partial<ResourceState> = {}): ResourceState => ({
  urn: "urn:pulumi:s::p::aws:sqs/queue:Queue::q",
  type: "aws:sqs/queue:Queue",
  name: "q",
  custom: true,
  id: "id",
  inputs,
  outputs: {},
  dependencies: [],
  propertyDependencies: {},
  ...more,
});
const decision = (old: ResourceState | undefined, next: ResourceState, replaceOnChanges: string[] = []) =>
  decide(queue, old, next, old ? changesOf(queue, old, next) : [], replaceOnChanges);

describe("The decision about a resource", () => {
  it("creates a missing resource", () => {
    assert.equal(decision(undefined, record({ name: "a" })), "create");
  });

  it("leaves an unchanged resource", () => {
    assert.equal(decision(record({ name: "a" }), record({ name: "a" })), "same");
  });

  it("updates what can change in place, and replaces what can't", () => {
    assert.equal(
      decision(record({ name: "a", delaySeconds: 1 }), record({ name: "a", delaySeconds: 2 })),
      "update",
    );
    assert.equal(decision(record({ name: "a" }), record({ name: "b" })), "replace");
    assert.equal(decision(record({ region: "eu-west-1" }), record({ region: "eu-west-2" })), "replace");
  });

  it("replaces where replaceOnChanges says so, also for changes inside the named property", () => {
    const [before, after] = [record({ tags: { a: "1" } }), record({ tags: { a: "2" } })];
    assert.equal(decision(before, after), "update");
    assert.equal(decision(before, after, ["tags"]), "replace");
    assert.equal(decision(before, after, ["*"]), "replace");
    assert.equal(decision(before, after, ["delaySeconds"]), "update");
  });

  it("replaces when the provider is another one, but not when it was only renamed", () => {
    const before = record({}, { provider: "urn:pulumi:s::p::pulumi:providers:aws::old::1" });
    const after = record({}, { provider: "urn:pulumi:s::p::pulumi:providers:aws::new::1" });
    assert.equal(decision(before, after), "replace");
    const renamed = new Map([
      ["urn:pulumi:s::p::pulumi:providers:aws::old", "urn:pulumi:s::p::pulumi:providers:aws::new"],
    ]);
    assert.deepEqual(changesOf(queue, before, after, renamed), []);
  });

  it("sets everything again on an incomplete resource", () => {
    const half = record({ name: "a", delaySeconds: 1 }, { incomplete: true });
    assert.deepEqual(changesOf(queue, half, record({ name: "a", delaySeconds: 1 })), [
      "delaySeconds",
      "name",
    ]);
    const trail = resourceType("aws:cloudtrail/trail:Trail");
    assert.deepEqual(changesOf(trail, half, record({ name: "a" })), ["enableLogging", "name"]);
    assert.equal(decision(half, record({ name: "a", delaySeconds: 1 })), "update");
    assert.equal(decision(half, record({ name: "b", delaySeconds: 1 })), "replace");
  });

  it("deletes first a resource whose successor has the same name, unless the program says otherwise", () => {
    const [before, same, other] = [record({ name: "a" }), record({ name: "a" }), record({ name: "b" })];
    assert.equal(deletesFirst(queue, undefined, before, same), true);
    assert.equal(deletesFirst(queue, undefined, before, other), false);
    assert.equal(deletesFirst(queue, false, before, same), false);
    assert.equal(deletesFirst(queue, true, before, other), true);
    assert.equal(deletesFirst(versioning, undefined, before, same), false);
  });
});
