import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { compile, matches, validate } from ".";
import { wildcardComplexity } from "./complexity";
import { eventText, patternText } from "./oracle/arbitrary";
import { intendedMatches, intendedRefusals } from "./oracle/differences";
import { Oracle, prepareOracle } from "./oracle/oracle";
import type { Recorded } from "./oracle/record";

/** Lists in the order in which AWS's matcher goes wrong, each with a value to accept and one that only the matcher accepts. */
const outOfOrder: [conditions: unknown[], accepted: string, other: string][] = [
  [[{ wildcard: "*.*" }, { "equals-ignore-case": "ſ" }], "S", "\n"],
  [[{ wildcard: "*.*" }, { "equals-ignore-case": "a" }], "A", "b"],
  [[{ wildcard: "*b" }, { "equals-ignore-case": "aa" }], "Aa", "qa"],
  [[{ wildcard: "5*b" }, { "equals-ignore-case": "5a" }], "5A", "5q"],
  [[{ wildcard: "*b" }, { prefix: { "equals-ignore-case": "aé" } }], "Aéq", "qé"],
  [[{ wildcard: "*b" }, { suffix: { "equals-ignore-case": "aé" } }], "qAé", "aq"],
  [[{ wildcard: "*b" }, { suffix: "é" }], "qé", "éq"],
];
const lostAlternative = ['{"$or":[{"a":[1]},{"a":[1,2]}]}', '{"a":2}'] as const;

describe("event patterns compared with AWS's own matcher", () => {
  const recorded = JSON.parse(readFileSync(join(__dirname, "oracle", "verdicts.json"), "utf8")) as Recorded[];

  it("match what it matched, for every recorded pattern and event", () => {
    let compared = 0;
    const cases = recorded.flatMap(({ events, patterns }) =>
      patterns.map((pattern) => ({ ...pattern, events })),
    );
    for (const { text, matches: expected, events } of cases) {
      const { valid, error = "" } = validate(text);
      if (!valid && expected && intendedRefusals.test(error)) continue;
      assert.equal(valid, expected !== undefined, `${text}: ${error}`);
      if (!valid) continue;
      const matcher = compile([["rule", text]]);
      events.forEach((event, at) => {
        assert.equal(matches(text, event), expected?.includes(at), `${text} and ${event}`);
        assert.equal(matcher(event).length === 1, expected?.includes(at), `compiled ${text} and ${event}`);
        compared++;
      });
    }
    assert.ok(compared > 90_000, `only ${compared} comparisons`);
  });

  it("accept lists in any order, where the matcher goes wrong in one", () => {
    for (const [conditions, accepted, other] of outOfOrder) {
      for (const list of [conditions, conditions.toReversed()]) {
        const text = JSON.stringify({ a: list });
        assert.equal(intendedMatches(text), list === conditions, text);
        const values = [accepted, other].map((value) => matches(text, JSON.stringify({ a: value })));
        assert.deepEqual(values, [true, false], text);
      }
    }
    const [alternatives, matching] = lostAlternative;
    assert.ok(intendedMatches(alternatives));
    assert.ok(matches(alternatives, matching));
  });

  describe("live", function () {
    this.timeout(180_000);
    let oracle: Oracle | undefined;

    before(function () {
      const missing = prepareOracle();
      if (missing !== undefined) {
        // The reporter shows that tests were skipped, this shows why.
        process.stderr.write(`  (not compared with AWS's matcher: ${missing})\n`);
        this.skip();
      }
      oracle = new Oracle();
    });
    after(() => oracle?.close());

    it("answer like it, for patterns and events that are new in every run", async () => {
      const property = fc.asyncProperty(
        fc.array(patternText, { minLength: 20, maxLength: 20 }),
        fc.array(eventText, { minLength: 10, maxLength: 10 }),
        async (patterns, events) => {
          const verdicts = await oracle!.judge(patterns, events);
          patterns.forEach((pattern, number) => {
            const { valid, error = "" } = validate(pattern);
            if (!valid && intendedRefusals.test(error)) return;
            assert.equal(
              valid,
              verdicts.valid[number] === true,
              `${pattern}: ${error || verdicts.valid[number]}`,
            );
            if (!valid || intendedMatches(pattern)) return;
            events.forEach((event, at) => {
              const expected = (verdicts.matches[at] as number[]).includes(number);
              assert.equal(matches(pattern, event), expected, `${pattern} and ${event}`);
            });
          });
        },
      );
      await fc.assert(property, { numRuns: 25, endOnFailure: true });
    });

    it("differ where it still has the defects that the differences name", async () => {
      for (const [conditions, , other] of outOfOrder) {
        const rules = [conditions, conditions.toReversed()].map((list) => JSON.stringify({ a: list }));
        const verdicts = await oracle!.judge(rules, [JSON.stringify({ a: other })]);
        assert.deepEqual(verdicts.matches, [[0]], rules.join(" and "));
      }
      const [alternatives, matching] = lostAlternative;
      assert.deepEqual((await oracle!.judge([alternatives], [matching])).matches, [[]]);
    });

    it("measure the complexity of wildcards like it", async () => {
      const wildcard = fc
        .array(fc.constantFrom("a", "b", "ab", "/", "*", "é"), { minLength: 1, maxLength: 9 })
        .map((parts) => parts.join("").replace(/\*+/g, "*"));
      const property = fc.asyncProperty(
        fc.uniqueArray(wildcard, { minLength: 1, maxLength: 4 }),
        async (wildcards) => {
          const pattern = JSON.stringify({ a: wildcards.map((text) => ({ wildcard: text })) });
          assert.equal(
            wildcardComplexity(wildcards.map((text) => [text])),
            await oracle!.complexity(pattern),
            pattern,
          );
        },
      );
      await fc.assert(property, { numRuns: 100 });
    });
  });
});
