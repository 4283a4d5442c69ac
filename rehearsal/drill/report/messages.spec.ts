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
const told: DeliveredMessages = {
  slack: [
    slack("3 × Put right: A", "three"),
    slack("Put right: A", "*one* of `<b>` <https://example.com/|there>"),
    slack("Found: B", "other"),
  ],
  mails: [
    { kind: "email", topicArn: "arn:t", subject: "[critical] Put right: A", text: "Dear <all>", at: 0 },
  ],
  refused: [],
  undelivered: [],
};

describe("the messages of a run", () => {
  it("are shown on the page, of each kind the one that tells of the fewest", async () => {
    const page = await renderPage({ ...reportOf([resultOf()]), messages: told });

    assert.doesNotThrow(() => elementsOf(page));
    // A link, which nobody follows but people.
    assert.deepEqual(loadsOf(page), ["https://example.com/"]);
    assert.match(page, /<h2 id="messages">What people were told<\/h2>/);
    assert.match(page, /3 messages to Slack, 1 mail\./);
    assert(page.includes("<b>one</b> of <code>"));
    assert(!page.includes("three") && page.includes("other"));
    assert(page.includes("Dear &#60;all&#62;"));
  });

  it("are left out without channels", async () => {
    const page = await renderPage(reportOf([resultOf()]));

    assert(!page.includes('id="messages"'));
  });

  it("are counted in the terminal, with what was refused, what is still on its way and what was not taken", () => {
    const text = renderText({ ...reportOf([resultOf()]), messages: told }, { colors: false });

    assert(text.includes("Told: 3 messages to Slack, 1 mail\n"));
    assert.equal(
      messagesText({
        slack: [],
        mails: [],
        refused: [{ path: "/x", status: 500, why: "no", at: 0 }],
        undelivered: [{ channel: "platform", count: 2, error: "It answered 404." }],
      }),
      "0 messages to Slack, 0 mails, 1 refused and tried again, 2 in the dead-letter queue of platform (It answered 404.)",
    );
    assert.equal(
      messagesText({ slack: [], mails: [], refused: [] }),
      "0 messages to Slack, 0 mails, some were still on their way",
    );
  });
});
