import assert from "node:assert/strict";
import { checkMessage, startReceiver, type Receiver, type SlackBlock } from ".";
import { messageHtml, messageText } from "./mrkdwn";

const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
const errorOf = (message: unknown) => {
  const answer = checkMessage(typeof message === "string" ? message : JSON.stringify(message));
  return "error" in answer ? answer.error : undefined;
};

describe("Slack's check of a message", () => {
  it("accepts text alone, and every known kind of block", () => {
    assert.equal(errorOf({ text: "hello" }), undefined);
    const blocks = [
      { type: "header", text: { type: "plain_text", text: "Hello" } },
      section("*Hello*"),
      { type: "section", fields: [{ type: "mrkdwn", text: "a" }] },
      { type: "context", elements: [{ type: "mrkdwn", text: "small" }] },
      { type: "divider" },
    ];
    assert.equal(errorOf({ blocks }), undefined);
  });

  for (const [what, message, error] of [
    ["no JSON", "hello", "invalid_payload"],
    ["a list", "[]", "invalid_payload"],
    ["nothing to say", {}, "no_text"],
    ["text of 40,001 characters", { text: "x".repeat(40_001) }, "msg_too_long"],
    ["51 blocks", { blocks: Array(51).fill({ type: "divider" }) }, "invalid_blocks"],
    ["an unknown block", { blocks: [{ type: "banner" }] }, "invalid_blocks"],
    ["a header in markup", { blocks: [{ type: "header", text: section("x").text }] }, "invalid_blocks"],
    [
      "a header of 151 characters",
      { blocks: [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }] },
      "invalid_blocks",
    ],
    ["a section of 3,001 characters", { blocks: [section("x".repeat(3001))] }, "invalid_blocks"],
    ["an empty section", { blocks: [section("")] }, "invalid_blocks"],
    ["a section of nothing", { blocks: [{ type: "section" }] }, "invalid_blocks"],
    [
      "eleven fields",
      { blocks: [{ type: "section", fields: Array(11).fill({ type: "mrkdwn", text: "x" }) }] },
      "invalid_blocks",
    ],
    [
      "a field of 2,001 characters",
      { blocks: [{ type: "section", fields: [{ type: "mrkdwn", text: "x".repeat(2001) }] }] },
      "invalid_blocks",
    ],
    ["blocks too long together", { blocks: Array(5).fill(section("x".repeat(2900))) }, "msg_blocks_too_long"],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.equal(errorOf(message), error);
    });
});

describe("the receiver", () => {
  let receiver: Receiver;
  let time: number;
  beforeEach(async () => {
    time = 1_000_000;
    receiver = await startReceiver({ now: () => time });
  });
  afterEach(() => receiver.close());

  const path = "/services/T/B/key";
  const post = (body: unknown, to = path) =>
    fetch(`${receiver.url}${to}`, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(body),
    });

  it("answers ok and keeps the message", async () => {
    const response = await post({ text: "hello" });

    assert.deepEqual([response.status, await response.text()], [200, "ok"]);
    assert.deepEqual(
      receiver.messages.map(({ path: at, message }) => [at, message]),
      [[path, { text: "hello" }]],
    );
  });

  it("refuses with Slack's status and error code, and keeps the reason", async () => {
    const response = await post({});

    assert.deepEqual([response.status, await response.text()], [400, "no_text"]);
    assert.match(receiver.refused[0]?.why ?? "", /^no_text: /);
    assert.equal(receiver.messages.length, 0);
    assert.equal((await post({ text: "x" }, "/services/gone")).status, 404);
  });

  it("answers 429 beyond a burst and one message a second, separately for each webhook", async () => {
    const statuses = async (times: number) => {
      const answers: number[] = [];
      for (let index = 0; index < times; index++) answers.push((await post({ text: "x" })).status);
      return answers;
    };

    assert.deepEqual(await statuses(4), [200, 200, 200, 429]);
    assert.equal((await post({ text: "x" }, "/services/T/B/other")).status, 200);
    const refused = await post({ text: "x" });
    assert.equal(refused.headers.get("retry-after"), "1");
    time += 1_000;
    assert.deepEqual(await statuses(2), [200, 429]);
  });

  it("fails as planned, once for each fault", async () => {
    receiver.plan(path, [{ status: 500 }, { status: 429, retryAfterSeconds: 30 }]);

    assert.equal((await post({ text: "x" })).status, 500);
    const limited = await post({ text: "x" });
    assert.deepEqual([limited.status, limited.headers.get("retry-after")], [429, "30"]);
    assert.equal((await post({ text: "x" })).status, 200);
  });

  it("keeps mails, and confirms its subscription on request", async () => {
    const confirmed: string[] = [];
    const mailbox = await startReceiver({
      confirm: (arn, token) => Promise.resolve(void confirmed.push(`${arn} ${token}`)),
    });
    try {
      const send = (body: object) =>
        fetch(`${mailbox.url}/mail`, { method: "POST", body: JSON.stringify(body) });
      await send({ Type: "SubscriptionConfirmation", TopicArn: "arn:t", Token: "abc" });
      await send({ Type: "Notification", TopicArn: "arn:t", Subject: "Hello", Message: "World" });
      assert.deepEqual(confirmed, ["arn:t abc"]);
      assert.deepEqual(
        mailbox.mails.map(({ subject, text, topicArn }) => [subject, text, topicArn]),
        [["Hello", "World", "arn:t"]],
      );
    } finally {
      await mailbox.close();
    }
  });
});

describe("a message for people", () => {
  const blocks: SlackBlock[] = [
    { type: "header", text: { type: "plain_text", text: "Put <right>" } },
    section(
      "*What*\n• See <https://example.com/?a=1&amp;b=2|here &amp; there>, `a*b*c`, &lt;b&gt; :red_circle: _now_",
    ),
    { type: "context", elements: [{ type: "mrkdwn", text: "<!date^1^{date}|2026-01-02>" }] },
  ];

  it("is HTML in which the message's own characters are never markup", () => {
    assert.equal(
      messageHtml({ blocks }),
      '<p class="head">Put &#60;right&#62;</p>\n' +
        '<p><b>What</b><br>• See <a href="https://example.com/?a=1&#38;b=2">here &#38; there</a>, <code>a*b*c</code>, &#60;b&#62; 🔴 <i>now</i></p>\n' +
        '<p class="small">2026-01-02</p>',
    );
  });

  it("is text", () => {
    assert.equal(
      messageText({ blocks }),
      "Put <right>\nWhat\n• See here & there, `a*b*c`, <b> 🔴 now\n2026-01-02",
    );
  });
});
