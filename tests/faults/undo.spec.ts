import assert from "node:assert/strict";
import { resourceId } from "../../contract/ledger-keys";
import { unsetSettings } from "../../contract/testing";
import { arnOf, CONTROL, createSimulation, event } from "./simulation";

const ARN = arnOf("b1");
const body = (...args: Parameters<typeof event>) => JSON.stringify(event(...args));

describe("an undo", () => {
  after(unsetSettings);

  const fixed = async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "on");
    await simulation.deliver([body("b1")]);
    const request = {
      outcome: simulation.entries()[0]?.id,
      by: "arn:aws:iam::1:user/ops",
      reason: "It must burn.",
    };
    return { simulation, request };
  };

  it("restores the state before, has its own ledger entry, and isn't remediated while exempted", async () => {
    const { simulation, request } = await fixed();

    const answer = await simulation.undo({ ...request, exemptUntil: "2026-03-24" });

    assert.equal(answer.undone, true);
    assert.equal(simulation.lamps.get(ARN), "on");
    const entry = simulation.entries().find(({ id }) => answer.undone && id === answer.id);
    assert.deepEqual(
      [entry?.outcome.outcome, entry?.outcome.undoes, entry?.outcome.principal, entry?.status],
      ["undone", request.outcome, request.by, "done"],
    );
    assert.equal(simulation.entries().find(({ id }) => id === request.outcome)?.undoneBy, entry?.id);
    await simulation.deliver([body("b1")]);
    assert.equal(simulation.lamps.get(ARN), "on");
    assert.deepEqual(
      [simulation.outcomes.at(-1)?.outcome, simulation.outcomes.at(-1)?.exemption?.source],
      ["exempted", "undo"],
    );
    simulation.time.now = Date.parse("2026-03-25T00:00:00Z");
    await simulation.deliver([body("b1")]);
    assert.equal(simulation.lamps.get(ARN), "off");
  });

  it("refuses when the state has moved on, or the resource is gone", async () => {
    const { simulation, request } = await fixed();
    simulation.lamps.set(ARN, "on");
    const moved = await simulation.undo(request);
    simulation.lamps.delete(ARN);
    const gone = await simulation.undo(request);

    assert.match(!moved.undone ? moved.why : "", /has moved on since/);
    assert.match(!gone.undone ? gone.why : "", /does not exist any more/);
    assert.equal(simulation.entries().length, 1);
  });

  it("happens once", async () => {
    const { simulation, request } = await fixed();
    const answers = await Promise.all(Array.from({ length: 10 }, () => simulation.undo(request)));
    assert.equal(answers.filter(({ undone }) => undone).length, 1);
    simulation.lamps.set(ARN, "off");
    const again = await simulation.undo(request);
    assert.match(!again.undone ? again.why : "", /was undone before/);
  });

  it("refuses what was not remediated, and what the ledger doesn't have", async () => {
    const simulation = createSimulation({ mode: "notify" });
    simulation.lamps.set(ARN, "on");
    await simulation.deliver([body("b1")]);
    const notified = await simulation.undo({ outcome: simulation.entries()[0]?.id, by: "me", reason: "x" });
    const unknown = await simulation.undo({ outcome: "0".repeat(20), by: "me", reason: "x" });
    assert.match(!notified.undone ? notified.why : "", /only what was remediated can be undone/);
    assert.match(!unknown.undone ? unknown.why : "", /has no outcome/);
  });

  it("that fails is reported, releases the resource, and leaves the ledger correct", async () => {
    const { simulation, request } = await fixed();
    let reads = 0;
    simulation.faults.before = (what) => {
      if (what === "read" && ++reads === 2) throw Object.assign(new Error("no"), { name: "AccessDenied" });
    };
    const answer = await simulation.undo(request);
    assert.equal(answer.undone, false);
    assert.equal(simulation.outcomes.at(-1)?.outcome, "failed");
    const item = simulation.store.items.get(resourceId(CONTROL, ARN));
    assert.equal((JSON.parse(item?.body ?? "{}") as { lease?: unknown }).lease, undefined);
  });

  const denied = () => Object.assign(new Error("no"), { name: "AccessDenied" });
  /** Someone switches the bulb on, and the control processes that. @returns the outcome */
  const offended = async (simulation: ReturnType<typeof createSimulation>) => {
    simulation.lamps.set(ARN, "on");
    await simulation.deliver([body("b1")]);
    return simulation.outcomes.at(-1);
  };
  const refuseChanges = (simulation: ReturnType<typeof createSimulation>) => {
    simulation.faults.before = (what) => {
      if (what === "undo") throw denied();
    };
  };

  it("that fails and changed nothing leaves no exemption", async () => {
    const { simulation, request } = await fixed();
    refuseChanges(simulation);

    const answer = await simulation.undo({ ...request, exemptUntil: "2026-03-24" });

    assert.match(!answer.undone ? answer.why : "", /^Access denied while undoing .*\(AccessDenied: no\)$/);
    simulation.faults.before = () => undefined;
    assert.equal((await offended(simulation))?.outcome, "remediated");
    assert(![...simulation.store.items.values()].some(({ list }) => list === "exemptions"));
  });

  it("that fails and changed nothing leaves the exemption that was there before it", async () => {
    const { simulation, request } = await fixed();
    await simulation.undo({ ...request, reason: "Before.", exemptUntil: "2026-03-20" });
    simulation.lamps.set(ARN, "on");
    simulation.time.now = Date.parse("2026-03-21T00:00:00Z");
    await simulation.deliver([body("b1")]);
    const second = simulation
      .entries()
      .find(({ outcome, undoneBy }) => outcome.outcome === "remediated" && !undoneBy);
    simulation.time.now = Date.parse("2026-03-20T00:00:00Z");
    refuseChanges(simulation);

    await simulation.undo({ ...request, outcome: second?.id, exemptUntil: "2026-03-24" });

    simulation.faults.before = () => undefined;
    const outcome = await offended(simulation);
    assert.deepEqual([outcome?.exemption?.reason, outcome?.exemption?.expires], ["Before.", "2026-03-20"]);
  });

  it("that fails half-way keeps its exemption, and reports that", async () => {
    const { simulation, request } = await fixed();
    simulation.faults.before = (what) => {
      if (what === "undone") throw denied();
    };

    const answer = await simulation.undo({ ...request, exemptUntil: "2026-03-24" });

    const why = !answer.undone ? answer.why : "";
    assert.match(why, /may be restored: check it\. The exemption .* stays: `bailiwick exemptions remove x-/);
    assert.equal(simulation.outcomes.at(-1)?.error, why);
    simulation.faults.before = () => undefined;
    assert.equal((await offended(simulation))?.outcome, "exempted");
  });

  describe("whose reads lag behind its change", () => {
    /** Up to `reads` reads after the undo's change still show the state before it. */
    const lagging = (simulation: ReturnType<typeof createSimulation>, reads: number) => {
      const get = simulation.lamps.get.bind(simulation.lamps);
      let left = 0;
      simulation.faults.before = (what) => {
        if (what === "undone") left = reads;
      };
      simulation.lamps.get = (arn) => (left-- > 0 ? "off" : get(arn));
    };

    it("reads again until it sees the change", async () => {
      const { simulation, request } = await fixed();
      lagging(simulation, 4);

      const answer = await simulation.undo({ ...request, exemptUntil: "2026-03-24" });

      assert.equal(answer.undone, true);
      assert.equal(simulation.outcomes.at(-1)?.outcome, "undone");
      assert((await offended(simulation))?.exemption);
    });

    it("is completed by a second request when they lag for longer than it waits", async () => {
      const { simulation, request } = await fixed();
      const began = simulation.time.now;
      lagging(simulation, 6);
      const first = await simulation.undo(request);
      assert.match(!first.undone ? first.why : "", /the undo changed nothing/);
      assert(simulation.time.now - began < 10_000);

      const answer = await simulation.undo(request);

      assert.equal(answer.undone, true);
      assert.deepEqual(
        simulation
          .entries()
          .map(({ outcome, undoneBy, status }) => [outcome.outcome, undoneBy !== undefined, status]),
        [
          ["remediated", true, "done"],
          ["undone", false, "done"],
        ],
      );
      const again = await simulation.undo(request);
      assert.match(!again.undone ? again.why : "", /was undone before/);
    });
  });

  describe("that is killed", () => {
    /** The function is killed when it would do `step`; then its claim ends. */
    const killedAt = async (
      step: "undo" | "undone",
      simulation: ReturnType<typeof createSimulation>,
      request: object,
    ) => {
      await new Promise<void>((reached) => {
        simulation.faults.before = (doing) => {
          if (doing !== step) return undefined;
          reached();
          return new Promise(() => undefined);
        };
        void simulation.undo(request);
      });
      simulation.faults.before = () => undefined;
      const early = await simulation.undo(request);
      assert.match(!early.undone ? early.why : "", /at work on the resource/);
      simulation.time.now += 61_000;
    };
    const summary = (simulation: ReturnType<typeof createSimulation>) =>
      simulation
        .entries()
        .map(({ outcome, status, undoneBy }) => [outcome.outcome, status, undoneBy !== undefined]);

    it("after its change is completed by a second request, without a second change", async () => {
      const { simulation, request } = await fixed();
      await killedAt("undone", simulation, request);
      simulation.faults.before = (what) => {
        assert(what !== "undo");
      };

      const answer = await simulation.undo({ ...request, exemptUntil: "2026-03-24" });

      assert.equal(answer.undone, true);
      assert.deepEqual(summary(simulation), [
        ["remediated", "done", true],
        ["undone", "done", false],
      ]);
      assert.deepEqual(
        [simulation.outcomes.at(-1)?.outcome, simulation.outcomes.at(-1)?.undoes],
        ["undone", request.outcome],
      );
      assert.equal((await offended(simulation))?.outcome, "exempted");
    });

    it("before its change is replaced by a second one, and entered as failed", async () => {
      const { simulation, request } = await fixed();
      await killedAt("undo", simulation, request);

      const answer = await simulation.undo(request);

      assert.equal(answer.undone, true);
      assert.equal(simulation.lamps.get(ARN), "on");
      assert.deepEqual(summary(simulation), [
        ["remediated", "done", true],
        ["failed", "done", false],
        ["undone", "done", false],
      ]);
    });

    it("before it published its end is completed by a second request", async () => {
      const { simulation, request } = await fixed();
      const { before } = simulation.store;
      let writes = 0;
      await new Promise<void>((reached) => {
        simulation.store.before = (call) => {
          // The claim, the outcome that it undoes, and then its own end.
          if (call !== "write" || ++writes < 3) return before(call);
          reached();
          return new Promise(() => undefined);
        };
        void simulation.undo(request);
      });
      simulation.store.before = before;
      simulation.time.now += 61_000;

      const answer = await simulation.undo(request);

      assert.equal(answer.undone, true);
      assert.deepEqual(summary(simulation), [
        ["remediated", "done", true],
        ["undone", "done", false],
      ]);
    });
  });

  it("that was refused is not reported as done when someone else makes the same change", async () => {
    const { simulation, request } = await fixed();
    refuseChanges(simulation);
    await simulation.undo(request);
    simulation.faults.before = () => undefined;
    simulation.lamps.set(ARN, "on");

    const answer = await simulation.undo(request);

    assert.match(!answer.undone ? answer.why : "", /has moved on since/);
  });

  it("is entered while someone else writes the entry of the outcome", async () => {
    const { simulation, request } = await fixed();
    const id = request.outcome ?? "";
    simulation.faults.before = (what) => {
      const item = simulation.store.items.get(id);
      if (what === "undone" && item) simulation.store.items.set(id, { ...item, version: item.version + 1 });
    };

    const answer = await simulation.undo(request);

    assert.equal(answer.undone, true);
    assert.equal(simulation.entries().find((entry) => entry.id === id)?.undoneBy, answer.undone && answer.id);
  });
});
