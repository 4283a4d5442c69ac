import assert from "node:assert/strict";
import { failedResult, resultOf } from "../testing/fakes";
import { allHeld, causesOf, milliseconds, summaryOf, verdict } from "./report";

describe("the summary of a run", () => {
  it("counts what held, and takes latencies from every drill in which something was remediated", () => {
    const summary = summaryOf([
      resultOf({ milliseconds: 100 }),
      resultOf({ milliseconds: 300 }),
      failedResult("No trail."),
      resultOf({ mode: "notify", fixed: false, outcome: "notified", milliseconds: 9 }),
    ]);

    assert.deepEqual([summary.total, summary.held, summary.failed], [4, 3, 1]);
    assert.equal(summary.latency?.median, 200);
    assert.equal(allHeld(summary), false);
    assert.equal(verdict(summary), "3 of 4 drills held");
  });

  it("is good only if something was drilled", () => {
    assert.equal(allHeld(summaryOf([resultOf()])), true);
    assert.equal(allHeld(summaryOf([])), false);
    assert.equal(verdict(summaryOf([resultOf()])), "1 of 1 drill held");
    assert.equal(verdict(summaryOf([])), "No drill was run");
  });

  it("names each cause once, the most frequent first", () => {
    const causes = causesOf([
      resultOf(),
      failedResult("Rare."),
      failedResult("Common."),
      failedResult("Common.", { region: "us-east-1" }),
    ]);

    assert.deepEqual(
      causes.map(({ cause, results }) => [cause, results.length]),
      [
        ["Common.", 2],
        ["Rare.", 1],
      ],
    );
  });

  it("shows milliseconds whole, and a dash where there are none", () => {
    assert.equal(milliseconds(1234.5), "1,235 ms");
    assert.equal(milliseconds(undefined), "–");
  });
});
