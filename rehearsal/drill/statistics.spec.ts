import assert from "node:assert/strict";
import fc from "fast-check";
import { quantile, summarize } from "./statistics";

describe("statistics of a run", () => {
  it("takes the middle of an odd number of values, and halfway between the middle two of an even number", () => {
    assert.equal(quantile([30, 10, 20], 0.5), 20);
    assert.equal(quantile([40, 10, 20, 30], 0.5), 25);
  });

  it("interpolates between neighbours", () => {
    const values = Array.from({ length: 21 }, (_, index) => index * 10);

    assert.equal(quantile(values, 0.95), 190);
    assert.equal(quantile([0, 100], 0.95), 95);
  });

  it("has the smallest and the largest value at its ends", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        assert.equal(quantile(values, 0), Math.min(...values));
        assert.equal(quantile(values, 1), Math.max(...values));
      }),
    );
  });

  it("leaves the values in the order in which they were given", () => {
    const values = [3, 1, 2];

    summarize(values);

    assert.deepEqual(values, [3, 1, 2]);
  });

  it("refuses shares outside of 0 to 1, and no values at all", () => {
    assert.throws(() => quantile([1], 1.1), /between 0 and 1/);
    assert.throws(() => quantile([1], Number.NaN), /between 0 and 1/);
    assert.throws(() => quantile([], 0.5), /of nothing/);
  });

  it("summarizes, or says that there is nothing to summarize", () => {
    assert.deepEqual(summarize([100, 300, 200]), {
      count: 3,
      median: 200,
      p95: 290,
      minimum: 100,
      maximum: 300,
    });
    assert.equal(summarize([]), undefined);
  });
});
