/** A condition on a field of an event, which an element of a list in a pattern stands for. */
import { addressHex, startsInRange } from "./ip";
import type { JsonNode } from "./json";
import { comparableNumber } from "./number";
import { matchesPieces } from "./wildcard";

export const LeafKind = {
  String: 0,
  Number: 1,
  /** true, false, null. */
  Word: 2,
} as const;
export type LeafKind = (typeof LeafKind)[keyof typeof LeafKind];

/** A value in an event: the characters of a string, or a number, `true`, `false` or `null` as it was written. */
export interface Leaf {
  kind: LeafKind;
  text: string;
}

/** A text whose case doesn't matter: the lower and the upper case of each UTF-16 unit. */
export type Folded = readonly (readonly [string, string])[];

export type Condition =
  | { op: "string"; value: string }
  /** `numbers`: the digits of a number are compared too, as AWS's matcher does where nothing else compares numbers. */
  | { op: "address"; low: string; high: string; numbers?: boolean }
  | { op: "number"; text: string; value: number | undefined }
  | { op: "word"; text: string }
  | { op: "prefix"; value: string }
  | { op: "suffix"; value: string }
  | { op: "prefix-ignore-case"; value: Folded }
  | { op: "suffix-ignore-case"; value: Folded }
  | { op: "ignore-case"; value: Folded }
  | { op: "wildcard"; text: string; pieces: readonly string[] }
  | { op: "range"; low: number; openLow: boolean; high: number; openHigh: boolean }
  | { op: "exists" }
  | { op: "absent" }
  | { op: "not-strings"; values: ReadonlySet<string> }
  | { op: "not-numbers"; values: ReadonlySet<number> }
  | { op: "not"; of: readonly Condition[] };

/** One alternative of a pattern: for each path the conditions one of which a value must meet, and how the pattern wrote them. */
export type Branch = Map<string, { conditions: readonly Condition[]; written: readonly JsonNode[] }>;

export function fold(text: string): Folded {
  return [...Array(text.length).keys()].map((i) => {
    const unit = text.charAt(i);
    // AWS's matcher folds UTF-16 units one by one, which makes a question mark of each half of a surrogate pair. A pattern
    // that can't match there must not match here.
    if (/[\ud800-\udfff]/.test(unit)) return ["?", "?"];
    return [unit.toLowerCase(), unit.toUpperCase()];
  });
}

/** Does the value meet the condition? No value meets `absent`, which is a condition on the whole event. */
export function meets(condition: Condition, leaf: Leaf): boolean {
  const { kind, text } = leaf;
  switch (condition.op) {
    case "string":
      return kind === LeafKind.String && text === condition.value;
    case "prefix":
      return kind === LeafKind.String && hasPrefix(text, condition.value);
    case "suffix":
      return kind === LeafKind.String && hasSuffix(text, condition.value);
    case "wildcard":
      return kind === LeafKind.String && matchesPieces(condition.pieces, text);
    case "word":
      return kind === LeafKind.Word && text === condition.text;
    case "exists":
      return true;
    case "absent":
      return false;
    case "not-strings":
      return kind !== LeafKind.String || !condition.values.has(text);
    case "not-numbers": {
      const value = kind === LeafKind.Number ? comparableNumber(text) : undefined;
      return value === undefined || !condition.values.has(value);
    }
    case "not":
      return !condition.of.some((inner) => meets(inner, leaf));
    case "number": {
      if (kind !== LeafKind.Number) return false;
      const value = comparableNumber(text);
      return value === undefined || condition.value === undefined
        ? text === condition.text
        : value === condition.value;
    }
    case "range": {
      const value = kind === LeafKind.Number ? comparableNumber(text) : undefined;
      if (value === undefined) return false;
      return (
        (condition.openLow ? value > condition.low : value >= condition.low) &&
        (condition.openHigh ? value < condition.high : value <= condition.high)
      );
    }
    case "address": {
      if (kind === LeafKind.String) {
        const address = addressHex(text);
        return address !== undefined && startsInRange(condition, address);
      }
      if (kind !== LeafKind.Number || !startsInRange(condition, text)) return false;
      return condition.numbers === true || comparableNumber(text) === undefined;
    }
    case "ignore-case":
      return kind === LeafKind.String && foldedEnds(condition.value, text).includes(text.length);
    case "prefix-ignore-case":
      // As in AWS's matcher, the quotes around the value count as characters of it.
      return kind === LeafKind.String && foldedEnds(condition.value, `${text}"`).length > 0;
    case "suffix-ignore-case":
      return kind === LeafKind.String && foldedEndsBackwards(condition.value, `"${text}`);
  }
}

function hasPrefix(text: string, prefix: string): boolean {
  return (
    text.startsWith(prefix) ||
    (prefix.length === text.length + 1 && prefix.endsWith('"') && prefix.startsWith(text))
  );
}

function hasSuffix(text: string, suffix: string): boolean {
  return (
    text.endsWith(suffix) ||
    (suffix.length === text.length + 1 && suffix.startsWith('"') && suffix.endsWith(text))
  );
}

/** The places where a match from the start may end: several, because the cases of a letter may differ in length. */
function foldedEnds(folded: Folded, text: string): number[] {
  let ends = [0];
  for (const cases of folded) {
    const next = new Set<number>();
    for (const end of ends) {
      for (const spelling of cases) if (text.startsWith(spelling, end)) next.add(end + spelling.length);
    }
    if (next.size === 0) return [];
    ends = [...next];
  }
  return ends;
}

function foldedEndsBackwards(folded: Folded, text: string): boolean {
  let starts = [text.length];
  for (const cases of folded.toReversed()) {
    const next = new Set<number>();
    for (const start of starts) {
      for (const spelling of cases) if (text.endsWith(spelling, start)) next.add(start - spelling.length);
    }
    if (next.size === 0) return false;
    starts = [...next];
  }
  return true;
}
