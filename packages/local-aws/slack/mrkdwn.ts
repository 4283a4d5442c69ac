/** Slack's markup as plain text for terminals, or as HTML. https://docs.slack.dev/messaging/formatting-message-text */
import type { SlackBlock, SlackMessage } from "./check";

const SIGNS: Record<string, string> = {
  red_circle: "🔴",
  large_orange_circle: "🟠",
  large_yellow_circle: "🟡",
  white_circle: "⚪",
};

const signs = (text: string) => text.replace(/:([a-z_]+):/g, (whole, name: string) => SIGNS[name] ?? whole);

/** Text for HTML, in elements and in quoted attributes. */
const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const unescape = (text: string) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** `<url|label>` and `<!date^…|label>`, each shown as its label. */
const LINK = /<([^<>|]+)\|([^<>]+)>/g;

const mrkdwnText = (text: string): string =>
  unescape(signs(text.replace(LINK, "$2")).replace(/(^|\s)[*_]([^*_\n]+)[*_](?=\s|$)/gm, "$1$2"));

function mrkdwnHtml(text: string): string {
  const finished: string[] = [];
  const placeholder = (html: string) => `\ue000${finished.push(html) - 1}\ue000`;
  const plain = signs(text)
    .replace(/`([^`\n]+)`/g, (_, code: string) => placeholder(`<code>${escape(unescape(code))}</code>`))
    .replace(LINK, (_, url: string, label: string) => {
      const shown = escape(unescape(label));
      return placeholder(/^https?:/.test(url) ? `<a href="${escape(unescape(url))}">${shown}</a>` : shown);
    });
  const html = escape(unescape(plain))
    .replace(/(^|\s)\*([^*\n]+)\*(?=\s|$)/gm, "$1<b>$2</b>")
    .replace(/(^|\s)_([^_\n]+)_(?=\s|$)/gm, "$1<i>$2</i>")
    .replaceAll("\n", "<br>");
  return html.replace(/\ue000(\d+)\ue000/g, (_, index: string) => finished[Number(index)] ?? "");
}

const textsOf = ({ text, fields = [], elements = [] }: SlackBlock) => [
  ...(text ? [text] : []),
  ...fields,
  ...elements,
];

/** A message as lines for a terminal. */
export function messageText({ text = "", blocks }: SlackMessage): string {
  if (!blocks) return mrkdwnText(text);
  return blocks
    .map((block) =>
      textsOf(block)
        .map((part) => mrkdwnText(part.text))
        .join("\n"),
    )
    .join("\n");
}

/** A message about as Slack shows it. */
export function messageHtml({ text = "", blocks }: SlackMessage): string {
  if (!blocks) return `<p>${mrkdwnHtml(text)}</p>`;
  return blocks.map(blockHtml).join("\n");
}

function blockHtml(block: SlackBlock): string {
  const of = (type: string, text: string) => (type === "plain_text" ? escape(text) : mrkdwnHtml(text));
  if (block.type === "header") return `<p class="head">${escape(block.text?.text ?? "")}</p>`;
  if (block.type === "divider") return "<hr>";
  const text = block.text ? `<p>${of(block.text.type, block.text.text)}</p>` : "";
  const fields = (block.fields ?? []).map((field) => `<p>${of(field.type, field.text)}</p>`).join("");
  const small = (block.elements ?? [])
    .map((part) => `<p class="small">${of(part.type, part.text)}</p>`)
    .join("");
  return `${text}${fields ? `<div class="fields">${fields}</div>` : ""}${small}`;
}
