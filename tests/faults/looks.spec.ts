import assert from "node:assert/strict";
import { unsetSettings } from "../../contract/testing";
import { arnOf, CONTROL, createSimulation, event } from "./simulation";

const ARN = arnOf("b1");
const MINUTE = 60_000;
const sdkError = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });
const body = (...args: Parameters<typeof event>) => JSON.stringify(event(...args));
const outcomesOf = ({ outcomes }: ReturnType<typeof createSimulation>) =>
  outcomes.map(({ outcome }) => outcome);
/** An event that has just happened. */
const fresh = ({ time }: ReturnType<typeof createSimulation>, bulb = "b1") =>
  body(bulb, { time: new Date(time.now).toISOString() });

describe("what AWS shows late", () => {
  after(unsetSettings);

  it("is found: a resource that is not visible yet", async () => {
    const simulation = createSimulation();
    let reads = 0;
    simulation.faults.before = (at) => {
      if (at === "read" && ++reads === 3) simulation.lamps.set(ARN, "on");
    };

    await simulation.deliver([fresh(simulation)]);

    assert.deepEqual(outcomesOf(simulation), ["remediated"]);
    assert.equal(simulation.lamps.get(ARN), "off");
  });

  it("is waited for no longer than reads may lag: then the resource is gone", async () => {
    const simulation = createSimulation();
    const started = simulation.time.now;

    await simulation.deliver([fresh(simulation)]);

    assert.deepEqual(outcomesOf(simulation), ["compliant"]);
    assert.equal(simulation.outcomes[0]?.why, "The resource does not exist any more.");
    const waited = simulation.time.now - started;
    assert(waited >= MINUTE && waited < 2.5 * MINUTE, `${waited} ms`);
  });

  it("is found: a violation behind a good state, a minute later, and with an outcome of its own", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "off");
    await simulation.deliver([fresh(simulation)], { minutes: 0 });
    assert.deepEqual(simulation.queue.looks, ["unconfirmed"]);
    simulation.lamps.set(ARN, "on");

    await simulation.deliver([]);

    assert.deepEqual(outcomesOf(simulation), ["compliant", "remediated"]);
    assert.equal(simulation.entries().length, 2);
  });

  it("is confirmed without a second outcome, once for all events of a burst", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "off");

    for (let times = 0; times < 5; times++) await simulation.deliver([fresh(simulation)], { minutes: 0 });
    assert.deepEqual(simulation.queue.looks, ["unconfirmed"]);
    await simulation.deliver([]);

    assert.deepEqual(outcomesOf(simulation), Array(5).fill("compliant"));
  });

  it("is not confirmed when the event is old", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "off");
    simulation.time.now += MINUTE;
    await simulation.deliver([body("b1")], { minutes: 0 });
    assert.deepEqual(simulation.queue.looks, []);
  });

  it("is waited for: a state between two states, before it is judged and after it is fixed", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "on");
    simulation.changing.set(ARN, "It is warming up.");
    await simulation.deliver([body("b1")], { minutes: 0 });
    assert.deepEqual(outcomesOf(simulation), []);
    const [waiting] = simulation.entries();
    assert.deepEqual([waiting?.status, waiting?.outcome.nextLook?.because], ["waiting", "It is warming up."]);

    simulation.changing.clear();
    simulation.faults.before = (at) => {
      if (at === "fixed") simulation.changing.set(ARN, "It is going out.");
    };
    await simulation.deliver([], { minutes: 1 });
    assert.deepEqual(outcomesOf(simulation), []);
    assert.equal(simulation.fixes.length, 1);
    simulation.changing.clear();
    await simulation.deliver([]);

    assert.deepEqual(outcomesOf(simulation), ["remediated"]);
    assert.equal(simulation.outcomes[0]?.why, undefined);
    assert.equal(simulation.fixes.length, 1);
    assert.equal(simulation.entries()[0]?.after, "off");
  });

  it("is not fixed twice: a fix that reads don't show for some seconds", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "on");
    let stale = 3;
    simulation.faults.before = (at) => {
      if (at === "fixed") simulation.lamps.set(ARN, "on");
      if (at === "read" && simulation.fixes.length > 0 && stale-- === 0) simulation.lamps.set(ARN, "off");
    };

    await simulation.deliver([body("b1")]);

    assert.equal(simulation.fixes.length, 1);
    assert.deepEqual(outcomesOf(simulation), ["remediated"]);
  });
});

describe("a disturbance", () => {
  after(unsetSettings);

  it("of two minutes under 500 events loses none, kills none, and lets none be acted on twice", async () => {
    const simulation = createSimulation({
      breaker: { resourceActions: 3, accountActions: 1000, windowMinutes: 10, closeAfterMinutes: 60 },
    });
    const bulbs = Array.from({ length: 500 }, (_, index) => `b${index}`);
    for (const bulb of bulbs) simulation.lamps.set(arnOf(bulb), "on");
    const over = simulation.time.now + 2 * MINUTE;
    simulation.faults.before = (at) => {
      if (at === "assume" && simulation.time.now < over)
        throw sdkError("ServiceUnavailable", { $metadata: { httpStatusCode: 503 } });
    };

    const { deadLetters } = await simulation.deliver(bulbs.map((bulb) => body(bulb)));

    assert.deepEqual(deadLetters, []);
    assert.equal(simulation.fixes.length, 500);
    assert.equal(new Set(simulation.fixes).size, 500);
    assert.equal(simulation.entries().filter(({ status }) => status === "done").length, 500);
  });

  it("of hours is waited for, later and later, up to six hours", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "on");
    const started = simulation.time.now;
    simulation.faults.before = (at) => {
      if (at === "assume") throw sdkError("ThrottlingException");
    };

    const { deadLetters } = await simulation.deliver([body("b1")]);

    assert.equal(deadLetters.length, 1);
    const hours = (simulation.time.now - started) / (60 * MINUTE);
    assert(hours >= 6 && hours < 6.5, `${hours} hours`);
    assert(simulation.queue.delays.every((seconds) => seconds <= 900));
    assert.equal(simulation.outcomes.at(-1)?.failure?.givenUp, true);
  });

  it("before a permanent failure does not keep people from being notified of that", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "on");
    let attempts = 0;
    simulation.faults.before = (at) => {
      if (at === "assume") throw sdkError(attempts++ === 0 ? "ThrottlingException" : "AccessDenied");
    };

    await simulation.deliver([body("b1")]);

    assert.deepEqual(
      simulation.outcomes.map(({ failure }) => [failure?.kind, failure?.isFirst, failure?.givenUp]),
      [
        ["throttled", true, false],
        ["denied", true, false],
        ["denied", false, false],
        ["denied", false, false],
        ["denied", false, true],
      ],
    );
  });

  it("that ended in the dead-letter queue begins anew when the message is resent", async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "on");
    simulation.faults.before = (at) => {
      if (at === "assume") throw sdkError("AccessDenied");
    };
    const { deadLetters } = await simulation.deliver([body("b1")]);
    simulation.faults.before = () => undefined;

    await simulation.deliver(deadLetters.map((letter) => letter.body));

    assert.equal(simulation.lamps.get(ARN), "off");
    assert.equal(simulation.outcomes.at(-1)?.outcome, "remediated");
  });
});

describe("an exemption's end", () => {
  after(unsetSettings);

  it("is looked at: what it exempted is remediated then", async () => {
    const simulation = createSimulation({
      exemptions: [
        { control: CONTROL, resource: ARN, owner: "web", reason: "For the fair.", expires: "2026-03-20" },
      ],
    });
    simulation.lamps.set(ARN, "on");
    await simulation.deliver([body("b1")], { minutes: 0 });
    assert.deepEqual(outcomesOf(simulation), ["exempted"]);
    assert.equal(simulation.outcomes[0]?.nextLook?.at, "2026-03-21T00:00:00.000Z");

    await simulation.deliver([], { minutes: 5 * 24 * 60 });

    assert.deepEqual(outcomesOf(simulation), ["exempted", "remediated"]);
    assert.equal(simulation.lamps.get(ARN), "off");
  });
});
