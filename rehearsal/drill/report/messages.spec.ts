import assert from "node:assert/strict";
import { reportOf, resultOf } from "../testing/fakes";
import { elementsOf, loadsOf } from "../testing/wellformed";
import { messagesText, type DeliveredMessages } from "./messages";
import { renderPage } from "./page";
import { renderText } from "./table";

const slack = (head: string, detail: string): DeliveredMessages["slack"][number] => ({
  kind: "slack",
  path: "/services/T/B/k",
  at: Date.UTC(2026, 0, 2, 3, 4),
  message: {
    text: head,
    blocks: [
      { type: "header", text: { type: "plain_text", text: head } },
      { type: "section", text: { type: "mrkdwn", text: detail } },
    ],
  },
});
const delivered: DeliveredMessages = {
  slack: [
    slack("3 × Remediated: A", "three"),
    slack("Remediated: A", "*one* of `<b>` <https://example.com/|there>"),
    slack("Found: B", "other"),
  ],
  mails: [
    { kind: "email", topicArn: "arn:t", subject: "[critical] Remediated: A", text: "Dear <all>", at: 0 },
  ],
  refused: [],
  undelivered: [],
};

describe("the messages of a run", () => {
  it("are shown on the page, of each kind the one about the fewest resources", async () => {
    const page = await renderPage({ ...reportOf([resultOf()]), messages: delivered });

    assert.doesNotThrow(() => elementsOf(page));
    // A link, which only people follow.
    assert.deepEqual(loadsOf(page), ["https://example.com/"]);
    assert.match(page, /<h2 id="messages">Notifications<\/h2>/);
    assert.match(page, /3 messages to Slack, 1 mail\./);
    assert(page.includes("<b>one</b> of <code>"));
    assert(!page.includes("three") && page.includes("other"));
    assert(page.includes("Dear &#60;all&#62;"));
  });

  it("are left out without channels", async () => {
    const page = await renderPage(reportOf([resultOf()]));

    assert(!page.includes('id="messages"'));
  });

  it("are counted in the terminal, with those that were refused, still under way and not delivered", () => {
    const text = renderText({ ...reportOf([resultOf()]), messages: delivered }, { colors: false });

    assert(text.includes("Notified: 3 messages to Slack, 1 mail\n"));
    assert.equal(
      messagesText({
        slack: [],
        mails: [],
        refused: [{ path: "/x", status: 500, why: "no", at: 0 }],
        undelivered: [{ channel: "platform", count: 2, error: "It answered 404." }],
      }),
      "0 messages to Slack, 0 mails, 1 refused and retried, 2 in the dead-letter queue of platform (It answered 404.)",
    );
    assert.equal(
      messagesText({ slack: [], mails: [], refused: [] }),
      "0 messages to Slack, 0 mails, some were still under way",
    );
  });
});
