import assert from "node:assert/strict";
import { unsetSettings } from "../../contract/testing";
import { ACCOUNT, arnOf, createSimulation, event } from "./simulation";

const ARN = arnOf("b1");
const body = (...args: Parameters<typeof event>) => JSON.stringify(event(...args));

describe("two automations that fight over one resource", () => {
  after(unsetSettings);

  const fight = async (simulation: ReturnType<typeof createSimulation>, rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      simulation.lamps.set(ARN, "on");
      await simulation.deliver([body("b1", {}, "robot")], { minutes: 0 });
    }
  };
  const MINUTE = 60_000;

  it("are slowed down after the third time, with the other one's name, and the resource is fixed after a minute", async () => {
    const simulation = createSimulation();

    await fight(simulation, 5);

    assert.equal(simulation.fixes.length, 3);
    assert.equal(simulation.lamps.get(ARN), "on");
    const [fourth, fifth] = simulation.outcomes.slice(3);
    assert.deepEqual(
      simulation.outcomes.map(({ outcome }) => outcome),
      ["remediated", "remediated", "remediated", "suppressed", "suppressed"],
    );
    assert.deepEqual(fourth?.breaker?.principals, [`arn:aws:iam::${ACCOUNT}:user/robot`]);
    assert.deepEqual(
      [fourth?.breaker?.scope, fourth?.breaker?.opened, fourth?.breaker?.actions],
      ["resource", true, 3],
    );
    assert.match(
      fourth?.why ?? "",
      /remediated 3 times in 10 minutes.*user\/robot.*remediated at 2026-.*bailiwick breaker close r-/,
    );
    // Only the opening is news, and both wait for the same look.
    assert.equal(fifth?.breaker?.opened, false);
    assert.equal(fifth.nextLook?.at, fourth?.nextLook?.at);
    assert.deepEqual(simulation.queue.looks, ["breaker"]);

    await simulation.deliver([], { minutes: 1.1 });

    assert.equal(simulation.lamps.get(ARN), "off");
    assert.equal(simulation.outcomes.at(-1)?.outcome, "remediated");
  });

  it("are fixed after growing delays, up to 15 minutes, for as long as they go on", async () => {
    const simulation = createSimulation();
    await fight(simulation, 3);
    const waits: number[] = [];
    for (let round = 0; round < 7; round++) {
      const broken = simulation.time.now;
      await fight(simulation, 1);
      await simulation.deliver([], { minutes: 16 });
      assert.equal(simulation.lamps.get(ARN), "off");
      waits.push(Math.round((simulation.time.now - broken) / MINUTE));
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 15, 15, 15]);
  });

  it("are fixed at once again when nothing was remediated for an hour after the last delay", async () => {
    const simulation = createSimulation();
    await fight(simulation, 4);
    await simulation.deliver([], { minutes: 2 });

    simulation.time.now += 61 * MINUTE;
    await fight(simulation, 1);

    assert.equal(simulation.outcomes.at(-1)?.outcome, "remediated");
    assert.equal(simulation.lamps.get(ARN), "off");
  });

  it("are not slowed down when they are slow", async () => {
    const simulation = createSimulation();
    for (let round = 0; round < 6; round++) {
      await fight(simulation, 1);
      simulation.time.now += 5 * MINUTE;
    }
    assert.equal(simulation.fixes.length, 6);
  });

  it("are slowed down in mode enforce only: notifying needs no breaker", async () => {
    const simulation = createSimulation({ mode: "notify" });
    await fight(simulation, 5);
    assert(simulation.outcomes.every(({ outcome }) => outcome === "notified"));
  });

  it("are never slowed down where everything depends on the resource", async () => {
    const simulation = createSimulation({}, { alwaysAtOnce: true });
    await fight(simulation, 20);
    assert.equal(simulation.fixes.length, 20);
    assert.equal(simulation.lamps.get(ARN), "off");
    assert.deepEqual(simulation.queue.looks, []);
  });

  it("don't hide another offence on the resource, which is fixed at once", async () => {
    const simulation = createSimulation();
    await fight(simulation, 4);
    simulation.findings.set(ARN, ["It burns.", "It smokes."]);

    await fight(simulation, 1);

    assert.equal(simulation.lamps.get(ARN), "off");
    assert.deepEqual(simulation.outcomes.at(-1)?.findings, ["It burns.", "It smokes."]);
    assert.equal(simulation.outcomes.at(-1)?.outcome, "remediated");
  });
});

describe("a burst of different offences on one resource", () => {
  after(unsetSettings);

  const offend = async (simulation: ReturnType<typeof createSimulation>, times: number) => {
    for (let number = 0; number < times; number++) {
      simulation.lamps.set(ARN, "on");
      simulation.findings.set(ARN, [`It burns in colour ${number}.`]);
      await simulation.deliver([body("b1")], { minutes: 0 });
    }
  };

  it("is no fight: each of twelve is fixed at once, and reported", async () => {
    const simulation = createSimulation();

    await offend(simulation, 12);

    assert.equal(simulation.fixes.length, 12);
    assert.equal(simulation.lamps.get(ARN), "off");
    assert.deepEqual(new Set(simulation.outcomes.map(({ outcome }) => outcome)), new Set(["remediated"]));
  });

  it("is fixed together a minute later once there are very many", async () => {
    const simulation = createSimulation();

    await offend(simulation, 60);
    assert.equal(simulation.fixes.length, 30);
    assert.deepEqual(simulation.queue.looks, ["breaker"]);
    await simulation.deliver([], { minutes: 1.1 });

    assert.equal(simulation.fixes.length, 31);
    assert.equal(simulation.lamps.get(ARN), "off");
  });
});

describe("a control that acts more often in an account than it may", () => {
  after(unsetSettings);
  const breaker = { resourceActions: 3, accountActions: 20, windowMinutes: 10, closeAfterMinutes: 60 };

  it("delays the rest, reports that once as an opening, and continues elsewhere", async () => {
    const simulation = createSimulation({ breaker });
    const other = "345678901234";
    const bulbs = Array.from({ length: 60 }, (_, index) => `b${index}`);
    for (const bulb of bulbs) simulation.lamps.set(arnOf(bulb), "on");
    simulation.lamps.set(arnOf("b0", other), "on");

    await simulation.deliver([...bulbs.map((bulb) => body(bulb)), body("b0", { account: other })], {
      minutes: 0,
    });

    assert.equal(simulation.fixes.filter((arn) => arn.includes(ACCOUNT)).length, 20);
    assert.equal(simulation.lamps.get(arnOf("b0", other)), "off");
    const suppressed = simulation.outcomes.filter(({ outcome }) => outcome === "suppressed");
    assert.equal(suppressed.length, 40);
    assert.equal(suppressed.filter(({ breaker }) => breaker?.opened).length, 1);
    assert(suppressed.every(({ breaker }) => breaker?.scope === "account"));
    assert.equal(simulation.entries().filter(({ status }) => status === "done").length, 61);
    assert(
      simulation
        .entries()
        .every(({ outcome, steps }) => outcome.outcome !== "suppressed" || steps.length === 0),
    );
  });

  it("leaves nothing as it is: 110 in eleven seconds are all fixed within two minutes", async () => {
    const simulation = createSimulation();
    const bulbs = Array.from({ length: 110 }, (_, index) => `b${index}`);
    for (const bulb of bulbs) {
      simulation.lamps.set(arnOf(bulb), "on");
      await simulation.deliver([body(bulb)], { minutes: 0 });
      simulation.time.now += 100;
    }
    assert.equal(simulation.fixes.length, 100);

    await simulation.deliver([], { minutes: 2 });

    assert.deepEqual([...new Set(simulation.lamps.values())], ["off"]);
    assert.equal(simulation.fixes.length, 110);
    const opening = simulation.outcomes.find(({ breaker }) => breaker?.opened);
    assert.equal(opening?.severity, "critical");
  });
});

describe("a control's actions in an account", () => {
  after(unsetSettings);

  /** Switches many bulbs on at once. @returns how many the control switches off */
  const burst = async (simulation: ReturnType<typeof createSimulation>, name: string, bulbs: number) => {
    const before = simulation.fixes.length;
    const names = Array.from({ length: bulbs }, (_, index) => `${name}${index}`);
    for (const each of names) simulation.lamps.set(arnOf(each), "on");
    await simulation.deliver(
      names.map((each) => body(each)),
      { minutes: 0 },
    );
    return simulation.fixes.length - before;
  };

  it("of the previous window count in proportion to what is left of it", async () => {
    const MINUTES = 60_000;
    const simulation = createSimulation({
      breaker: { resourceActions: 3, accountActions: 20, windowMinutes: 10, closeAfterMinutes: 5 },
    });
    const border = Math.ceil(simulation.time.now / (10 * MINUTES)) * 10 * MINUTES;

    simulation.time.now = border - MINUTES;
    assert.equal(await burst(simulation, "before", 16), 16);
    simulation.time.now = border + 2.5 * MINUTES;
    assert.equal(await burst(simulation, "after", 20), 20 - 12);
    const breaker = simulation.outcomes.find((each) => each.breaker?.opened)?.breaker;
    assert.deepEqual([breaker?.scope, breaker?.actions], ["account", 20]);
    simulation.time.now = border + 20 * MINUTES;
    assert.equal(await burst(simulation, "later", 20), 20);
  });
});
