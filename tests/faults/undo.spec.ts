import assert from "node:assert/strict";
import { resourceId } from "../../contract/ledger-keys";
import { arnOf, CONTROL, createWorld, event } from "./world";

const ARN = arnOf("b1");
const body = (...args: Parameters<typeof event>) => JSON.stringify(event(...args));

describe("an undo", () => {
  after(() => delete process.env["BAILIWICK_SETTINGS"]);

  const fixed = async () => {
    const world = createWorld();
    world.lamps.set(ARN, "on");
    await world.deliver([body("b1")]);
    const request = {
      outcome: world.entries()[0]?.id,
      by: "arn:aws:iam::1:user/ops",
      reason: "It must burn.",
    };
    return { world, request };
  };

  it("restores the state before, is in the ledger itself, and isn't put right again while exempted", async () => {
    const { world, request } = await fixed();

    const answer = await world.undo({ ...request, exemptUntil: "2026-03-24" });

    assert.equal(answer.undone, true);
    assert.equal(world.lamps.get(ARN), "on");
    const entry = world.entries().find(({ id }) => answer.undone && id === answer.id);
    assert.deepEqual(
      [entry?.outcome.outcome, entry?.outcome.undoes, entry?.outcome.principal, entry?.status],
      ["undone", request.outcome, request.by, "done"],
    );
    assert.equal(world.entries().find(({ id }) => id === request.outcome)?.undoneBy, entry?.id);
    await world.deliver([body("b1")]);
    assert.equal(world.lamps.get(ARN), "on");
    assert.deepEqual(
      [world.outcomes.at(-1)?.outcome, world.outcomes.at(-1)?.exemption?.source],
      ["exempted", "undo"],
    );
    world.time.now = Date.parse("2026-03-25T00:00:00Z");
    await world.deliver([body("b1")]);
    assert.equal(world.lamps.get(ARN), "off");
  });

  it("refuses when the state has moved on, or the resource is gone", async () => {
    const { world, request } = await fixed();
    world.lamps.set(ARN, "on");
    const moved = await world.undo(request);
    world.lamps.delete(ARN);
    const gone = await world.undo(request);

    assert.match(!moved.undone ? moved.why : "", /has moved on since/);
    assert.match(!gone.undone ? gone.why : "", /does not exist any more/);
    assert.equal(world.entries().length, 1);
  });

  it("happens once", async () => {
    const { world, request } = await fixed();
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.undo(request)));
    assert.equal(answers.filter(({ undone }) => undone).length, 1);
    world.lamps.set(ARN, "off");
    const again = await world.undo(request);
    assert.match(!again.undone ? again.why : "", /was undone before/);
  });

  it("refuses what was not remediated, and what the ledger doesn't have", async () => {
    const world = createWorld({ mode: "notify" });
    world.lamps.set(ARN, "on");
    await world.deliver([body("b1")]);
    const told = await world.undo({ outcome: world.entries()[0]?.id, by: "me", reason: "x" });
    const unknown = await world.undo({ outcome: "0".repeat(20), by: "me", reason: "x" });
    assert.match(!told.undone ? told.why : "", /only what was remediated can be undone/);
    assert.match(!unknown.undone ? unknown.why : "", /has no outcome/);
  });

  it("that fails is told, frees the resource, and leaves the ledger right", async () => {
    const { world, request } = await fixed();
    let reads = 0;
    world.faults.before = (what) => {
      if (what === "read" && ++reads === 2) throw Object.assign(new Error("no"), { name: "AccessDenied" });
    };
    const answer = await world.undo(request);
    assert.equal(answer.undone, false);
    assert.equal(world.outcomes.at(-1)?.outcome, "failed");
    const item = world.store.items.get(resourceId(CONTROL, ARN));
    assert.equal((JSON.parse(item?.body ?? "{}") as { lease?: unknown }).lease, undefined);
  });

  const denied = () => Object.assign(new Error("no"), { name: "AccessDenied" });
  /** Someone switches the bulb on, and the control looks at it. @returns what comes of it. */
  const offended = async (world: ReturnType<typeof createWorld>) => {
    world.lamps.set(ARN, "on");
    await world.deliver([body("b1")]);
    return world.outcomes.at(-1);
  };
  const refuseChanges = (world: ReturnType<typeof createWorld>) => {
    world.faults.before = (what) => {
      if (what === "undo") throw denied();
    };
  };

  it("that fails and changed nothing leaves no exemption", async () => {
    const { world, request } = await fixed();
    refuseChanges(world);

    const answer = await world.undo({ ...request, exemptUntil: "2026-03-24" });

    assert.match(!answer.undone ? answer.why : "", /^Access denied while undoing .*\(AccessDenied: no\)$/);
    world.faults.before = () => undefined;
    assert.equal((await offended(world))?.outcome, "remediated");
    assert(![...world.store.items.values()].some(({ list }) => list === "exemptions"));
  });

  it("that fails and changed nothing leaves the exemption that was there before it", async () => {
    const { world, request } = await fixed();
    await world.undo({ ...request, reason: "Before.", exemptUntil: "2026-03-20" });
    world.lamps.set(ARN, "on");
    world.time.now = Date.parse("2026-03-21T00:00:00Z");
    await world.deliver([body("b1")]);
    const second = world
      .entries()
      .find(({ outcome, undoneBy }) => outcome.outcome === "remediated" && !undoneBy);
    world.time.now = Date.parse("2026-03-20T00:00:00Z");
    refuseChanges(world);

    await world.undo({ ...request, outcome: second?.id, exemptUntil: "2026-03-24" });

    world.faults.before = () => undefined;
    const outcome = await offended(world);
    assert.deepEqual([outcome?.exemption?.reason, outcome?.exemption?.expires], ["Before.", "2026-03-20"]);
  });

  it("that fails half-way keeps its exemption, and says so", async () => {
    const { world, request } = await fixed();
    world.faults.before = (what) => {
      if (what === "undone") throw denied();
    };

    const answer = await world.undo({ ...request, exemptUntil: "2026-03-24" });

    const why = !answer.undone ? answer.why : "";
    assert.match(
      why,
      /may be restored: look at it\. The exemption .* stays: `bailiwick exemptions remove x-/,
    );
    assert.equal(world.outcomes.at(-1)?.error, why);
    world.faults.before = () => undefined;
    assert.equal((await offended(world))?.outcome, "exempted");
  });

  describe("whose reads lag behind its change", () => {
    /** So many reads after the undo's change tell what was before it. */
    const lagging = (world: ReturnType<typeof createWorld>, reads: number) => {
      const get = world.lamps.get.bind(world.lamps);
      let left = 0;
      world.faults.before = (what) => {
        if (what === "undone") left = reads;
      };
      world.lamps.get = (arn) => (left-- > 0 ? "off" : get(arn));
    };

    it("looks again until it sees it", async () => {
      const { world, request } = await fixed();
      lagging(world, 4);

      const answer = await world.undo({ ...request, exemptUntil: "2026-03-24" });

      assert.equal(answer.undone, true);
      assert.equal(world.outcomes.at(-1)?.outcome, "undone");
      assert((await offended(world))?.exemption);
    });

    it("is completed by asking again when they lag for longer than it waits", async () => {
      const { world, request } = await fixed();
      const began = world.time.now;
      lagging(world, 6);
      const first = await world.undo(request);
      assert.match(!first.undone ? first.why : "", /the undo changed nothing/);
      assert(world.time.now - began < 10_000);

      const answer = await world.undo(request);

      assert.equal(answer.undone, true);
      assert.deepEqual(
        world
          .entries()
          .map(({ outcome, undoneBy, status }) => [outcome.outcome, undoneBy !== undefined, status]),
        [
          ["remediated", true, "done"],
          ["undone", false, "done"],
        ],
      );
      const again = await world.undo(request);
      assert.match(!again.undone ? again.why : "", /was undone before/);
    });
  });

  describe("that is killed", () => {
    /** The function does nothing any more once it would do `what`; then the time in which nobody else may act is over. */
    const killedAt = async (
      what: "undo" | "undone",
      world: ReturnType<typeof createWorld>,
      request: object,
    ) => {
      await new Promise<void>((reached) => {
        world.faults.before = (doing) => {
          if (doing !== what) return undefined;
          reached();
          return new Promise(() => undefined);
        };
        void world.undo(request);
      });
      world.faults.before = () => undefined;
      const early = await world.undo(request);
      assert.match(!early.undone ? early.why : "", /at work on the resource/);
      world.time.now += 61_000;
    };
    const summary = (world: ReturnType<typeof createWorld>) =>
      world
        .entries()
        .map(({ outcome, status, undoneBy }) => [outcome.outcome, status, undoneBy !== undefined]);

    it("after its change is completed by asking again, without a second change", async () => {
      const { world, request } = await fixed();
      await killedAt("undone", world, request);
      world.faults.before = (what) => {
        assert(what !== "undo");
      };

      const answer = await world.undo({ ...request, exemptUntil: "2026-03-24" });

      assert.equal(answer.undone, true);
      assert.deepEqual(summary(world), [
        ["remediated", "done", true],
        ["undone", "done", false],
      ]);
      assert.deepEqual(
        [world.outcomes.at(-1)?.outcome, world.outcomes.at(-1)?.undoes],
        ["undone", request.outcome],
      );
      assert.equal((await offended(world))?.outcome, "exempted");
    });

    it("before its change is made anew, and the first is entered as failed", async () => {
      const { world, request } = await fixed();
      await killedAt("undo", world, request);

      const answer = await world.undo(request);

      assert.equal(answer.undone, true);
      assert.equal(world.lamps.get(ARN), "on");
      assert.deepEqual(summary(world), [
        ["remediated", "done", true],
        ["failed", "done", false],
        ["undone", "done", false],
      ]);
    });

    it("between its end and its telling is completed by asking again", async () => {
      const { world, request } = await fixed();
      const { before } = world.store;
      let writes = 0;
      await new Promise<void>((reached) => {
        world.store.before = (call) => {
          // The claim, the outcome that it undoes, and then its own end.
          if (call !== "write" || ++writes < 3) return before(call);
          reached();
          return new Promise(() => undefined);
        };
        void world.undo(request);
      });
      world.store.before = before;
      world.time.now += 61_000;

      const answer = await world.undo(request);

      assert.equal(answer.undone, true);
      assert.deepEqual(summary(world), [
        ["remediated", "done", true],
        ["undone", "done", false],
      ]);
    });
  });

  it("that was refused is not taken for done when somebody else makes the same change", async () => {
    const { world, request } = await fixed();
    refuseChanges(world);
    await world.undo(request);
    world.faults.before = () => undefined;
    world.lamps.set(ARN, "on");

    const answer = await world.undo(request);

    assert.match(!answer.undone ? answer.why : "", /has moved on since/);
  });

  it("is entered though somebody else writes the entry of the outcome at the same time", async () => {
    const { world, request } = await fixed();
    const id = request.outcome ?? "";
    world.faults.before = (what) => {
      const item = world.store.items.get(id);
      if (what === "undone" && item) world.store.items.set(id, { ...item, version: item.version + 1 });
    };

    const answer = await world.undo(request);

    assert.equal(answer.undone, true);
    assert.equal(world.entries().find((entry) => entry.id === id)?.undoneBy, answer.undone && answer.id);
  });
});
