import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { compile, matches, validate } from ".";
import { wildcardComplexity } from "./complexity";
import { eventText, patternText } from "./oracle/arbitrary";
import { intendedRefusals } from "./oracle/differences";
import { Oracle, prepareOracle } from "./oracle/oracle";
import type { Recorded } from "./oracle/record";

describe("event patterns beside AWS's own matcher", () => {
  const recorded = JSON.parse(readFileSync(join(__dirname, "oracle", "verdicts.json"), "utf8")) as Recorded;

  it("answer as it was recorded, for every pattern and event of the fixture", () => {
    let compared = 0;
    for (const { text, matches: expected } of recorded.patterns) {
      const { valid, error = "" } = validate(text);
      if (!valid && expected && intendedRefusals.test(error)) continue;
      assert.equal(valid, expected !== undefined, `${text}: ${error}`);
      if (!valid) continue;
      const matcher = compile([["rule", text]]);
      recorded.events.forEach((event, at) => {
        assert.equal(matches(text, event), expected?.includes(at), `${text} and ${event}`);
        assert.equal(matcher(event).length === 1, expected?.includes(at), `compiled ${text} and ${event}`);
        compared++;
      });
    }
    assert.ok(compared > 90_000, `only ${compared} comparisons`);
  });

  describe("live", function () {
    this.timeout(180_000);
    let oracle: Oracle | undefined;

    before(function () {
      const missing = prepareOracle();
      if (missing !== undefined) {
        // The reporter shows skipped tests; this says why.
        process.stderr.write(`  (not compared with AWS's matcher: ${missing})\n`);
        this.skip();
      }
      oracle = new Oracle();
    });
    after(() => oracle?.close());

    it("answer as it does, for patterns and events that are new in every run", async () => {
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
            if (!valid) return;
            events.forEach((event, at) => {
              const expected = (verdicts.matches[at] as number[]).includes(number);
              assert.equal(matches(pattern, event), expected, `${pattern} and ${event}`);
            });
          });
        },
      );
      await fc.assert(property, { numRuns: 25, endOnFailure: true });
    });

    it("measure the complexity of wildcards as it does", async () => {
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
