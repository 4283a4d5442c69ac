/**
 * A message in Slack's blocks, within Slack's limits (https://docs.slack.dev/reference/block-kit/blocks), because Slack refuses a
 * message that exceeds them.
 */
import type { Item, Message } from "./message";
import { accountText, cut, moreText } from "./text";

const SLACK_LIMITS = {
  blocks: 50,
  header: 150,
  section: 3000,
  fields: 10,
  field: 2000,
  contextElements: 10,
  /** Slack documents no limit for all blocks together, but refuses messages above about 13,000 characters. */
  total: 12_000,
} as const;

interface Text {
  type: "plain_text" | "mrkdwn";
  text: string;
}
export type Block =
  | { type: "header"; text: Text }
  | { type: "section"; text?: Text; fields?: Text[] }
  | { type: "context"; elements: Text[] }
  | { type: "divider" };

/** What an incoming webhook takes. `text` is what notifications and screen readers show. */
export interface SlackPayload {
  text: string;
  blocks: Block[];
}

const SIGNS = {
  critical: ":red_circle:",
  high: ":large_orange_circle:",
  medium: ":large_yellow_circle:",
  low: ":white_circle:",
};
const REMAINING = "Still to be done by a person";
const MOST_ITEMS = 10;
const LONGEST_VALUE = 300;
/** Leaves room for the section's label, and for a dozen sections in a message. */
const LONGEST_LIST = 2_500;

/** The share of its own limit that each part keeps when a message would be too long. */
const SCALES = [1, 0.5, 0.2, 0.08];

export function slackPayload(message: Message): SlackPayload {
  // Long messages show fewer items, and then less of each.
  const counts = Array.from({ length: Math.min(MOST_ITEMS, message.items.length) }, (_, index) => index + 1);
  const sizes = [
    ...counts.reverse().map((shown) => [shown, 1] as const),
    ...SCALES.map((scale) => [1, scale] as const),
  ];
  const fits = (blocks: Block[]) =>
    blocks.length <= SLACK_LIMITS.blocks && lengthOf(blocks) <= SLACK_LIMITS.total;
  let blocks: Block[] = [];
  for (const [shown, scale] of sizes) {
    blocks = blocksOf(message, shown, scale);
    if (fits(blocks)) break;
  }
  return { text: fallbackText(message), blocks };
}

const lengthOf = (blocks: readonly Block[]) => JSON.stringify(blocks).length;

function blocksOf(message: Message, shown: number, scale: number): Block[] {
  const { items, severity, control, remediesLabel } = message;
  const [first] = items;
  const many = items.length > 1 ? `${items.length} × ` : "";
  const blocks: Block[] = [
    {
      type: "header",
      text: { type: "plain_text", text: cut(`${many}${message.headline}`, SLACK_LIMITS.header) },
    },
  ];
  if (items.length === 1 && first) blocks.push(...singleItem(first, remediesLabel, scale));
  else {
    const longest = Math.floor(9_000 / Math.max(1, shown));
    for (const item of items.slice(0, shown)) {
      const lines = [summary(item), ...bulletList([...item.findings, ...(item.error ? [item.error] : [])])];
      const facts = Object.entries(item.facts).map(
        ([label, text]) => `${escape(label)}: ${escape(cut(text, 120))}`,
      );
      if (facts.length > 0) lines.push(cutMarkup(facts.join(" · "), 600));
      if (item.remedies.length > 0) lines.push(`_${remediesLabel}_`, ...bulletList(item.remedies));
      if (item.remaining.length > 0) lines.push(`_${REMAINING}_`, ...bulletList(item.remaining));
      blocks.push(section(lines.join("\n"), Math.min(longest, LONGEST_LIST * scale)));
    }
    if (items.length > shown) blocks.push(context(escape(moreText(items.slice(shown)))));
  }
  if (message.steps !== undefined) blocks.push(section(`*By hand*\n${escape(message.steps)}`, 1_500 * scale));
  if (message.exempt !== undefined)
    blocks.push(context(`*To leave it alone:* \`${escape(message.exempt.replaceAll("`", "'"))}\``));
  blocks.push(context(`${SIGNS[severity]} ${severity} · ${pageLink(message.page, control)}`));
  return blocks;
}

function singleItem(item: Item, remediesLabel: string, scale: number): Block[] {
  const field = (label: string, value: string): Text => ({
    type: "mrkdwn",
    text: cut(`*${label}*\n${value}`, SLACK_LIMITS.field),
  });
  const value = (text: string) => escape(cut(text, Math.floor(LONGEST_VALUE * scale)));
  const fields: Text[] = [];
  if (item.account) fields.push(field("Account", value(accountText(item.account))));
  if (item.region) fields.push(field("Region", value(item.region)));
  if (item.resource) fields.push(field("Resource", link(item.resource.url, item.resource.id)));
  if (item.who) fields.push(field("By", value(item.who)));
  if (item.from) fields.push(field("From", value(item.from)));
  if (item.eventName ?? item.time) fields.push(field(item.eventName ? "Call" : "Time", callText(item)));
  const facts = Object.entries(item.facts).map(([label, text]) => field(escape(cut(label, 75)), value(text)));
  const list = (label: string, sentences: string[]) =>
    sentences.length === 0
      ? []
      : [section([`*${label}*`, ...bulletList(sentences)].join("\n"), LONGEST_LIST * scale)];
  return [
    ...list("What happened", item.findings),
    ...(item.error ? [section(`*What went wrong*\n${escape(item.error)}`, 1_500 * scale)] : []),
    ...fieldSections(fields),
    ...fieldSections(facts.slice(0, Math.ceil(2 * SLACK_LIMITS.fields * scale))),
    ...list(remediesLabel, item.remedies),
    ...list(REMAINING, item.remaining),
  ];
}

function fieldSections(fields: Text[]): Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < fields.length; start += SLACK_LIMITS.fields)
    blocks.push({ type: "section", fields: fields.slice(start, start + SLACK_LIMITS.fields) });
  return blocks;
}

/** What, where, by whom, from where, and when: one line of a message about many outcomes. */
function summary(item: Item): string {
  const { account, region, resource, who, from } = item;
  const place = [account && accountText(account), region].filter((part) => part).join(", ");
  const parts = [
    resource ? `*${link(resource.url, resource.id)}*` : "*no resource*",
    escape(place),
    who && escape(cut(who, 100)),
    from && escape(cut(from, 150)),
    callText(item),
  ];
  return parts.filter((part) => part).join(" · ");
}

const MOST_BULLETS = 20;

function bulletList(sentences: readonly string[]): string[] {
  const lines = sentences.slice(0, MOST_BULLETS).map((sentence) => `• ${escape(cut(sentence, 500))}`);
  const left = sentences.length - MOST_BULLETS;
  return left > 0 ? [...lines, `• … and ${left} more`] : lines;
}

/** Slack shows the time in each reader's zone. A text that is no time stays as it is. */
function callText({ eventName, time }: Item): string {
  const seconds = Math.floor(Date.parse(time ?? "") / 1000);
  const when = Number.isFinite(seconds)
    ? `<!date^${seconds}^{date_short_pretty} {time_secs}|${escape(time ?? "")}>`
    : escape(time ?? "");
  return [eventName && `\`${escape(cut(eventName, 128))}\``, when].filter((part) => part).join(" ");
}

function section(text: string, longest: number): Block {
  return {
    type: "section",
    text: { type: "mrkdwn", text: cutMarkup(text, Math.min(longest, SLACK_LIMITS.section)) },
  };
}

const context = (text: string): Block => ({
  type: "context",
  elements: [{ type: "mrkdwn", text: cutMarkup(text, 2_000) }],
});

/** Cut, but neither within an entity (`&lt;`) nor within a link. */
function cutMarkup(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${cut(text, longest)
    .slice(0, -1)
    .replace(/&[a-z]*$/, "")
    .replace(/<[^>]*$/, "")}…`;
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const link = (url: string, text: string): string => {
  const address = escape(url).replaceAll("|", "%7C");
  const label = escape(cut(text, 200)).replaceAll("|", "¦");
  return address.length > 1_500 ? label : `<${address}|${label}>`;
};

const pageLink = (page: string, control: string): string =>
  /^https?:/.test(page) ? link(page, control) : `\`${escape(page)}\``;

function fallbackText({ headline, items, severity }: Message): string {
  const [first] = items;
  const where = first?.account ? ` in ${first.account.name ?? first.account.id}` : "";
  const what = items.length === 1 && first?.resource ? `: ${first.resource.id}${where}` : "";
  const many = items.length > 1 ? `${items.length} × ` : "";
  return escape(cut(`[${severity}] ${many}${headline}${what}`, 300));
}
