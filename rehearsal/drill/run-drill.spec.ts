import assert from "node:assert/strict";
import { runDrills } from "./run-drills";
import {
  caseOf,
  fakeDrill,
  fakeFeed,
  fakeOrganization,
  outcomeOf,
  remediatedDrill,
  someCause,
} from "./testing/fakes";
import type { DrillCase, DrillOptions, DrillResult, FailedDrill } from "./types";

async function runOne(
  drillCase: DrillCase,
  feed: ReturnType<typeof fakeFeed>,
  options: Partial<DrillOptions> = {},
): Promise<DrillResult> {
  const [result] = await runDrills(fakeOrganization(), [drillCase], {
    outcomes: feed,
    diagnose: someCause,
    timeoutMilliseconds: 300,
    ...options,
  });
  assert(result !== undefined);
  return result;
}

describe("a drill", () => {
  it("holds when the state is restored and reported, and the benign case is seen and left alone", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed);

    const result = await runOne(caseOf(drill), feed);

    const { milliseconds, ...rest } = result;
    assert.deepEqual(rest, {
      control: "s3-bucket-policy-not-public",
      title: "Buckets are not public",
      severity: "critical",
      accountId: "200000000001",
      accountName: "payments",
      region: "eu-west-1",
      mode: "enforce",
      held: true,
      detected: true,
      fixed: true,
      outcome: "remediated",
      benign: "untouched",
    });
    assert(milliseconds! >= 4 && milliseconds! < 300, String(milliseconds));
    assert.deepEqual(drill.calls, ["prepare", "offend", "benign", "cleanUp"]);
  });

  it("measures from the return of the offending call, however long that takes", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed);
    const { offend } = drill;
    drill.offend = async (context, fixture) => {
      await new Promise((resolve) => setTimeout(resolve, 250));
      await offend(context, fixture);
    };

    const result = await runOne(caseOf(drill), feed);

    assert(result.milliseconds! < 200, String(result.milliseconds));
  });

  it("fails with the diagnosed cause when the state stays bad, and is cleaned up all the same", async () => {
    const feed = fakeFeed();
    const drill = fakeDrill();
    const asked: FailedDrill[] = [];
    const diagnose = async (failed: FailedDrill) => {
      asked.push(failed);
      return { cause: "No trail.", final: false };
    };

    const result = await runOne(caseOf(drill), feed, { diagnose });

    assert.equal(result.held, false);
    assert.equal(result.detected, false);
    assert.equal(result.fixed, false);
    assert.equal(result.milliseconds, undefined);
    assert.equal(result.outcome, "none");
    assert.equal(result.benign, "not tried");
    assert.equal(result.cause, "No trail.");
    assert.match(asked[0]!.resource, /^arn:aws:s3:::drill-[0-9a-f]{6}-0-open$/);
    assert.deepEqual(drill.calls, ["prepare", "offend", "cleanUp"]);
  });

  it("does not wait until time is up when the cause is final", async () => {
    const feed = fakeFeed();
    const began = performance.now();

    const result = await runOne(caseOf(fakeDrill()), feed, {
      timeoutMilliseconds: 60_000,
      patienceMilliseconds: 50,
    });

    assert.equal(result.cause, "The cause.");
    assert(performance.now() - began < 10_000);
  });

  it("fails when a function reports that it failed, with what was reported", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed, "failed");
    const diagnose = async ({ outcomes }: FailedDrill) => ({
      cause: outcomes.map(({ outcome }) => outcome).join(),
      final: true,
    });

    const result = await runOne(caseOf(drill), feed, { diagnose });

    assert.equal(result.cause, "failed");
    assert.equal(result.outcome, "failed");
    assert.equal(result.detected, true);
  });

  it("fails when the benign case was changed", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed);
    drill.state.benignGood = false;

    const result = await runOne(caseOf(drill), feed);

    assert.equal(result.benign, "changed");
    assert.equal(result.cause, "The benign case, which is allowed, was changed: its policy is gone.");
  });

  it("fails when the benign case was taken for a violation, even if nothing was done to it", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed);
    drill.benign = async (context, fixture) =>
      feed.report(
        outcomeOf(drill.resources(context, fixture).benign, "notified", { findings: ["It is public"] }),
      );

    const result = await runOne(caseOf(drill), feed);

    assert.equal(result.benign, "misjudged");
    assert.equal(result.cause, "The benign case, which is allowed, was reported as notified: It is public");
  });

  it("holds for what is only reported when the report is right, and the benign case was never looked at", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed, "notified");
    drill.benign = async () => void drill.calls.push("benign");
    drill.silentBenign = true;
    drill.checkReported = (_context, _fixture, { findings }) =>
      findings.length === 0 ? { good: true } : { good: false, still: "It said too much." };

    const result = await runOne(caseOf(drill, { mode: "notify" }), feed);

    assert.equal(result.cause, undefined);
    assert.equal(result.benign, "untouched");
    assert.deepEqual(drill.calls, ["prepare", "benign", "offend", "cleanUp"]);
  });

  it("waits for every report, and for everything that a benign case must not report", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed, "notified");
    drill.times = () => ({ reported: 2, benign: 2 });
    const { offend, benign } = drill;
    drill.offend = async (context, fixture) => {
      await offend(context, fixture);
      const again = outcomeOf(drill.resources(context, fixture).offended, "notified", {
        findings: ["Again."],
      });
      setTimeout(() => feed.report(again), 60);
    };
    let seen: string[][] = [];
    drill.checkReported = (_context, _fixture, _outcome, reported) => {
      seen = reported.map(({ findings }) => findings);
      return { good: true };
    };
    drill.benign = async (context, fixture) => {
      await benign(context, fixture);
      const loud = outcomeOf(drill.resources(context, fixture).benign, "notified", {
        findings: ["Loud."],
      });
      setTimeout(() => feed.report(loud), 60);
    };

    const result = await runOne(caseOf(drill, { mode: "notify" }), feed);

    assert.deepEqual(seen, [[], ["Again."]]);
    assert.equal(result.cause, "The benign case, which is allowed, was reported as notified: Loud.");
  });

  it("fails when something was reported about a benign case that should be silent", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed, "notified");
    drill.silentBenign = true;

    const result = await runOne(caseOf(drill, { mode: "notify" }), feed);

    assert.equal(result.benign, "misjudged");
    assert.equal(result.cause, "The benign case, which is allowed, was reported as compliant.");
  });

  it("fails when the report is wrong", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed, "notified");
    drill.checkReported = () => ({ good: false, still: "It named nobody." });

    const result = await runOne(caseOf(drill, { mode: "notify" }), feed);

    assert.equal(result.cause, "The report is wrong. It named nobody.");
    assert.equal(result.held, false);
  });

  it("fails when it could not be prepared, and says what it was doing", async () => {
    const feed = fakeFeed();
    const drill = fakeDrill({ prepare: () => Promise.reject(new Error("no such region")) });

    const result = await runOne(caseOf(drill), feed);

    assert.equal(
      result.cause,
      "The drill itself failed while preparing the resources: Error: no such region",
    );
    assert.deepEqual(drill.calls, []);
  });

  it("fails when its resources could not be removed", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed);
    drill.cleanUp = () => Promise.reject(new Error("BucketNotEmpty"));

    const result = await runOne(caseOf(drill), feed);

    assert.equal(result.held, false);
    assert.equal(result.cause, "The drill's resources could not be removed: Error: BucketNotEmpty");
  });

  it("survives a check of the state that fails once", async () => {
    const feed = fakeFeed();
    const drill = remediatedDrill(feed);
    const { check } = drill;
    let looks = 0;
    drill.check = async (context, fixture) => {
      if (looks++ === 0) throw new Error("Throttling");
      return check(context, fixture);
    };

    const result = await runOne(caseOf(drill), feed);

    assert.equal(result.cause, undefined);
  });

  describe("of a control that only notifies", () => {
    it("holds when it notified and the resource is as it was made", async () => {
      const feed = fakeFeed();

      const result = await runOne(caseOf(remediatedDrill(feed, "notified"), { mode: "notify" }), feed);

      assert.equal(result.cause, undefined);
      assert.equal(result.outcome, "notified");
      assert.equal(result.fixed, false);
      assert(result.milliseconds! < 300);
    });

    it("fails when the resource was remediated", async () => {
      const feed = fakeFeed();
      const drill = remediatedDrill(feed, "notified");
      const { check } = drill;
      drill.check = async (context, fixture) => {
        drill.state.good = true;
        return check(context, fixture);
      };

      const result = await runOne(caseOf(drill, { mode: "notify" }), feed);

      assert.match(result.cause!, /remediated, although the control's mode is notify/);
    });
  });
});
