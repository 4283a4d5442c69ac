import assert from "node:assert/strict";
import { recordOutcomes } from "./outcome-log";
import { CONTROL, fakeFeed, outcomeOf } from "./testing/fakes";

const ARN = "arn:aws:s3:::open";
const never = new AbortController().signal;

describe("the outcomes of a run", () => {
  it("keep what was reported for each resource by each control", () => {
    const feed = fakeFeed();
    const outcomes = recordOutcomes(feed);

    feed.report(outcomeOf(ARN, "compliant"));
    feed.report(outcomeOf("arn:aws:s3:::other", "remediated"));
    feed.report(outcomeOf(ARN, "remediated", { control: "other" }));

    assert.deepEqual(
      outcomes.of(CONTROL, ARN).map(({ outcome }) => outcome),
      ["compliant"],
    );
  });

  it("count when they came before somebody waited", async () => {
    const feed = fakeFeed();
    const outcomes = recordOutcomes(feed);
    feed.report(outcomeOf(ARN, "remediated"));

    const outcome = await outcomes.wait(CONTROL, ARN, () => true, never);

    assert.equal(outcome?.outcome, "remediated");
  });

  it("wake only those who wait for one like them", async () => {
    const feed = fakeFeed();
    const outcomes = recordOutcomes(feed);
    const waiting = outcomes.wait(CONTROL, ARN, ({ outcome }) => outcome === "remediated", never);

    feed.report(outcomeOf("arn:aws:s3:::other", "remediated"));
    feed.report(outcomeOf(ARN, "compliant"));
    feed.report(outcomeOf(ARN, "remediated", { eventId: "the one" }));

    assert.equal((await waiting)?.eventId, "the one");
  });

  it("are no longer waited for once the signal is aborted", async () => {
    const outcomes = recordOutcomes(fakeFeed());
    const over = new AbortController();
    const waiting = outcomes.wait(CONTROL, ARN, () => true, over.signal);

    over.abort();

    assert.equal(await waiting, undefined);
  });

  it("without a resource belong to nobody", () => {
    const feed = fakeFeed();
    const outcomes = recordOutcomes(feed);

    feed.report({ ...outcomeOf(ARN, "failed"), resource: null });

    assert.deepEqual(outcomes.of(CONTROL, ARN), []);
  });

  it("are not listened to after the end", () => {
    const feed = fakeFeed();

    recordOutcomes(feed).close();

    assert.equal(feed.listeners, 0);
  });
});
