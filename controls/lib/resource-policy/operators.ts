/** What the operators of conditions mean for a request. */
import type { Condition } from "./document";

/** They hold for the named values. */
export const EQUAL = new Set([
  "stringequals",
  "stringequalsignorecase",
  "stringlike",
  "arnequals",
  "arnlike",
  "ipaddress",
  "bool",
]);
/** They hold for all but the named values. */
export const NOT_EQUAL = new Set([
  "stringnotequals",
  "stringnotequalsignorecase",
  "stringnotlike",
  "arnnotequals",
  "arnnotlike",
  "notipaddress",
]);

/** Whether a condition refuses requests without the key (`Null: false`). */
function demandsKey(key: string, all: Condition[]): boolean {
  return all.some(
    (condition) =>
      condition.operator === "null" &&
      condition.key === key &&
      condition.values.length > 0 &&
      condition.values.every((value) => value.toLowerCase() === "false"),
  );
}

/** Whether a condition also holds for a request without its key. */
export const holdsWithoutKey = ({ ifExists, quantifier, key }: Condition, all: Condition[]): boolean =>
  (ifExists || quantifier === "forallvalues") && !demandsKey(key, all);
