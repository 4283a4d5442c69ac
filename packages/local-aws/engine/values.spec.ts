import assert from "node:assert/strict";
import {
  fromStruct,
  hasSecret,
  hasUnknown,
  plain,
  secret,
  secretStrings,
  toStruct,
  UNKNOWN,
  withSecrets,
} from "./values";

describe("Property values", () => {
  it("show secrets at every depth and leave out null", () => {
    assert.deepEqual(plain({ a: secret("x"), b: [{ c: secret({ d: null, e: 1 }) }], f: null }), {
      a: "x",
      b: [{ c: { e: 1 } }],
    });
  });

  it("find unknown and secret parts at every depth", () => {
    assert.ok(hasUnknown({ a: [{ b: secret(UNKNOWN) }] }));
    assert.ok(!hasUnknown({ a: ["x"] }));
    assert.ok(hasSecret({ a: [{ b: secret(1) }] }));
    assert.ok(!hasSecret({ a: [{ b: 1 }] }));
  });

  it("mark outputs as secret when the input of the same name was, or on request", () => {
    const marked = withSecrets({ a: "1", b: "2", c: "3" }, { a: { deep: secret("1") } }, ["b"]);
    assert.deepEqual(marked, { a: secret("1"), b: secret("2"), c: "3" });
  });

  it("do not wrap a secret twice", () => {
    assert.deepEqual(secret(secret("x")), secret("x"));
  });

  it("give the texts that no message may show", () => {
    assert.deepEqual(secretStrings({ a: secret({ b: ["one", 2], c: "two" }), d: "open" }), ["one", "two"]);
  });

  it("are unchanged by sending", () => {
    const value = { a: [1, "x", true, null, { b: {} }], c: secret("s") };
    assert.deepEqual(fromStruct(toStruct(value)), value);
  });
});
