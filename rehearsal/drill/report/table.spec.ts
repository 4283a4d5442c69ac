import assert from "node:assert/strict";
import { failedResult, reportOf, resultOf } from "../testing/fakes";
import { renderTable, renderText } from "./table";

const words = (line: string | undefined) => (line ?? "").trim().split(/\s{2,}/);

describe("the table of drills", () => {
  it("has a line a drill under its heads", () => {
    const [heads, row] = renderTable([resultOf()], { colors: false }).split("\n");

    assert.deepEqual(words(heads), [
      "control",
      "account",
      "region",
      "detected",
      "fixed",
      "milliseconds",
      "outcome",
      "benign case",
    ]);
    assert.deepEqual(words(row), [
      "s3-bucket-policy-not-public",
      "payments",
      "eu-west-1",
      "yes",
      "yes",
      "120",
      "remediated",
      "untouched",
    ]);
  });

  it("shows what never came as such", () => {
    const [, row] = renderTable([failedResult("No trail.")], { colors: false }).split("\n");

    assert.deepEqual(words(row).slice(3), ["no", "no", "–", "none", "not tried"]);
  });

  it("does not call it a fault that a control in mode notify fixed nothing", () => {
    const [, row] = renderTable([resultOf({ mode: "notify", fixed: false, outcome: "notified" })], {
      colors: false,
    }).split("\n");

    assert.deepEqual(words(row).slice(3, 7), ["yes", "notify only", "120", "notified"]);
  });

  it("uses colours only where asked to", () => {
    assert.equal(renderTable([failedResult("No trail.")], { colors: false }).includes("\u001b"), false);
    assert.equal(renderTable([failedResult("No trail.")], { colors: true }).includes("\u001b[31m"), true);
  });
});

describe("the result in the terminal", () => {
  it("ends with the verdict, the latencies and the time of each part", () => {
    const text = renderText(reportOf([resultOf({ milliseconds: 100 }), resultOf({ milliseconds: 300 })]), {
      colors: false,
    });

    assert.deepEqual(text.split("\n").slice(-3), [
      "✓ 2 of 2 drills held",
      "From offending call to good state: median 200 ms, 95th percentile 290 ms, slowest 300 ms",
      "Time: start 2.0 s, drill 3.5 s",
    ]);
  });

  it("says why drills failed, and which", () => {
    const text = renderText(reportOf([failedResult("No trail that logs covers it.")]), { colors: false });

    assert.match(
      text,
      /✗ No trail that logs covers it\.\n {4}s3-bucket-policy-not-public · payments · eu-west-1/,
    );
    assert.match(text, /✗ 0 of 1 drill held\nNo offended resource returned to a good state\./);
  });
});
