import assert from "node:assert/strict";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { createTrace } from "@bailiwick/local-aws/trace";
import { outcomeFeed } from "./outcome-feed";
import { outcomeOf } from "./testing/fakes";

describe("the feed of outcomes", () => {
  it("delivers each outcome that the trace notes, and nothing else, until it is ended", () => {
    const trace = createTrace();
    const received: string[] = [];
    const end = outcomeFeed(trace).subscribe(({ outcome }) => received.push(outcome));
    const note = (stage: "outcome" | "function") =>
      trace.note({
        eventId: "event",
        stage,
        text: "",
        data: outcomeOf("arn:aws:s3:::open", "remediated") as unknown as JsonObject,
      });

    note("function");
    note("outcome");
    end();
    note("outcome");

    assert.deepEqual(received, ["remediated"]);
  });
});
