/** The messages of a run as people received them. */
import { messageHtml } from "@bailiwick/local-aws/slack";
import type { ReceivedMail, ReceivedMessage, RefusedRequest } from "@bailiwick/local-aws/slack";
import type { Undelivered } from "../../channels/delivery";
import { escape } from "./markup";

export interface DeliveredMessages {
  slack: readonly ReceivedMessage[];
  mails: readonly ReceivedMail[];
  /** Requests that Slack would not have accepted; EventBridge has retried those that may succeed later. */
  refused: readonly RefusedRequest[];
  /** Messages in dead-letter queues; undefined: some were still under way when the run ended. */
  undelivered?: readonly Undelivered[];
}

/** Up to this many of each are shown in full. */
const MOST_SHOWN = 12;

/** For people: `14 messages to Slack, 6 mails`. */
export function messagesText({ slack, mails, refused, undelivered }: DeliveredMessages): string {
  const count = (number: number, one: string, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
  const parts = [`${count(slack.length, "message")} to Slack`, count(mails.length, "mail")];
  if (refused.length > 0) parts.push(`${refused.length} refused and retried`);
  if (undelivered === undefined) parts.push("some were still under way");
  for (const { channel, count: lost, error } of undelivered ?? [])
    parts.push(`${lost} in the dead-letter queue of ${channel}${error ? ` (${error})` : ""}`);
  return parts.join(", ");
}

/** A section of the page; empty without channels. */
export function messagesSection(messages: DeliveredMessages | undefined): string {
  if (messages === undefined) return "";
  const { slack, mails } = messages;
  const chosen = oneOfEachKind(slack, ({ message }) => message.blocks?.[0]?.text?.text ?? "");
  const cards = chosen.map(
    ({ message, at }) => `<article class="message" aria-label="Slack message">
<p class="sender"><b>Bailiwick</b> <time datetime="${new Date(at).toISOString()}">${new Date(at).toISOString().slice(11, 16)}</time></p>
${messageHtml(message)}</article>`,
  );
  const letters = oneOfEachKind(mails, ({ subject }) => subject).map(
    ({ subject, text }) => `<article class="message" aria-label="E-mail">
<p class="sender"><b>${escape(subject)}</b></p>
<pre>${escape(text)}</pre></article>`,
  );
  return `<section aria-labelledby="messages">
<h2 id="messages">Notifications</h2>
<p class="note">${escape(messagesText(messages))}. One of each kind is shown.</p>
<div class="messages">${[...cards, ...letters].join("\n")}</div>
</section>`;
}

/** Of messages whose headings differ only in the count, the one with the lowest count: it says most about each resource. */
function oneOfEachKind<T>(all: readonly T[], headingOf: (message: T) => string): T[] {
  const chosen = new Map<string, { message: T; count: number }>();
  for (const message of all) {
    const [, figure, rest = ""] =
      /^(?:\[\w+\] )?(?:(\d+) [×x] )?(.*?)(?: \([^)]*\))?$/.exec(headingOf(message)) ?? [];
    const count = Number(figure ?? 1);
    if (count < (chosen.get(rest)?.count ?? Number.POSITIVE_INFINITY)) chosen.set(rest, { message, count });
  }
  return [...chosen.values()].slice(0, MOST_SHOWN).map(({ message }) => message);
}

export const MESSAGES_CSS = `
.note { margin: -6px 0 14px; color: var(--ink-soft); }
.messages { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: 14px; align-items: start; }
.message { border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 8px; padding: 12px 16px; font-size: 14px; overflow-wrap: anywhere; }
.message p { margin: 4px 0 8px; }
.message .sender { color: var(--ink-soft); font-size: 13px; margin: 0 0 6px; }
.message .head { font-weight: 700; font-size: 16px; }
.message .small { color: var(--ink-soft); font-size: 12.5px; margin: 2px 0; }
.message .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 0 14px; }
.message a { color: var(--accent); }
.message pre { margin: 0; white-space: pre-wrap; font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }`;
