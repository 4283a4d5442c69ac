import assert from "node:assert/strict";
import { formerUrns, makeUrn, parseUrn } from "./urn";

const own = { stack: "s", project: "p" };
const stackUrn = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s";

describe("URNs", () => {
  it("carry the types of all parents but the stack", () => {
    assert.equal(makeUrn({ ...own, type: "a:b:C", name: "x" }, stackUrn), "urn:pulumi:s::p::a:b:C::x");
    const outer = makeUrn({ ...own, type: "a:b:C", name: "x" }, undefined);
    assert.equal(makeUrn({ ...own, type: "d:e:F", name: "y" }, outer), "urn:pulumi:s::p::a:b:C$d:e:F::y");
  });

  it("are split again, also with names that have colons", () => {
    assert.deepEqual(parseUrn("urn:pulumi:s::p::a:b:C$d:e:F::na::me"), {
      stack: "s",
      project: "p",
      qualifiedType: "a:b:C$d:e:F",
      type: "d:e:F",
      name: "na::me",
    });
    assert.throws(() => parseUrn("arn:aws:s3:::x"), /Not a Pulumi URN/);
  });

  const current = { ...own, type: "d:e:F", name: "parent-y", parent: "urn:pulumi:s::p::a:b:C::parent" };

  it("of former names and types have the parts that an alias changes", () => {
    assert.deepEqual(
      formerUrns(current, [{ name: "old" }, { type: "d:e:Old" }, { urn: "urn:pulumi:s::p::x:y:Z::w" }], []),
      [
        "urn:pulumi:s::p::a:b:C$d:e:F::old",
        "urn:pulumi:s::p::a:b:C$d:e:Old::parent-y",
        "urn:pulumi:s::p::x:y:Z::w",
      ],
    );
  });

  it("cover a resource that had no parent, or another one", () => {
    assert.deepEqual(formerUrns(current, [{ noParent: true }, { parent: "urn:pulumi:s::p::g:h:I::q" }], []), [
      "urn:pulumi:s::p::d:e:F::parent-y",
      "urn:pulumi:s::p::g:h:I$d:e:F::parent-y",
    ]);
  });

  it("follow a renamed parent whose name begins the child's name", () => {
    assert.deepEqual(formerUrns(current, [], ["urn:pulumi:s::p::a:b:C::older"]), [
      "urn:pulumi:s::p::a:b:C$d:e:F::older-y",
    ]);
  });
});
