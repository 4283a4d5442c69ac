import fc from "fast-check";
import assert from "node:assert/strict";
import { matchesWildcard } from "./wildcard";

describe("a pattern with wildcards", () => {
  const cases: [string, string, boolean][] = [
    ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/a", true],
    ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/ab", false],
    ["*", "", true],
    ["*", "anything", true],
    ["", "", true],
    ["", "a", false],
    ["a*c", "ac", true],
    ["a*c", "abbc", true],
    ["a*c", "abcd", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "ac", false],
    ["ab*ba", "aba", false],
    ["a**c", "abc", true],
    ["*:role/*", "arn:aws:iam::1:role/x", true],
    ["a.c", "abc", false],
    ["a?c", "abc", false],
  ];
  for (const [pattern, text, matches] of cases)
    it(`${matches ? "fits" : "does not fit"}: ${JSON.stringify(pattern)} and ${JSON.stringify(text)}`, () => {
      assert.equal(matchesWildcard(pattern, text), matches);
    });

  it("agrees with a regular expression", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const source = pattern.replaceAll(".", "\\.").replaceAll("*", ".*");
        assert.equal(matchesWildcard(pattern, text), new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it("takes linear time, whatever the pattern", () => {
    assert.equal(matchesWildcard("*a".repeat(5_000) + "b", "a".repeat(100_000)), false);
  });
});
