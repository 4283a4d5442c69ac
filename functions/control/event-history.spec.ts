import assert from "node:assert/strict";
import type { Description, HistoryFinding } from "../../controls/lib/control";
import type { Outcome } from "../../controls/lib/outcome";
import { Ledger } from "./ledger/ledger";
import { memoryStore, type MemoryStore } from "./ledger/memory";
import { resolveHistory } from "./event-history";

const ACCOUNT = "210987654321";
const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.parse("2026-03-17T08:00:00Z");

const repeated: HistoryFinding = {
  kind: "repeated",
  key: "user pilot",
  times: 3,
  minutes: 10,
  counted: "Failures",
  finding: "It failed.",
};
const from = (value: string): HistoryFinding => ({
  kind: "new",
  key: "user pilot",
  value,
  days: 90,
  finding: `New: ${value}.`,
});

describe("what an event means given the events before it", () => {
  let store: MemoryStore;
  let now: number;
  let next: number;
  beforeEach(() => {
    store = memoryStore();
    now = START;
    next = 0;
  });

  /** Processes one event when it happens. @returns its findings and facts, or why it isn't reported */
  const ask = async (
    historyFindings: HistoryFinding[],
    { at = now, event = `event-${next++}`, account = ACCOUNT, findings = [] as string[] } = {},
  ): Promise<string> => {
    const clock = () => now;
    const ledger = new Ledger(store, { retentionDays: 400, windowMinutes: 10 }, clock);
    const description: Description = {
      report: "history",
      historyFindings,
      findings,
      facts: {},
      why: "nothing",
    };
    const subject = { control: "lamp", resource: "arn:lamp", account, event };
    const outcome = { time: new Date(at).toISOString() } as Outcome;
    const resolved = await resolveHistory({ ledger, clock }, { subject, outcome }, description);
    return resolved.report
      ? [...resolved.findings, ...Object.entries(resolved.facts).flat()].join(" ")
      : resolved.why;
  };
  const after = (milliseconds: number) => (now += milliseconds);

  describe("of repeated events", () => {
    it("reports the third within ten minutes and later ones, with their number", async () => {
      const said = [];
      for (let time = 0; time < 4; time++, after(2 * MINUTE)) said.push(await ask([repeated]));

      assert.deepEqual(said, [
        "nothing",
        "nothing",
        "It failed. Failures 3 within 10 minutes",
        "It failed. Failures 4 within 10 minutes",
      ]);
    });

    it("forgets those from more than ten minutes ago, at whatever time the first happened", async () => {
      await ask([repeated]);
      after(5 * MINUTE);
      await ask([repeated]);
      after(5 * MINUTE);

      assert.equal(await ask([repeated]), "nothing");
      after(4 * MINUTE);
      assert.equal(await ask([repeated]), "It failed. Failures 3 within 10 minutes");
    });

    it("counts an event once, however often it is delivered", async () => {
      for (let time = 0; time < 5; time++) assert.equal(await ask([repeated], { event: "same" }), "nothing");
    });

    it("counts by the time at which they happened, in whatever order they arrive", async () => {
      await ask([repeated], { at: START + MINUTE });
      await ask([repeated], { at: START + 9 * MINUTE });

      assert.equal(await ask([repeated], { at: START }), "It failed. Failures 3 within 10 minutes");
    });

    it("does not count events that arrive together but happened long before or after", async () => {
      for (const minutes of [60, 61, 62]) await ask([repeated], { at: START + minutes * MINUTE });

      for (const minutes of [0, 30, 120])
        assert.equal(await ask([repeated], { at: START + minutes * MINUTE }), "nothing", `${minutes}`);
    });

    it("counts each key and each account separately", async () => {
      const other: HistoryFinding = { ...repeated, key: "user maria" };
      for (let time = 0; time < 2; time++) {
        await ask([repeated]);
        await ask([other]);
        await ask([repeated], { account: "109876543210" });
      }

      assert.equal(await ask([{ ...repeated, key: "user klara" }]), "nothing");
      assert.equal(await ask([repeated]), "It failed. Failures 3 within 10 minutes");
    });

    it("misses none when several functions count at once", async () => {
      const functions = Array.from({ length: 3 }, async (_, index) => {
        const event = `${index}`;
        // An event that always finds others writing is redelivered.
        return ask([repeated], { event }).catch(() => ask([repeated], { event }));
      });
      const answers = await Promise.all(functions);

      assert.equal(
        answers.filter((each) => each === "It failed. Failures 3 within 10 minutes").length,
        1,
        answers.join(),
      );
    });

    it("remembers a hundred of a flood, and says that there were more", async () => {
      let last = "";
      for (let time = 0; time < 150; time++, after(1000)) last = await ask([repeated]);

      assert.equal(last, "It failed. Failures at least 100 within 10 minutes");
      assert([...store.items.values()].every(({ body }) => body.length < 10_000));
    });

    it("fails when the ledger can't be written", async () => {
      store.before = (call) =>
        call === "write" ? Promise.reject(new Error("no such table")) : Promise.resolve();

      await assert.rejects(ask([repeated]), /remembering an event of lamp/);
    });
  });

  describe("of values", () => {
    it("reports a new one, once there are others to compare it with", async () => {
      const said = [];
      for (const value of ["home", "home", "office", "office", "home", "train"])
        said.push(await ask([from(value)]));

      assert.deepEqual(said, ["nothing", "nothing", "New: office.", "nothing", "nothing", "New: train."]);
    });

    it("reports the same for an event that is redelivered", async () => {
      await ask([from("home")], { event: "first" });
      assert.equal(await ask([from("home")], { event: "first" }), "nothing");
      assert.equal(await ask([from("office")], { event: "second" }), "New: office.");
      assert.equal(await ask([from("office")], { event: "second" }), "New: office.");
    });

    it("forgets one that wasn't seen within the days it names, and no other", async () => {
      await ask([from("home")]);
      await ask([from("office")]);
      after(60 * DAY);
      await ask([from("home")]);
      after(60 * DAY);

      assert.equal(await ask([from("office")]), "New: office.");
      assert.equal(await ask([from("home")]), "nothing");
    });

    it("stays in the ledger no longer than that", async () => {
      await ask([from("home")]);

      assert.deepEqual(
        [...store.items.values()].map(({ expires }) => expires),
        [START / 1000 + 90 * 86_400],
      );
    });
  });

  it("reports everything that holds, with or without history", async () => {
    for (const value of ["home", "train", "ship"]) await ask([from(value)]);

    assert.equal(await ask([from("office"), repeated], { findings: ["No MFA."] }), "No MFA. New: office.");
  });
});
