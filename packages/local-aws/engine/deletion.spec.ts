import assert from "node:assert/strict";
import { inDeletionOrder, replacedTogether } from "./deletion";
import type { ResourceState } from "./state";

const urn = (name: string) => `urn:pulumi:s::p::a:b:C::${name}`;
const record = (name: string, needed: string[] = [], more: Partial<ResourceState> = {}): ResourceState => ({
  urn: urn(name),
  type: "a:b:C",
  name,
  custom: true,
  id: name,
  inputs: {},
  outputs: {},
  dependencies: needed.map(urn),
  propertyDependencies: {},
  ...more,
});

/** Removes in order; each removal takes a turn of the event loop. */
async function removed(records: ResourceState[], stays: string[] = []): Promise<string[]> {
  const order: string[] = [];
  await inDeletionOrder(records, async ({ name }) => {
    order.push(`${name}…`);
    await new Promise((resolve) => setImmediate(resolve));
    if (stays.includes(name)) return false;
    order.push(name);
    return true;
  });
  return order;
}

describe("Deletion", () => {
  it("starts with dependents, and deletes independent resources concurrently", async () => {
    const order = await removed([
      record("a"),
      record("b", ["a"]),
      record("c", ["a"]),
      record("d", ["b", "c"]),
    ]);
    assert.deepEqual(order, ["d…", "d", "b…", "c…", "b", "c", "a…", "a"]);
  });

  it("respects parents, providers, property dependencies and deletedWith as well", async () => {
    const order = await removed([
      record("base"),
      record("child", [], { parent: urn("base") }),
      record("user", [], { provider: `${urn("child")}::id` }),
      record("reader", [], { propertyDependencies: { x: [urn("user")] } }),
      record("with", [], { deletedWith: urn("reader") }),
    ]);
    assert.deepEqual(
      order.filter((name) => !name.endsWith("…")),
      ["with", "reader", "user", "child", "base"],
    );
  });

  it("keeps the dependencies of a resource that couldn't be deleted, but continues elsewhere", async () => {
    const order = await removed([record("a"), record("b", ["a"]), record("x"), record("y", ["x"])], ["b"]);
    assert.deepEqual(order.filter((name) => !name.endsWith("…")).sort(), ["x", "y"]);
    assert.ok(!order.includes("a…"));
  });

  it("doesn't wait for ever for a circle", async () => {
    const order = await removed([record("a", ["b"]), record("b", ["a"]), record("c", ["a"])]);
    assert.deepEqual(order.filter((name) => !name.endsWith("…")).sort(), ["a", "b", "c"]);
    assert.equal(order[0], "c…");
  });

  it("counts both records of a replaced resource", async () => {
    const order = await removed([
      record("a"),
      record("a", [], { pendingDeletion: true }),
      record("b", ["a"]),
    ]);
    assert.deepEqual(order.slice(0, 2), ["b…", "b"]);
    assert.equal(order.length, 6);
  });
});

describe("Deleting before replacing", () => {
  it("includes the dependents that the change replaces, and their dependents, but no others", () => {
    const through = (name: string, property: string, of: string) =>
      record(name, [], { propertyDependencies: { [property]: [urn(of)] } });
    const records = [
      record("a"),
      through("replaced", "id", "a"),
      through("updated", "tag", "a"),
      through("second", "id", "replaced"),
      through("other", "id", "updated"),
    ];
    const along = replacedTogether(urn("a"), records, (_record, property) => property === "id");
    assert.deepEqual(
      along.map(({ name }) => name),
      ["replaced", "second"],
    );
  });
});
