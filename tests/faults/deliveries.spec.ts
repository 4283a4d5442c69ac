import assert from "node:assert/strict";
import { unsetSettings } from "../../contract/testing";
import { arnOf, createSimulation, event, shuffled, type Message, type Simulation } from "./simulation";

const sdkError = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });
const counted = (texts: readonly string[]) => {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
};

describe("events that are delivered many times", () => {
  after(unsetSettings);

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`lead to one fix each, in whatever order and batches (shuffle ${seed})`, async () => {
      const simulation = createSimulation();
      const bulbs = Array.from({ length: 50 }, (_, index) => `b${index}`);
      for (const bulb of bulbs) simulation.lamps.set(arnOf(bulb), "on");
      const bodies = bulbs.map((bulb) => JSON.stringify(event(bulb)));

      const { deadLetters } = await simulation.deliver(
        shuffled(Array<string[]>(10).fill(bodies).flat(), seed),
      );

      assert.deepEqual(deadLetters, []);
      assert.deepEqual(counted(simulation.fixes), Object.fromEntries(bulbs.map((bulb) => [arnOf(bulb), 1])));
      assert.equal(simulation.entries().length, 50);
      assert(
        simulation
          .entries()
          .every(({ status, outcome }) => status === "done" && outcome.outcome === "remediated"),
      );
      assert.deepEqual(
        simulation.outcomes.map(({ outcome }) => outcome),
        Array(50).fill("remediated"),
      );
    });
  }

  it("lead to one outcome in mode notify", async () => {
    const simulation = createSimulation({ mode: "notify" });
    simulation.lamps.set(arnOf("b1"), "on");

    await simulation.deliver(Array<string>(10).fill(JSON.stringify(event("b1"))));

    assert.deepEqual(
      simulation.outcomes.map(({ outcome }) => outcome),
      ["notified"],
    );
    assert.deepEqual(simulation.fixes, []);
  });

  it("of different changes of one resource lead to one fix, and each to an entry", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(arnOf("b1"), "on");

    await simulation.deliver(Array.from({ length: 8 }, () => JSON.stringify(event("b1"))));

    assert.equal(simulation.fixes.length, 1);
    assert.deepEqual(counted(simulation.outcomes.map(({ outcome }) => outcome)), {
      remediated: 1,
      compliant: 7,
    });
    assert.equal(simulation.entries().length, 8);
  });
});

/** A function takes the message, and is killed when it would do `step`. */
async function killedAt(step: "fix" | "fixed", simulation: Simulation, message: Message): Promise<void> {
  await new Promise<void>((reached) => {
    simulation.faults.before = (doing) => {
      if (doing !== step) return undefined;
      reached();
      return new Promise(() => undefined);
    };
    void simulation.invoke(simulation.start(), [message]);
  });
  simulation.faults.before = () => undefined;
}

describe("a function that is killed", () => {
  after(unsetSettings);

  it("between the fix and the ledger leads to no second fix, and the ledger is correct in the end", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(arnOf("b1"), "on");
    const message = { id: "m1", body: JSON.stringify(event("b1")), received: 0 };
    await killedAt("fixed", simulation, message);
    const [acting] = simulation.entries();
    assert.deepEqual([acting?.status, acting?.steps[0]?.before], ["acting", "on"]);

    // The next delivery follows the queue's visibility timeout.
    simulation.time.now += 360_000;
    assert.deepEqual(await simulation.invoke(simulation.start(), [message]), []);

    assert.equal(simulation.fixes.length, 1);
    const [entry] = simulation.entries();
    assert.deepEqual([entry?.status, entry?.outcome.outcome, entry?.after], ["done", "remediated", "off"]);
    assert.deepEqual(entry?.outcome.remedies, ["Switch it off."]);
    assert.match(entry?.outcome.why ?? "", /An earlier delivery/);
    assert.deepEqual(
      simulation.outcomes.map(({ outcome }) => outcome),
      ["remediated"],
    );
  });

  it("before the fix is followed by one that makes it", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(arnOf("b1"), "on");
    const message = { id: "m1", body: JSON.stringify(event("b1")), received: 0 };
    await killedAt("fix", simulation, message);
    // While the first may still run, no other acts.
    assert.deepEqual(await simulation.invoke(simulation.start(), [message]), []);
    assert.deepEqual(simulation.fixes, []);
    assert.deepEqual(simulation.queue.looks, ["busy"]);

    await simulation.deliver([]);

    assert.equal(simulation.fixes.length, 1);
    assert.equal(simulation.entries()[0]?.outcome.outcome, "remediated");
  });

  it("before it published the outcome is followed by one that publishes it", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(arnOf("b1"), "on");
    let first = true;
    simulation.faults.before = (what) => {
      if (what !== "report" || !first) return;
      first = false;
      throw sdkError("InternalFailure", { $metadata: { httpStatusCode: 500 } });
    };

    await simulation.deliver([JSON.stringify(event("b1"))]);

    assert.equal(simulation.fixes.length, 1);
    assert.deepEqual(
      simulation.outcomes.map(({ outcome }) => outcome),
      ["remediated"],
    );
  });
});

describe("faults of AWS", () => {
  after(unsetSettings);

  const faults: [string, Error, boolean][] = [
    ["throttling", sdkError("ThrottlingException"), true],
    ["a time-out", sdkError("TimeoutError"), true],
    ["a broken connection", sdkError("Error", { code: "ECONNRESET" }), true],
    ["denied access", sdkError("AccessDenied", { $metadata: { httpStatusCode: 403 } }), false],
  ];
  for (const [what, error, retryable] of faults) {
    for (const where of ["assume", "read", "fix", "fixed"] as const) {
      it(`${what} while it is at "${where}" is reported, and remediated once it is over`, async () => {
        const simulation = createSimulation();
        simulation.lamps.set(arnOf("b1"), "on");
        let left = 2;
        simulation.faults.before = (at) => {
          if (at === where && left-- > 0) throw error;
        };

        const { deadLetters } = await simulation.deliver([JSON.stringify(event("b1"))]);

        assert.deepEqual(deadLetters, []);
        assert.equal(simulation.lamps.get(arnOf("b1")), "off");
        const reported = simulation.outcomes.map(({ outcome }) => outcome);
        assert.equal(reported.at(-1), "remediated");
        const failed = simulation.outcomes.filter(({ outcome }) => outcome === "failed");
        assert(failed.length > 0 && failed.every((each) => each.retryable === retryable));
        assert.equal(simulation.entries().length, 1);
        assert.equal(simulation.entries()[0]?.status, "done");
        // Each is followed by an attempt of its own: soon after a disturbance, later after what may be a deployment in progress.
        assert.equal(simulation.queue.delays.length, failed.length);
        assert(simulation.queue.delays.every((seconds) => seconds <= (retryable ? 6 : 60)));
      });
    }
  }

  describe("that end when someone else has restored the state", () => {
    /** The first fix fails at `where`, and then maria switches the bulb off herself. */
    const resolvedByOther = async (
      simulation: Simulation,
      where: "assume" | "fix" | "fixed",
      error: Error,
    ) => {
      let reads = 0;
      let left = 1;
      simulation.faults.before = (at) => {
        if (at === "read" && simulation.outcomes.length > 0 && reads++ === 0)
          simulation.lamps.set(arnOf("b1"), "off");
        if (at === where && left-- > 0) throw error;
      };
      simulation.lamps.set(arnOf("b1"), "on");
      await simulation.deliver([JSON.stringify(event("b1"))]);
      return simulation.outcomes.map(({ outcome }) => outcome);
    };

    it("enter no fix when it was refused, and none can be undone", async () => {
      const simulation = createSimulation();

      const reported = await resolvedByOther(simulation, "fix", sdkError("AccessDenied"));

      assert.deepEqual(reported, ["failed", "compliant"]);
      assert.deepEqual(simulation.fixes, []);
      const [entry] = simulation.entries();
      assert.deepEqual([entry?.status, entry?.steps], ["done", []]);
      const answer = await simulation.undo({ outcome: entry?.id, by: "me", reason: "x" });
      assert.match(!answer.undone ? answer.why : "", /only what was remediated can be undone/);
      assert.equal(simulation.lamps.get(arnOf("b1")), "off");
    });

    it("enter a fix that may have been made: refused after its first call, or without an answer", async () => {
      const refused = createSimulation();
      assert.deepEqual(await resolvedByOther(refused, "fixed", sdkError("AccessDenied")), [
        "failed",
        "remediated",
      ]);
      assert.equal(refused.entries()[0]?.steps.length, 1);
      const unanswered = createSimulation();
      assert.deepEqual(await resolvedByOther(unanswered, "fix", sdkError("TimeoutError")), [
        "failed",
        "remediated",
      ]);
    });

    it("enter a fix that was killed after a refused attempt", async () => {
      const simulation = createSimulation();
      simulation.lamps.set(arnOf("b1"), "on");
      const message = { id: "m1", body: JSON.stringify(event("b1")), received: 0 };
      simulation.faults.before = (at) => {
        if (at === "fix") throw sdkError("AccessDenied");
      };
      await simulation.invoke(simulation.start(), [message]);
      assert.equal(simulation.entries()[0]?.steps[0]?.unchanged, true);
      await killedAt("fixed", simulation, message);

      simulation.time.now += 360_000;
      await simulation.invoke(simulation.start(), [message]);

      assert.equal(simulation.entries()[0]?.outcome.outcome, "remediated");
    });
  });

  it("that persist end in the dead-letter queue, with every attempt reported", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(arnOf("b1"), "on");
    simulation.faults.before = (at) => {
      if (at === "read") throw sdkError("AccessDenied");
    };

    const { deadLetters } = await simulation.deliver([JSON.stringify(event("b1"))]);

    assert.equal(deadLetters.length, 1);
    assert.equal(simulation.outcomes.length, 4);
    assert.deepEqual(
      simulation.outcomes.map(({ failure }) => [failure?.kind, failure?.isFirst, failure?.givenUp]),
      [
        ["denied", true, false],
        ["denied", false, false],
        ["denied", false, false],
        ["denied", false, true],
      ],
    );
    assert.deepEqual(simulation.fixes, []);
  });

  for (const call of ["read", "write"] as const) {
    it(`of the ledger's ${call} prevent remediation, and are reported`, async () => {
      const simulation = createSimulation();
      simulation.lamps.set(arnOf("b1"), "on");
      const before = simulation.store.before;
      simulation.store.before = (what) =>
        what === call ? Promise.reject(sdkError("ProvisionedThroughputExceededException")) : before(what);

      const { deadLetters } = await simulation.deliver([JSON.stringify(event("b1"))]);

      assert.equal(deadLetters.length, 1);
      assert.deepEqual(simulation.fixes, []);
      assert(simulation.outcomes.length > 20);
      assert.equal(simulation.outcomes.at(-1)?.failure?.givenUp, true);
      assert(
        simulation.outcomes.every(
          ({ outcome, error }) => outcome === "failed" && /AWS limits/.test(error ?? ""),
        ),
      );
    });
  }
});
