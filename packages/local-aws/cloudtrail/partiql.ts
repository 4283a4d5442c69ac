/**
 * PartiQL as CloudTrail writes it: without literals, except those that a WHERE compares with keys
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/understanding-ddb-log-entries.html).
 */
import type { Json } from "@bailiwick/aws-events/record";

export const REDACTED = "***(Redacted)";

/** Texts may be unfinished, because refused statements are recorded too. */
const TOKEN =
  /(?<comment>--[^\n]*|\/\*[^]*?(?:\*\/|$))|(?<space>\s+)|(?<text>'(?:[^']|'')*(?:'|$))|(?<quoted>"(?:[^"]|"")*(?:"|$))|(?<ion>`[^`]*(?:`|$))|(?<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?<word>[A-Za-z_][\w$]*)|(?<sign><>|<=|>=|!=|[^])/gu;

interface Token {
  kind: string;
  text: string;
}

function tokensOf(statement: string): Token[] {
  return [...statement.matchAll(TOKEN)].flatMap(({ groups = {} }) =>
    Object.entries(groups).flatMap(([kind, text]) => (text === undefined ? [] : [{ kind, text }])),
  );
}

const COMPARISONS = new Set(["=", "<>", "!=", "<", ">", "<=", ">="]);

/** @param keys attributes whose value may be shown where a WHERE compares it: `WHERE Artist = 'x'`. */
export function redactLiterals(statement: string, keys: readonly string[]): string {
  const tokens = tokensOf(statement).filter(({ kind }) => kind !== "comment");
  // The tokens of the comparison, without spaces.
  const meant = tokens.filter(({ kind }) => kind !== "space");
  let at = -1;
  let where = false;
  return tokens
    .map((token) => {
      if (token.kind === "space") return token.text;
      at += 1;
      const before = meant[at - 1];
      const word = token.text.toUpperCase();
      if (token.kind === "word" && word === "WHERE") where = true;
      if (!isLiteral(token, before, meant[at + 1])) return token.text;
      const named = meant[at - 2];
      const ofAKey =
        where &&
        (token.kind === "text" || token.kind === "number") &&
        before?.text === "=" &&
        named !== undefined &&
        keys.includes(nameOf(named) ?? "") &&
        // A name after a dot is inside another attribute.
        meant[at - 3]?.text !== ".";
      return ofAKey ? token.text : REDACTED;
    })
    .join("");
}

function isLiteral(token: Token, before: Token | undefined, after: Token | undefined): boolean {
  const word = token.text.toUpperCase();
  switch (token.kind) {
    case "text":
      // In {'Artist': …} it is the name of an attribute.
      return after?.text !== ":";
    case "quoted":
      // An identifier, unless a text was meant.
      return before !== undefined && (COMPARISONS.has(before.text) || before.text === ":");
    case "ion":
    case "number":
      return true;
    case "word":
      return (
        ["TRUE", "FALSE", "NULL"].includes(word) &&
        !["IS", "NOT"].includes(before?.text.toUpperCase() ?? "") &&
        after?.text !== "."
      );
    default:
      return false;
  }
}

const nameOf = ({ kind, text }: Token): string | undefined =>
  kind === "word" ? text : kind === "quoted" ? text.slice(1, -1).replaceAll('""', '"') : undefined;

/** The values in a statement, without quotes. */
export const literalsOf = (statement: string): string[] =>
  tokensOf(statement).flatMap(({ kind, text }) =>
    kind === "text" || kind === "quoted" || kind === "ion"
      ? [text.slice(1, -1), text.slice(1)]
      : kind === "number"
        ? [text]
        : [],
  );

/** The table that a statement reads or writes, also through an index. */
export function tableOfStatement(statement: Json | undefined): string | undefined {
  if (typeof statement !== "string") return undefined;
  const meant = tokensOf(statement).filter(({ kind }) => kind !== "space" && kind !== "comment");
  const at = meant.findIndex(
    ({ kind, text }) => kind === "word" && ["FROM", "INTO", "UPDATE"].includes(text.toUpperCase()),
  );
  const named = at === -1 ? undefined : meant[at + 1];
  return named && nameOf(named);
}
