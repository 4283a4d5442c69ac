import assert from "node:assert/strict";
import type { Outcome } from "../../controls/lib/outcome";
import { boundedOutcome } from "./publish-outcome";

describe("a published outcome", () => {
  it("has bounded size", () => {
    const sentences = Array.from({ length: 52 }, (_, index) => `${index}.`);
    const outcome = {
      control: "c",
      eventId: "e",
      resource: null,
      outcome: "remediated",
      findings: sentences,
      remedies: ["x"],
      remaining: sentences,
      durationMilliseconds: 1,
    } satisfies Outcome;
    const { findings, remedies, remaining } = boundedOutcome(outcome);
    assert.deepEqual(
      [findings.length, findings[50], remaining?.length, remedies],
      [51, "… and 2 more.", 51, ["x"]],
    );
  });
});
