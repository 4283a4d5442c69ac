import assert from "node:assert/strict";
import { createTrace, renderExplanation, type Trace, type TraceNote } from ".";

const bus = (more: Partial<TraceNote>): TraceNote => ({ stage: "bus", text: "Arrived.", ...more });

describe("a trace", () => {
  it("joins what was noted under the record's id and under the event's id", () => {
    const trace = createTrace();
    trace.note({
      cloudTrailEventId: "c",
      stage: "call",
      text: "Called.",
      at: 1,
      eventName: "PutX",
      account: "1",
    });
    trace.note(bus({ eventId: "e", at: 3 }));
    trace.note(bus({ eventId: "e", cloudTrailEventId: "c", stage: "trail", at: 2 }));

    for (const id of ["c", "e"]) {
      const told = trace.explain(id);
      assert.deepEqual(
        told?.steps.map(({ stage }) => stage),
        ["call", "trail", "bus"],
      );
      assert.equal(told?.eventId, "e");
      assert.equal(told?.cloudTrailEventId, "c");
    }
    assert.equal(trace.find({}).length, 1);
  });

  it("says why it stopped, asking only now", () => {
    const trace = createTrace();
    let asked = 0;
    trace.note(bus({ eventId: "e", stopped: () => `No rule matched (${++asked}).` }));
    assert.equal(asked, 0);
    assert.equal(trace.explain("e")?.stopped, "No rule matched (1).");
  });

  it("says what is under way, and nothing of it once there is an outcome", () => {
    const trace = createTrace();
    trace.note(bus({ eventId: "e", at: 1 }));
    trace.note({ eventId: "e", stage: "target", text: "Handed to the queue q.", at: 2 });
    assert.match(trace.explain("e")?.pending ?? "", /^Handed to the queue q\. No outcome/);

    trace.note({ eventId: "e", stage: "outcome", text: "Remediated.", at: 3 });
    assert.equal(trace.explain("e")?.pending, undefined);
    assert.equal(trace.explain("e")?.stopped, undefined);
  });

  describe("of two branches", () => {
    const HUB = "arn:aws:events:r:2:rule/hub/";
    const queue = (name: string) => `arn:aws:sqs:r:2:${name}`;
    const handed = (eventId: string, name: string, at: number): TraceNote => ({
      eventId,
      at,
      stage: "target",
      text: `Handed to ${name}.`,
      data: { to: "queue", rule: HUB + name, target: queue(name) },
    });
    const lost = (eventId: string, name: string, at: number): TraceNote => ({
      eventId,
      at,
      stage: "target",
      text: `Not delivered to ${name}.`,
      stopped: `${name} did not get it.`,
      data: { code: "NO_PERMISSIONS", rule: HUB + name, target: queue(name) },
    });
    const outcome = (eventId: string, worker: string, at: number): TraceNote => ({
      eventId,
      at,
      stage: "outcome",
      text: `The worker ${worker} told its outcome.`,
      data: { worker },
    });

    const workers = (): Trace =>
      createTrace({
        outcomes: {
          reports: (name) => name.startsWith("work-"),
          queueOf: ({ worker }) => (typeof worker === "string" ? `work-${worker}` : undefined),
        },
      });

    it("tells the one that stopped, although the other was handed over before or after it", () => {
      const trace = workers();
      for (const note of [handed("a", "work-x", 1), lost("a", "work-y", 2)]) trace.note(note);
      for (const note of [lost("b", "work-y", 1), handed("b", "audit", 2)]) trace.note(note);

      for (const [id, pending] of [
        ["a", "Handed to work-x. No outcome has been told since."],
        ["b", "Handed to audit. No outcome has been told since."],
      ] as const) {
        assert.equal(trace.explain(id)?.stopped, "work-y did not get it.");
        assert.equal(trace.explain(id)?.pending, pending);
      }
    });

    it("tells the one that stopped, although the other came to an outcome, and the outcome beside it", () => {
      const trace = workers();
      for (const note of [handed("e", "work-x", 1), lost("e", "work-y", 2), outcome("e", "x", 3)])
        trace.note(note);

      const told = trace.explain("e")!;

      assert.equal(told.stopped, "work-y did not get it.");
      assert.equal(told.pending, undefined);
      assert.deepEqual(told.outcomes, ["The worker x told its outcome."]);
      assert.match(
        renderExplanation(told),
        /\nIt stopped: work-y did not get it\.\nElsewhere it came to an outcome: The worker x told its outcome\.$/,
      );
    });

    it("waits for the outcome of each worker that got it, and of no queue that is no worker's", () => {
      const trace = workers();
      for (const name of ["work-x", "work-y", "audit"]) trace.note(handed("e", name, 1));
      trace.note(outcome("e", "x", 2));
      assert.equal(trace.explain("e")?.pending, "Handed to work-y. No outcome has been told since.");

      trace.note(outcome("e", "y", 3));
      assert.equal(trace.explain("e")?.pending, undefined);
    });

    it("takes the last time for what counts, when a branch was gone twice", () => {
      const trace = workers();
      trace.note(lost("replayed", "work-y", 1));
      trace.note(handed("replayed", "work-x", 2));
      assert.notEqual(trace.explain("replayed")?.stopped, undefined);
      trace.note(handed("replayed", "work-y", 3));
      trace.note(lost("redriven", "work-y", 1));
      trace.note(outcome("redriven", "y", 2));

      assert.equal(trace.explain("replayed")?.stopped, undefined);
      assert.equal(trace.explain("redriven")?.stopped, undefined);
    });
  });

  it("takes no forwarding for the end", () => {
    const trace = createTrace();
    trace.note({ eventId: "e", stage: "target", text: "Forwarded.", data: { to: "bus" } });
    trace.note(bus({ eventId: "e", stopped: "No rule of the hub matched." }));
    assert.equal(trace.explain("e")?.stopped, "No rule of the hub matched.");
  });

  it("finds by account, region, name, resource and time", () => {
    const trace = createTrace();
    const where = { account: "1", region: "r" };
    trace.note(bus({ eventId: "a", ...where, eventName: "PutX", resource: "arn:aws:s3:::one", at: 10 }));
    trace.note(bus({ eventId: "b", ...where, eventName: "PutY", resource: "arn:aws:s3:::two", at: 20 }));
    const found = (query: Parameters<typeof trace.find>[0]) =>
      trace.find(query).map(({ eventId }) => eventId);

    assert.deepEqual(found({}), ["a", "b"]);
    assert.deepEqual(found({ account: "1", region: "r", eventName: "PutY" }), ["b"]);
    assert.deepEqual(found({ resource: "one" }), ["a"]);
    assert.deepEqual(found({ resource: "arn:aws:s3:::two" }), ["b"]);
    assert.deepEqual(found({ since: 11 }), ["b"]);
    assert.deepEqual(found({ region: "elsewhere" }), []);
  });

  it("forgets the oldest ways first, and no more than it must", () => {
    const trace = createTrace({ events: 2 });
    for (const eventId of ["a", "b", "c"]) trace.note(bus({ eventId }));
    assert.equal(trace.explain("a"), undefined);
    assert.ok(trace.explain("b") && trace.explain("c"));
  });

  it("keeps a looping event from filling the memory", () => {
    const trace = createTrace();
    for (let step = 0; step < 1000; step++) trace.note(bus({ eventId: "e" }));
    assert.equal(trace.explain("e")?.steps.length, 200);
  });

  it("is told as text, a line a step with its time, and the end", () => {
    const trace = createTrace();
    trace.note(bus({ eventId: "e", cloudTrailEventId: "c", at: 1000, account: "1", region: "r" }));
    trace.note({
      eventId: "e",
      stage: "rule",
      text: "None matched.",
      stopped: "No rule matched.",
      at: 1002.5,
    });
    assert.equal(
      renderExplanation(trace.explain("e")!),
      [
        "event e, CloudTrail record c",
        "",
        "     +0.0 ms  bus          Arrived.  [1 r]",
        "     +2.5 ms  rule         None matched.",
        "                           ✗ No rule matched.",
        "",
        "It stopped: No rule matched.",
      ].join("\n"),
    );
  });
});
