import assert from "node:assert/strict";
import { createControlTrace } from "../function-trace";
import { diagnoseWith, type PathFacts, type PipelineFacts } from "./diagnose";
import { caseOf, fakeDrill, outcomeOf } from "./testing/fakes";
import type { FailedDrill } from "./types";

const ARN = "arn:aws:s3:::open";
const drillCase = caseOf(fakeDrill());
const healthy: PipelineFacts = {
  queue: { waiting: 0, inFlight: 0 },
  deadLetters: { count: 0 },
  function: { state: "Active" },
  mapping: "Enabled",
};

const factsWith = (facts: {
  unrecorded?: string;
  forwarding?: string;
  pipeline?: PipelineFacts;
}): PathFacts => ({
  unrecorded: async () => facts.unrecorded,
  forwarding: async () => facts.forwarding,
  pipeline: async () => facts.pipeline ?? healthy,
});

const ask = (outcomes: FailedDrill["outcomes"] = []): FailedDrill => ({
  case: drillCase,
  resource: ARN,
  outcomes,
  since: 1_000,
});

/** The offending call as the gateway notes it. */
function tracedCall() {
  const trace = createControlTrace();
  const ids = { eventId: "event", cloudTrailEventId: "record" };
  const place = { account: drillCase.account.id, region: drillCase.region };
  trace.note({
    ...ids,
    ...place,
    at: 2_000,
    stage: "call",
    text: "PutBucketPolicy was called.",
    eventName: "PutBucketPolicy",
    resource: ARN,
  });
  return { trace, ids, place };
}

describe("the cause of a failed drill", () => {
  it("is the trail, when none that logs covers the region", async () => {
    const { trace, ids } = tracedCall();
    trace.note({ ...ids, stage: "trail", text: "Not recorded.", stopped: "No trail records it." });
    const unrecorded = "No trail that logs covers it.";

    const diagnosis = await diagnoseWith(trace, factsWith({ unrecorded }))(ask());

    assert.deepEqual(diagnosis, { cause: unrecorded, final: true });
  });

  it("is the trail, also when nothing at all is known of the call", async () => {
    const unrecorded = "No trail that logs covers it.";

    const { cause } = await diagnoseWith(createControlTrace(), factsWith({ unrecorded }))(ask());

    assert.equal(cause, unrecorded);
  });

  it("is a call that went past the gateway, when trails log and nothing is known of it", async () => {
    const { cause, final } = await diagnoseWith(createControlTrace(), factsWith({}))(ask());

    assert.match(cause, /No API call on the resource was seen in payments \(200000000001\) in eu-west-1/);
    assert.equal(final, false);
  });

  it("is the region, when its bus forwards nothing", async () => {
    const { trace, ids } = tracedCall();
    trace.note({ ...ids, stage: "rule", text: "No rule.", stopped: "No rule matched." });
    const forwarding = "Region eu-west-1 of account payments is not forwarded.";

    const { cause } = await diagnoseWith(trace, factsWith({ forwarding }))(ask());

    assert.equal(cause, forwarding);
  });

  it("is where the event's path ended, when region and trail are in order", async () => {
    const { trace, ids } = tracedCall();
    trace.note({
      ...ids,
      stage: "dead letter",
      text: "Given up.",
      stopped: "the policy of the hub bus\n does not allow events:PutEvents",
    });

    const { cause, final } = await diagnoseWith(trace, factsWith({}))(ask());

    assert.equal(cause, "the policy of the hub bus does not allow events:PutEvents.");
    assert.equal(final, true);
  });

  it("is what the function reports, before anything else", async () => {
    const { trace } = tracedCall();
    const failed = outcomeOf(ARN, "failed", {
      error: "AccessDenied: role/x does not exist",
      retryable: false,
    });

    const diagnosis = await diagnoseWith(trace, factsWith({ unrecorded: "No trail." }))(ask([failed]));

    assert.deepEqual(diagnosis, {
      cause:
        "The function of s3-bucket-policy-not-public could not remediate it: AccessDenied: role/x does not exist.",
      final: true,
    });
  });

  it("is not final while the function will retry", async () => {
    const failed = outcomeOf(ARN, "failed", { error: "Throttling", retryable: true });

    const { cause, final } = await diagnoseWith(createControlTrace(), factsWith({}))(ask([failed]));

    assert.match(cause, /Throttling/);
    assert.equal(final, false);
  });

  it("is the judgement, when the function found nothing wrong", async () => {
    const { cause } = await diagnoseWith(
      createControlTrace(),
      factsWith({}),
    )(ask([outcomeOf(ARN, "compliant")]));

    assert.match(cause, /found nothing wrong with it/);
  });

  it("is the mode, when the function only notified", async () => {
    const { cause } = await diagnoseWith(
      createControlTrace(),
      factsWith({}),
    )(ask([outcomeOf(ARN, "notified")]));

    assert.match(cause, /its mode is notify/);
  });

  const cases: [string, PipelineFacts, RegExp, boolean][] = [
    [
      "a function that crashes",
      { ...healthy, function: { state: "Active", lastError: "SyntaxError: Unexpected token" } },
      /crashes: SyntaxError: Unexpected token\.$/,
      true,
    ],
    ["a queue that does not exist", { ...healthy, queue: undefined }, /queue .* does not exist/, true],
    [
      "a function that does not exist",
      { ...healthy, function: undefined },
      /function .* does not exist/,
      true,
    ],
    [
      "messages that were given up",
      { ...healthy, deadLetters: { count: 2, error: "NO_PERMISSIONS" } },
      /^2 messages of .* dead-letter queue: NO_PERMISSIONS\.$/,
      true,
    ],
    ["a queue that nothing reads", { ...healthy, mapping: undefined }, /no event source mapping/, true],
    ["a mapping that is off", { ...healthy, mapping: "Disabled" }, /event source mapping is Disabled/, true],
    [
      "a function that does not finish",
      { ...healthy, queue: { waiting: 0, inFlight: 1 } },
      /has taken the event/,
      false,
    ],
    ["a queue that waits", { ...healthy, queue: { waiting: 3, inFlight: 0 } }, /waits in the queue/, false],
  ];
  for (const [what, pipeline, cause, final] of cases) {
    it(`is ${what}`, async () => {
      const { trace, ids } = tracedCall();
      trace.note({ ...ids, stage: "target", text: "Sent to the queue." });

      const diagnosis = await diagnoseWith(trace, factsWith({ pipeline }))(ask());

      assert.match(diagnosis.cause, cause);
      assert.equal(diagnosis.final, final);
    });
  }

  describe("of an event that stopped on another control's branch", () => {
    const lost = {
      stage: "target",
      text: "Not delivered.",
      stopped: "The rule bailiwick-other matched, but its queue did not receive the event",
      data: { rule: "other", target: "arn:aws:sqs:eu-west-1:2:bailiwick-other" },
    } as const;
    const handed = (target: string) =>
      ({ stage: "target", text: "Handed over.", data: { to: "queue", rule: "r", target } }) as const;

    it("is looked for behind this control's queue, when that got it", async () => {
      const { trace, ids } = tracedCall();
      trace.note({ ...ids, ...handed(`arn:aws:sqs:eu-west-1:2:bailiwick-${drillCase.control.id}`) });
      trace.note({ ...ids, ...lost });
      const pipeline = { ...healthy, mapping: "Disabled" };

      const { cause } = await diagnoseWith(trace, factsWith({ pipeline }))(ask());

      assert.match(cause, /event source mapping is Disabled/);
    });

    it("is the stop, when a queue of somebody else's got it", async () => {
      const { trace, ids } = tracedCall();
      trace.note({ ...ids, ...handed("arn:aws:sqs:eu-west-1:1:audit") });
      trace.note({ ...ids, ...lost });

      const { cause, final } = await diagnoseWith(trace, factsWith({}))(ask());

      assert.equal(cause, `${lost.stopped}.`);
      assert.equal(final, true);
    });
  });

  it("is the last known step, when everything looks healthy", async () => {
    const { trace, ids } = tracedCall();
    trace.note({ ...ids, stage: "target", text: "Sent to the queue q." });

    const { cause, final } = await diagnoseWith(trace, factsWith({}))(ask());

    assert.match(cause, /Sent to the queue q\. No outcome has been reported since\./);
    assert.equal(final, false);
  });

  it("is reported as unknown when it can't be looked up", async () => {
    const facts = { ...factsWith({}), unrecorded: () => Promise.reject(new Error("connection refused")) };

    const diagnosis = await diagnoseWith(createControlTrace(), facts)(ask());

    assert.deepEqual(diagnosis, {
      cause: "The cause could not be looked up: connection refused",
      final: false,
    });
  });
});
