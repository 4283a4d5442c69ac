import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { changedPaths, equal, ignoringChanges, matchesPath, splitPath } from "./diff";
import { secret, UNKNOWN } from "./values";

const json = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.jsonValue()) as fc.Arbitrary<JsonObject>;

describe("The difference of two sets of properties", () => {
  it("names each change by the deepest possible path", () => {
    const before = { a: 1, tags: { x: "1", y: "2" }, rules: [{ p: "q" }, { p: "r" }], gone: true };
    const after = { a: 1, tags: { x: "1", y: "3", z: "4" }, rules: [{ p: "q" }, { p: "s" }], news: [] };
    assert.deepEqual(changedPaths(before, after), ["gone", "news", "rules[1].p", "tags.y", "tags.z"]);
  });

  it("counts a list of another length as one change", () => {
    assert.deepEqual(changedPaths({ l: [1] }, { l: [1, 2] }), ["l"]);
  });

  it("compares the values of secrets, and counts null as absent", () => {
    assert.deepEqual(changedPaths({ a: secret("x"), b: null }, { a: "x" }), []);
    assert.deepEqual(changedPaths({ a: secret("x") }, { a: secret("y") }), ["a"]);
  });

  it("counts unknown values as changed, even if they were unknown before", () => {
    assert.deepEqual(changedPaths({ a: "x" }, { a: UNKNOWN }), ["a"]);
    assert.deepEqual(changedPaths({ a: UNKNOWN }, { a: UNKNOWN }), ["a"]);
  });

  it("compares documents by their content", () => {
    assert.deepEqual(changedPaths({ p: '{"a":[1,{"b":2}]}' }, { p: '{ "a": [1, { "b": 2 }] }' }), []);
    assert.deepEqual(changedPaths({ p: '{"a":[1,2]}' }, { p: '{"a":[2,1]}' }), ["p"]);
    assert.ok(!equal("{x", "{ x"));
  });

  it("is nothing between equal values of any kind", () => {
    fc.assert(
      fc.property(json, (value) => assert.deepEqual(changedPaths(value, structuredClone(value)), [])),
    );
  });
});

describe("Property paths", () => {
  it("are split at dots and brackets", () => {
    assert.deepEqual(splitPath('a.b[0]["c.d"].e[*]'), ["a", "b", "0", "c.d", "e", "*"]);
  });

  it("match themselves and paths inside", () => {
    assert.ok(matchesPath("tags", "tags.owner"));
    assert.ok(matchesPath("rules[*].id", "rules[3].id"));
    assert.ok(!matchesPath("tags.owner", "tags"));
    assert.ok(matchesPath("tags.owner", "tags", true));
    assert.ok(!matchesPath("tag", "tags"));
  });
});

describe("ignoreChanges", () => {
  const before = { a: 1, tags: { x: "1", y: "2" }, tagsAll: { x: "1", y: "2" }, rules: [{ id: "p", n: 1 }] };

  it("keeps the old value, also if it is missing now or was missing before", () => {
    assert.deepEqual(ignoringChanges(before, { a: 2 }, ["a", "rules"]), { a: 1, rules: before.rules });
    assert.deepEqual(ignoringChanges({}, { a: 2 }, ["a"]), {});
  });

  it("works inside objects and lists, and includes tagsAll with tags", () => {
    const after = { a: 1, tags: { x: "9", y: "9" }, tagsAll: { x: "9", y: "9" }, rules: [{ id: "q", n: 2 }] };
    assert.deepEqual(ignoringChanges(before, after, ["tags.x", "rules[0].n"]), {
      a: 1,
      tags: { x: "1", y: "9" },
      tagsAll: { x: "1", y: "9" },
      rules: [{ id: "q", n: 1 }],
    });
  });

  it("keeps everything for an asterisk", () => {
    fc.assert(
      fc.property(json, json, (old, news) =>
        assert.deepEqual(changedPaths(old, ignoringChanges(old, news, ["*"])), []),
      ),
    );
  });
});
