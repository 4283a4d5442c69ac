import assert from "node:assert/strict";
import { runDrills } from "./run-drills";
import {
  caseOf,
  fakeDrill,
  fakeFeed,
  fakeOrganization,
  remediatedDrill,
  someCause,
  type FakeDrill,
} from "./testing/fakes";

describe("a run of drills", () => {
  const cases = (drills: FakeDrill[]) =>
    drills.map((drill, index) => caseOf(drill, { region: `region-${index}` }));

  it("answers in the order of the cases, whichever ends first", async () => {
    const feed = fakeFeed();
    const drills = [40, 5, 20].map((after) => remediatedDrill(feed, "remediated", after));

    const results = await runDrills(fakeOrganization(), cases(drills), {
      outcomes: feed,
      diagnose: someCause,
    });

    assert.deepEqual(
      results.map(({ region, held }) => [region, held]),
      [
        ["region-0", true],
        ["region-1", true],
        ["region-2", true],
      ],
    );
  });

  it("keeps to the concurrency it was given", async () => {
    const feed = fakeFeed();
    let underWay = 0;
    let most = 0;
    const drills = Array.from({ length: 6 }, () => {
      const drill = remediatedDrill(feed);
      const { prepare, cleanUp } = drill;
      drill.prepare = async (context) => {
        most = Math.max(most, ++underWay);
        return prepare(context);
      };
      drill.cleanUp = async (context, fixture) => {
        underWay--;
        return cleanUp(context, fixture);
      };
      return drill;
    });

    await runDrills(fakeOrganization(), cases(drills), {
      outcomes: feed,
      diagnose: someCause,
      concurrency: 2,
    });

    assert.equal(most, 2);
  });

  it("ends at once with the reason when the organization dies", async () => {
    const feed = fakeFeed();
    const organization = fakeOrganization(
      new Promise((resolve) => setTimeout(() => resolve("The emulator ended."), 30)),
    );

    const results = await runDrills(organization, cases([fakeDrill(), fakeDrill()]), {
      outcomes: feed,
      diagnose: someCause,
      concurrency: 1,
    });

    assert.deepEqual(
      results.map(({ cause }) => cause),
      Array(2).fill("The local organization ended under the drill. The emulator ended."),
    );
  });

  for (const place of ["prepare", "cleanUp"] as const)
    it(`reports the organization's end, not the error of ${place} just before`, async () => {
      const feed = fakeFeed();
      let end: (how: string) => void = () => undefined;
      const drill = remediatedDrill(feed);
      drill[place] = () => {
        setTimeout(() => end("The emulator ended."), 20);
        return Promise.reject(new Error("XML parse error"));
      };

      const [result] = await runDrills(
        fakeOrganization(new Promise((resolve) => (end = resolve))),
        cases([drill]),
        {
          outcomes: feed,
          diagnose: someCause,
        },
      );

      assert.equal(result?.held, false);
      assert.equal(result?.cause, "The local organization ended under the drill. The emulator ended.");
    });

  it("reports its progress", async () => {
    const feed = fakeFeed();
    const steps: string[] = [];

    await runDrills(fakeOrganization(), cases([remediatedDrill(feed)]), {
      outcomes: feed,
      diagnose: someCause,
      onProgress: ({ step, result, done, total }) =>
        steps.push(`${step ?? `held: ${result?.held}`} ${done}/${total}`),
    });

    assert.deepEqual(steps, [
      "preparing 0/1",
      "offending 0/1",
      "waiting 0/1",
      "benign change 0/1",
      "cleaning up 0/1",
      "held: true 1/1",
    ]);
  });

  it("refuses a concurrency that would run nothing", async () => {
    const options = { outcomes: fakeFeed(), diagnose: someCause, concurrency: 0 };

    await assert.rejects(runDrills(fakeOrganization(), [], options), /whole number from 1/);
  });
});
