import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Outcome } from "../../controls/lib/outcome";
import { emailOf, LONGEST_SUBJECT } from "../../functions/notifier/email";
import { messageOf } from "../../functions/notifier/message";
import { slackPayload } from "../../functions/notifier/slack";
import { outcomeOf, settings } from "../../functions/notifier/testing";
import { checkMessage } from "@bailiwick/local-aws/slack";

/** Texts as events may carry them, long and hostile ones among them. */
const anyText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom(
    "<!channel>",
    "a|b>c&d",
    "`*_~",
    "😀".repeat(400),
    "x".repeat(5_000),
    "&<>".repeat(1_500),
    "\n\n",
  ),
);
const anyOutcome: fc.Arbitrary<Outcome> = fc
  .record({
    control: fc.constantFrom("s3-bucket-policy-not-public", "told", "unknown", "watch_platform_x"),
    outcome: fc.constantFrom<Outcome["outcome"]>("remediated", "notified", "failed", "suppressed", "undone"),
    eventName: anyText,
    findings: fc.array(anyText, { maxLength: 60 }),
    remedies: fc.array(anyText, { maxLength: 60 }),
    remaining: fc.array(anyText, { maxLength: 3 }),
    principal: anyText,
    sourceIpAddress: anyText,
    userAgent: anyText,
    time: fc.oneof(anyText, fc.constant("2026-03-17T08:41:27Z")),
    error: fc.option(anyText, { nil: undefined }),
    facts: fc.dictionary(anyText, anyText, { maxKeys: 30 }),
    id: anyText,
  })
  .map(({ id, ...change }) =>
    outcomeOf({ ...change, resource: { ...outcomeOf().resource!, id, arn: `arn:aws:s3:::${id}` } }),
  );

describe("whatever the outcomes, the message", () => {
  it("is one that Slack and SNS take", function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(fc.array(anyOutcome, { minLength: 1, maxLength: 30 }), (outcomes) => {
        const message = messageOf(outcomes as [Outcome, ...Outcome[]], settings);
        const checked = checkMessage(JSON.stringify(slackPayload(message)));
        if ("error" in checked) assert.fail(`${checked.error}: ${checked.why}`);
        const { subject, text } = emailOf(message);
        assert(subject.length <= LONGEST_SUBJECT && /^[\x21-\x7e][\x20-\x7e]*$/.test(subject), subject);
        assert(Buffer.byteLength(text) < 256 * 1024);
      }),
      { numRuns: 300 },
    );
  });
});
