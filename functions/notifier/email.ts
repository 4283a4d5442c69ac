/** A message as plain text with a subject, as SNS mails it. */
import type { Item, Message } from "./message";
import { accountText, cut, moreText } from "./text";

/** SNS: fewer than 100 characters, ASCII without line breaks, a letter, digit or punctuation mark first. */
export const LONGEST_SUBJECT = 99;
const MOST_ITEMS = 25;
/** SNS takes 256 KB, which nobody reads. */
const LONGEST_TEXT = 30_000;

interface Email {
  subject: string;
  text: string;
}

export function emailOf(message: Message): Email {
  const { items, headline, severity, remediesLabel } = message;
  const many = items.length > 1 ? `${items.length} x ` : "";
  const body = [
    `${many}${headline}`,
    `Severity: ${severity}`,
    "",
    ...items.slice(0, MOST_ITEMS).flatMap((item) => [...linesOf(item, remediesLabel), ""]),
    ...(items.length > MOST_ITEMS ? [moreText(items.slice(MOST_ITEMS)), ""] : []),
    ...(message.steps === undefined ? [] : ["By hand:", `  ${message.steps}`, ""]),
    ...(message.exempt === undefined ? [] : ["To leave it alone:", `  ${message.exempt}`, ""]),
    `About this ${message.exempt === undefined ? "alarm" : "control"}: ${message.page}`,
  ].join("\n");
  return { subject: subjectOf(message, many), text: cut(body, LONGEST_TEXT) };
}

function subjectOf({ headline, items, severity }: Message, many: string): string {
  const [first] = items;
  const place = first?.account ? ` (${first.account.name ?? first.account.id})` : "";
  const what = ascii(`[${severity}] ${many}${headline}`);
  // The account must not be cut off: people sort their mail by it.
  const where = items.length === 1 ? ascii(place).slice(0, LONGEST_SUBJECT / 2) : "";
  const room = LONGEST_SUBJECT - where.length;
  return (what.length <= room ? what : `${what.slice(0, room - 3)}...`) + where;
}

const ascii = (text: string): string =>
  text
    .replaceAll("…", "...")
    .replaceAll("–", "-")
    .replace(/[^\x20-\x7e]/g, "?");

function linesOf(item: Item, remediesLabel: string): string[] {
  const lines: [string, string | undefined][] = [
    ["Resource", item.resource && `${item.resource.id}  ${item.resource.arn}`],
    ["Account", item.account && accountText(item.account)],
    ["Region", item.region],
    ["By", item.who],
    ["From", item.from],
    // Services' own events belong to no call.
    [
      item.eventName === undefined ? "Time" : "Call",
      [item.eventName, item.time].filter((part) => part).join(" at ") || undefined,
    ],
    ...Object.entries(item.facts),
    ["Console", item.resource?.url],
  ];
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  const list = (label: string, sentences: string[]) =>
    sentences.length === 0 ? [] : [`${label}:`, ...sentences.map((sentence) => `  - ${sentence}`)];
  return [
    ...lines.flatMap(([label, value]) =>
      value === undefined ? [] : [`${`${label}:`.padEnd(width)}${value}`],
    ),
    ...list("What happened", item.findings),
    ...(item.error === undefined ? [] : list("What went wrong", [item.error])),
    ...list(remediesLabel, item.remedies),
    ...list("Still to be done by a person", item.remaining),
  ];
}
