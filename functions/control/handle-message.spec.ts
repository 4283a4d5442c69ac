import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import assert from "node:assert/strict";
import { SETTINGS } from "../../contract/testing";
import { RetryableError } from "../../controls/lib/errors";
import type { Outcome } from "../../controls/lib/outcome";
import { BASE, burning, dark, event, messages, mockHandler } from "./testing";

describe("the handler of a control, when something fails,", () => {
  const { sts, bus, queue, logged, bulb, run, outcomes, sent } = mockHandler();

  const sdk = (name: string, message: string, more: object = {}) =>
    Object.assign(new Error(message), { name, ...more });
  /** What fails, how, whether it is retryable, its text, and what was found and done before. */
  const failures: [string, () => void, boolean, string, Partial<Outcome>?][] = [
    [
      "a role that can't be assumed",
      () => sts.on(AssumeRoleCommand).rejects(sdk("AccessDenied", "not authorized")),
      false,
      "Access denied while assuming arn:aws:iam::210987654321:role/bailiwick-lamp. Check the permissions and the trust of the control's " +
        "role in that account, and what service control policies or resource policies deny. (AccessDenied: not authorized)",
    ],
    [
      "a state that can't be read",
      () => (bulb.states = [sdk("AccessDeniedException", "no")]),
      false,
      `Access denied while reading ${BASE.resource.arn}. Check the permissions and the trust of the control's role in that account, and ` +
        "what service control policies or resource policies deny. (AccessDeniedException: no)",
    ],
    [
      "throttling",
      () => (bulb.states = [sdk("ThrottlingException", "slow down")]),
      true,
      `AWS limits the rate of calls while reading ${BASE.resource.arn}; it will be retried. (ThrottlingException: slow down)`,
    ],
    [
      "a broken connection while fixing",
      () =>
        (bulb.beforeFix = () => {
          throw sdk("Error", "reset", { code: "ECONNRESET" });
        }),
      true,
      `AWS could not be reached while changing ${BASE.resource.arn}; it will be retried. (Error: reset)`,
      { findings: ["It burns."] },
    ],
    [
      "a resource that goes away while it is fixed",
      () =>
        (bulb.beforeFix = () => {
          throw sdk("InvalidGroup.NotFound", "gone");
        }),
      true,
      `The resource changed while changing ${BASE.resource.arn}; it will be retried. (InvalidGroup.NotFound: gone)`,
      { findings: ["It burns."] },
    ],
    [
      "an internal fault of AWS while verifying",
      () => (bulb.states = [burning, sdk("InternalError", "oops", { $metadata: { httpStatusCode: 500 } })]),
      true,
      `AWS had an internal fault while verifying ${BASE.resource.arn}; it will be retried. (InternalError: oops)`,
      { findings: ["It burns."], remedies: ["Switch it off."] },
    ],
    ["a control's own error", () => (bulb.states = [new RetryableError("Later.")]), true, "Later."],
    [
      "a bug",
      () => (bulb.states = [new TypeError("x is not a function")]),
      false,
      `Unexpected failure while reading ${BASE.resource.arn}. (TypeError: x is not a function)`,
    ],
  ];
  for (const [what, prepare, retryable, error, progress] of failures) {
    it(`reports ${what} and tries again`, async () => {
      prepare();
      assert.deepEqual(await run(messages(event())), { batchItemFailures: [] });
      const [{ failure, nextLook, ...outcome }, ...others] = outcomes() as [Outcome];
      assert.deepEqual(
        [outcome, others],
        [{ ...BASE, outcome: "failed", retryable, error, ...progress }, []],
      );
      assert.deepEqual([failure?.isFirst, failure?.givenUp], [true, false]);
      assert.equal(nextLook?.because, error);
      assert.deepEqual(
        sent().map(({ queue, look }) => [queue, look?.reason, look?.failures]),
        [["bailiwick-lamp", "failed", [failure?.kind]]],
      );
      assert.equal(bulb.fixes.length, progress?.remedies ? 1 : 0);
      assert.deepEqual(logged, [`error failed: ${BASE.resource.arn}`]);
    });
  }

  const malformed: [string, string | EventBridgeEvent, string][] = [
    ["no JSON", "{", "The message is not JSON, so no event can be read from it."],
    [
      "no object",
      "7",
      "The message is not an EventBridge event. (all): Invalid type: Expected Object but received 7.",
    ],
    [
      "a forged account",
      event({ account: "*" }),
      "The message is not an EventBridge event. account: Expected 12 digits.",
    ],
    [
      "a hostile region",
      event({ region: "eu-west-1/../*" }),
      "The message is not an EventBridge event. region: Expected a region.",
    ],
    [
      "no detail",
      JSON.stringify({ ...event(), detail: undefined, id: 7 }),
      'The message is not an EventBridge event. id: Invalid type: Expected string but received 7; detail: Invalid key: Expected "detail" but received undefined.',
    ],
  ];
  for (const [what, body, error] of malformed) {
    it(`reports a message with ${what}, gives it up and changes nothing`, async () => {
      assert.deepEqual(await run(messages(body)), { batchItemFailures: [] });
      assert.deepEqual(
        sent().map(({ queue }) => queue),
        ["bailiwick-lamp-dlq"],
      );
      const { eventId, resource, outcome, retryable, error: text } = outcomes()[0]!;
      assert.deepEqual(
        { eventId, resource, outcome, retryable, text },
        { eventId: "m1", resource: null, outcome: "failed", retryable: false, text: error },
      );
      assert.equal(sts.calls().length, 0);
    });
  }

  it("reports an event that names no resource", async () => {
    await run(messages(event({ detail: { bulb: 7 } })));
    const [outcome] = outcomes();
    assert.equal(outcome?.eventId, event().id);
    assert.equal(
      outcome?.error,
      `The event ${event().id} names no AWS::Lamp::Bulb that could exist. If it is genuine, the control lamp-bulb-not-burning must be ` +
        "changed to find the resource that it names.",
    );
  });

  it("returns only the messages of a batch for which it can't send another attempt", async () => {
    bulb.states = [dark, dark];
    queue
      .on(SendMessageCommand, { QueueUrl: SETTINGS.deadLetterQueueUrl })
      .rejects(sdk("ServiceUnavailable", "no"));
    const result = await run(messages(event(), "{", event()));
    assert.deepEqual(result, { batchItemFailures: [{ itemIdentifier: "m2" }] });
  });

  it("tries again to report an outcome that the hub bus does not take", async () => {
    bus
      .on(PutEventsCommand)
      .resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "later" }] });
    assert.deepEqual(await run(messages(event())), { batchItemFailures: [] });
    bulb.states = [dark];
    bus.on(PutEventsCommand).rejects(sdk("AccessDeniedException", "no"));
    assert.deepEqual(await run(messages(event())), { batchItemFailures: [] });
    assert.deepEqual(
      sent().map(({ look }) => [look?.reason, look?.failures]),
      [
        ["failed", ["fault"]],
        ["failed", ["denied"]],
      ],
    );
  });
});
