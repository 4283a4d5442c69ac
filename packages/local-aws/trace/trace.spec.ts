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
      const explained = trace.explain(id);
      assert.deepEqual(
        explained?.steps.map(({ stage }) => stage),
        ["call", "trail", "bus"],
      );
      assert.equal(explained?.eventId, "e");
      assert.equal(explained?.cloudTrailEventId, "c");
    }
    assert.equal(trace.find({}).length, 1);
  });

  it("says why it stopped, and computes that only when it is explained", () => {
    const trace = createTrace();
    let computed = 0;
    trace.note(bus({ eventId: "e", stopped: () => `No rule matched (${++computed}).` }));
    assert.equal(computed, 0);
    assert.equal(trace.explain("e")?.stopped, "No rule matched (1).");
  });

  it("says what is in progress, until there is an outcome", () => {
    const trace = createTrace();
    trace.note(bus({ eventId: "e", at: 1 }));
    trace.note({ eventId: "e", stage: "target", text: "Delivered to the queue q.", at: 2 });
    assert.match(trace.explain("e")?.pending ?? "", /^Delivered to the queue q\. No outcome/);

    trace.note({ eventId: "e", stage: "outcome", text: "Remediated.", at: 3 });
    assert.equal(trace.explain("e")?.pending, undefined);
    assert.equal(trace.explain("e")?.stopped, undefined);
  });

  describe("of two branches", () => {
    const HUB = "arn:aws:events:r:2:rule/hub/";
    const queue = (name: string) => `arn:aws:sqs:r:2:${name}`;
    const delivered = (eventId: string, name: string, at: number): TraceNote => ({
      eventId,
      at,
      stage: "target",
      text: `Delivered to ${name}.`,
      data: { to: "queue", rule: HUB + name, target: queue(name) },
    });
    const lost = (eventId: string, name: string, at: number): TraceNote => ({
      eventId,
      at,
      stage: "target",
      text: `Not delivered to ${name}.`,
      stopped: `${name} did not receive it.`,
      data: { code: "NO_PERMISSIONS", rule: HUB + name, target: queue(name) },
    });
    const outcome = (eventId: string, worker: string, at: number): TraceNote => ({
      eventId,
      at,
      stage: "outcome",
      text: `The worker ${worker} reported its outcome.`,
      data: { worker },
    });

    const workers = (): Trace =>
      createTrace({
        outcomes: {
          reports: (name) => name.startsWith("work-"),
          queueOf: ({ worker }) => (typeof worker === "string" ? `work-${worker}` : undefined),
        },
      });

    it("explains the one that stopped, although the other was delivered before or after it", () => {
      const trace = workers();
      for (const note of [delivered("a", "work-x", 1), lost("a", "work-y", 2)]) trace.note(note);
      for (const note of [lost("b", "work-y", 1), delivered("b", "audit", 2)]) trace.note(note);

      for (const [id, pending] of [
        ["a", "Delivered to work-x. No outcome has been reported since."],
        ["b", "Delivered to audit. No outcome has been reported since."],
      ] as const) {
        assert.equal(trace.explain(id)?.stopped, "work-y did not receive it.");
        assert.equal(trace.explain(id)?.pending, pending);
      }
    });

    it("explains the one that stopped, although the other reached an outcome, and shows the outcome too", () => {
      const trace = workers();
      for (const note of [delivered("e", "work-x", 1), lost("e", "work-y", 2), outcome("e", "x", 3)])
        trace.note(note);

      const explained = trace.explain("e")!;

      assert.equal(explained.stopped, "work-y did not receive it.");
      assert.equal(explained.pending, undefined);
      assert.deepEqual(explained.outcomes, ["The worker x reported its outcome."]);
      assert.match(
        renderExplanation(explained),
        /\nIt stopped: work-y did not receive it\.\nOn another path it reached an outcome: The worker x reported its outcome\.$/,
      );
    });

    it("waits for the outcome of each worker that received it, and not for one of a queue without a worker", () => {
      const trace = workers();
      for (const name of ["work-x", "work-y", "audit"]) trace.note(delivered("e", name, 1));
      trace.note(outcome("e", "x", 2));
      assert.equal(trace.explain("e")?.pending, "Delivered to work-y. No outcome has been reported since.");

      trace.note(outcome("e", "y", 3));
      assert.equal(trace.explain("e")?.pending, undefined);
    });

    it("counts the last time that a branch was taken", () => {
      const trace = workers();
      trace.note(lost("replayed", "work-y", 1));
      trace.note(delivered("replayed", "work-x", 2));
      assert.notEqual(trace.explain("replayed")?.stopped, undefined);
      trace.note(delivered("replayed", "work-y", 3));
      trace.note(lost("redriven", "work-y", 1));
      trace.note(outcome("redriven", "y", 2));

      assert.equal(trace.explain("replayed")?.stopped, undefined);
      assert.equal(trace.explain("redriven")?.stopped, undefined);
    });
  });

  it("doesn't count a forwarding as the end", () => {
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

  it("forgets the oldest events first, and no more than necessary", () => {
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

  it("is explained as text, a line a step with its time, and the end", () => {
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
