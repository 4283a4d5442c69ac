import assert from "node:assert/strict";
import type { Failure, Outcome } from "../../controls/lib/outcome";
import { emailOf, LONGEST_SUBJECT } from "./email";
import { groupOutcomes, messageOf, principalText, worthNotifying } from "./message";
import { slackPayload } from "./slack";
import { outcomeOf, settings } from "./testing";

describe("a message", () => {
  it("says what, where, who, from where, what was done, how to exempt and where to read more", () => {
    const message = messageOf([outcomeOf()], settings);

    assert.deepEqual(message, {
      control: "s3-bucket-policy-not-public",
      severity: "critical",
      headline: "Remediated: S3 bucket policies grant nothing to the public",
      remediesLabel: "Done",
      items: [
        {
          account: { id: "444444444444", name: "payments" },
          region: "eu-west-1",
          resource: {
            id: "invoices",
            arn: "arn:aws:s3:::invoices",
            url: "https://eu-west-1.console.aws.amazon.com/s3/buckets/invoices?region=eu-west-1",
          },
          who: "maria (role Admin)",
          from: "198.51.100.7 with aws-cli/2.30.0",
          eventName: "PutBucketPolicy",
          time: "2026-03-17T08:41:27Z",
          findings: ["Statement 2 lets in everyone."],
          remedies: ["Remove statement 2."],
          remaining: [],
          facts: {},
        },
      ],
      exempt:
        'Add to bailiwick:exemptions in Pulumi.<stack>.yaml: { control: s3-bucket-policy-not-public, resource: "arn:aws:s3:::invoices", ' +
        'owner: <who answers for it>, reason: <why>, expires: "<YYYY-MM-DD>" }',
      page: "https://docs.example.com/catalogue.md#s3-bucket-policy-not-public",
    });
  });

  it("says what the remediation would be, and what a person does by hand", () => {
    const message = messageOf([outcomeOf({ outcome: "notified" })], settings);

    assert.equal(
      message.headline,
      "Violation found, not remediated: S3 bucket policies grant nothing to the public",
    );
    assert.equal(message.remediesLabel, "Remediation in mode enforce");
    assert.equal(message.steps, "Name the accounts that need it.");
  });

  it("of a control that only reports has its title as headline, and says how to switch it off", () => {
    const message = messageOf(
      [outcomeOf({ control: "bucket-reported", outcome: "notified", remedies: [] })],
      settings,
    );

    assert.equal(message.headline, "The creation of a bucket is reported");
    assert.equal(message.steps, undefined);
    assert.equal(
      message.exempt,
      `pulumi config set --path 'bailiwick:controls["bucket-reported"].accounts["444444444444"]' off`,
    );
  });

  it("of a watch says how to remove it", () => {
    const message = messageOf([outcomeOf({ control: "watch_platform_iam-createuser" })], settings);

    assert.equal(message.exempt, "bailiwick watch remove watch_platform_iam-createuser");
  });

  it("of a failure says what went wrong", () => {
    const failed = outcomeOf({ outcome: "failed", error: "Access denied.", resource: null, remedies: [] });
    const message = messageOf([failed], settings);

    assert.equal(
      message.headline,
      "Given up, a person must act: S3 bucket policies grant nothing to the public",
    );
    assert.equal(message.items[0]?.error, "Access denied.");
    assert.equal(message.items[0].account, undefined);
  });

  it("of an unknown control and an unknown account names both by id", () => {
    const message = messageOf(
      [outcomeOf({ control: "constructor", resource: { ...outcomeOf().resource!, account: "toString" } })],
      settings,
    );

    assert.equal(message.headline, "Remediated: constructor");
    assert.deepEqual(message.items[0]?.account, { id: "toString" });
  });
});

describe("outcomes", () => {
  it("become one message only if control, outcome and remediation are alike", () => {
    const groups = groupOutcomes([
      outcomeOf({ eventId: "1" }),
      outcomeOf({ eventId: "2", outcome: "notified" }),
      outcomeOf({ eventId: "3" }),
      outcomeOf({ eventId: "4", control: "bucket-reported" }),
      outcomeOf({ eventId: "5", outcome: "notified", remedies: [] }),
    ]);

    assert.deepEqual(
      groups.map((group) => group.map(({ eventId }) => eventId)),
      [["1", "3"], ["2"], ["4"], ["5"]],
    );
  });

  it("of good states need no message, unless an exemption does not hold", () => {
    assert.equal(worthNotifying(outcomeOf({ outcome: "compliant" })), false);
    assert.equal(worthNotifying(outcomeOf({ outcome: "exempted" })), false);
    assert.equal(worthNotifying(outcomeOf({ outcome: "exempted", exemptionFaults: ["It expired."] })), true);
    assert.equal(worthNotifying(outcomeOf({ outcome: "notified" })), true);
  });

  it("that failed need a message at the first failure of a kind, once a disturbance lasts, and when they are given up", () => {
    const failed = (retryable: boolean, change: Partial<Failure>) =>
      outcomeOf({
        outcome: "failed",
        retryable,
        failure: {
          ...{ kind: "denied", isFirst: false, isLasting: false, givenUp: false },
          ...{ since: "2026-03-17T08:41:27Z", ...change },
        },
      });

    const headlines = (
      [
        [false, { isFirst: true }],
        [false, { givenUp: true }],
        [true, { isLasting: true }],
        [true, { givenUp: true }],
      ] as const
    ).map(([retryable, change]) => {
      const outcome = failed(retryable, change);
      assert.equal(worthNotifying(outcome), true);
      return messageOf([outcome], settings).headline.split(":")[0];
    });

    assert.deepEqual(headlines, [
      "Could not be handled, and is retried",
      "Given up, a person must act",
      "Delayed by a disturbance, and retried",
      "Given up after several hours",
    ]);
    for (const quiet of [failed(false, {}), failed(true, {}), failed(true, { isFirst: true })])
      assert.equal(worthNotifying(quiet), false);
  });

  it("that an account's circuit breaker delays need a message each, because each is another resource", () => {
    const breaker = {
      id: "a1",
      scope: "account" as const,
      opened: false,
      until: "",
      actions: 100,
      windowMinutes: 10,
    };
    const outcome = outcomeOf({ outcome: "suppressed", breaker: { ...breaker, principals: [] } });

    assert.equal(worthNotifying(outcome), true);
    assert.equal(messageOf([outcome], settings).remediesLabel, "Remediation after the delay");
  });

  it("of an open circuit breaker need a message when it opens", () => {
    const breaker = (opened: boolean): Outcome["breaker"] => ({
      id: "b1",
      scope: "resource",
      opened,
      until: "2026-03-17T09:41:27Z",
      actions: 3,
      windowMinutes: 10,
      principals: ["arn:aws:iam::444444444444:user/robot"],
    });

    assert.equal(worthNotifying(outcomeOf({ outcome: "suppressed", breaker: breaker(true) })), true);
    assert.equal(worthNotifying(outcomeOf({ outcome: "suppressed", breaker: breaker(false) })), false);
    const { items } = messageOf([outcomeOf({ outcome: "suppressed", breaker: breaker(true) })], settings);
    assert.equal(items[0]?.facts["Changed by"], "user robot of 444444444444");
  });
});

describe("a principal", () => {
  for (const [arn, words] of [
    ["arn:aws:iam::444444444444:user/maria", "user maria"],
    ["arn:aws:iam::444444444444:root", "root"],
    ["arn:aws:sts::444444444444:assumed-role/Admin/maria", "maria (role Admin)"],
    ["arn:aws:sts::555555555555:assumed-role/Admin/maria", "maria (role Admin of web)"],
    ["arn:aws:iam::999999999999:root", "root of 999999999999"],
    ["autoscaling.amazonaws.com", "autoscaling.amazonaws.com"],
    ["AIDAEXAMPLE", "AIDAEXAMPLE"],
  ] as const)
    it(`${arn} is named ${words}`, () => {
      assert.equal(principalText(arn, "444444444444", settings.accounts), words);
    });
});

describe("an e-mail", () => {
  it("has everything in plain text", () => {
    const { subject, text } = emailOf(messageOf([outcomeOf()], settings));

    assert.equal(subject, "[critical] Remediated: S3 bucket policies grant nothing to the public (payments)");
    assert.equal(
      text,
      [
        "Remediated: S3 bucket policies grant nothing to the public",
        "Severity: critical",
        "",
        "Resource: invoices  arn:aws:s3:::invoices",
        "Account:  payments (444444444444)",
        "Region:   eu-west-1",
        "By:       maria (role Admin)",
        "From:     198.51.100.7 with aws-cli/2.30.0",
        "Call:     PutBucketPolicy at 2026-03-17T08:41:27Z",
        "Console:  https://eu-west-1.console.aws.amazon.com/s3/buckets/invoices?region=eu-west-1",
        "What happened:",
        "  - Statement 2 lets in everyone.",
        "Done:",
        "  - Remove statement 2.",
        "",
        "To leave it alone:",
        '  Add to bailiwick:exemptions in Pulumi.<stack>.yaml: { control: s3-bucket-policy-not-public, resource: "arn:aws:s3:::invoices", ' +
          'owner: <who answers for it>, reason: <why>, expires: "<YYYY-MM-DD>" }',
        "",
        "About this control: https://docs.example.com/catalogue.md#s3-bucket-policy-not-public",
      ].join("\n"),
    );
  });

  it("has a subject that SNS takes, whatever its control", () => {
    for (const control of ["x".repeat(300), "größer", "a\nb"]) {
      const { subject } = emailOf(messageOf([outcomeOf({ control })], settings));
      assert(subject.length <= LONGEST_SUBJECT, subject);
      assert.match(subject, /^[\x20-\x7e]+$/);
    }
  });

  it("lists 25 in full and counts the others by account", () => {
    const many = Array.from({ length: 30 }, () => outcomeOf()) as [Outcome, ...Outcome[]];
    const { subject, text } = emailOf(messageOf(many, settings));

    assert.match(subject, /^\[critical\] 30 x Remediated/);
    assert.equal(text.split("Resource:").length - 1, 25);
    assert(text.includes("… and 5 more in payments."));
  });
});

describe("a Slack message", () => {
  it("has a header, what happened, the facts, what was done, how to exempt and where to read more", () => {
    const { text, blocks } = slackPayload(
      messageOf([outcomeOf({ facts: { Encryption: "aws:kms" } })], settings),
    );

    assert.equal(
      text,
      "[critical] Remediated: S3 bucket policies grant nothing to the public: invoices in payments",
    );
    assert.deepEqual(blocks, [
      {
        type: "header",
        text: { type: "plain_text", text: "Remediated: S3 bucket policies grant nothing to the public" },
      },
      { type: "section", text: { type: "mrkdwn", text: "*What happened*\n• Statement 2 lets in everyone." } },
      {
        type: "section",
        fields: [
          "*Account*\npayments (444444444444)",
          "*Region*\neu-west-1",
          "*Resource*\n<https://eu-west-1.console.aws.amazon.com/s3/buckets/invoices?region=eu-west-1|invoices>",
          "*By*\nmaria (role Admin)",
          "*From*\n198.51.100.7 with aws-cli/2.30.0",
          "*Call*\n`PutBucketPolicy` <!date^1773736887^{date_short_pretty} {time_secs}|2026-03-17T08:41:27Z>",
        ].map((field) => ({ type: "mrkdwn", text: field })),
      },
      { type: "section", fields: [{ type: "mrkdwn", text: "*Encryption*\naws:kms" }] },
      { type: "section", text: { type: "mrkdwn", text: "*Done*\n• Remove statement 2." } },
      {
        type: "context",
        elements: [
          {
            type: "mrkdwn",
            text:
              "*To leave it alone:* `Add to bailiwick:exemptions in Pulumi.&lt;stack&gt;.yaml: { control: s3-bucket-policy-not-public, " +
              'resource: "arn:aws:s3:::invoices", owner: &lt;who answers for it&gt;, reason: &lt;why&gt;, expires: "&lt;YYYY-MM-DD&gt;" }`',
          },
        ],
      },
      {
        type: "context",
        elements: [
          {
            type: "mrkdwn",
            text: ":red_circle: critical · <https://docs.example.com/catalogue.md#s3-bucket-policy-not-public|s3-bucket-policy-not-public>",
          },
        ],
      },
    ]);
  });

  it("contains no mention and no link from an event's texts", () => {
    const malicious = outcomeOf({ findings: ["<!channel> <https://evil.example|click> & more"] });
    const text = JSON.stringify(slackPayload(messageOf([malicious], settings)));

    assert(!text.includes("<!channel>"));
    assert(text.includes("&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; more"));
  });

  it("is shortened to what Slack takes, for one long outcome and for many", () => {
    const sentences = Array.from({ length: 60 }, () => "x".repeat(490));
    const long = outcomeOf({
      control: "c".repeat(300),
      outcome: "notified",
      findings: sentences,
      remedies: sentences,
      remaining: sentences,
      error: "e".repeat(5_000),
      facts: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`fact ${index}`, "y".repeat(500)])),
    });
    for (const count of [1, 2, 30]) {
      const { blocks } = slackPayload(messageOf(Array(count).fill(long) as [Outcome], settings));
      assert(JSON.stringify(blocks).length <= 12_000, String(JSON.stringify(blocks).length));
      assert(blocks.length <= 50);
      const [header] = blocks;
      assert(header?.type === "header" && header.text.text.length === 150);
    }
  });

  it("lists up to ten with one line each, and counts the others", () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      outcomeOf({ resource: { ...outcomeOf().resource!, id: `bucket-${index}` }, remaining: ["It is old."] }),
    ) as [Outcome, ...Outcome[]];
    const { blocks } = slackPayload(messageOf(many, settings));
    const texts = JSON.stringify(blocks);
    const lines = blocks.flatMap((block) =>
      block.type === "section" ? (block.text?.text.split("\n") ?? []) : [],
    );

    assert(texts.includes("12 × Remediated"));
    assert(texts.includes("bucket-9") && !texts.includes("bucket-10"));
    assert.deepEqual(lines.slice(0, 6), [
      "*<https://eu-west-1.console.aws.amazon.com/s3/buckets/bucket-0?region=eu-west-1|bucket-0>* · payments (444444444444), " +
        "eu-west-1 · maria (role Admin) · 198.51.100.7 with aws-cli/2.30.0 · `PutBucketPolicy` " +
        "<!date^1773736887^{date_short_pretty} {time_secs}|2026-03-17T08:41:27Z>",
      "• Statement 2 lets in everyone.",
      "_Done_",
      "• Remove statement 2.",
      "_Still to be done by a person_",
      "• It is old.",
    ]);
    assert(texts.includes("… and 2 more in payments."));
  });
});
