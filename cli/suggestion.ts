/** Suggestions for mistyped names. */
import { distance } from "fastest-levenshtein";

/** @returns the names nearest to a mistyped one, nearest first, at most three. */
export function nearest(wrong: string, names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, edits: name.includes(wrong) ? 0 : distance(wrong, name) }))
    .filter(({ name, edits }) => edits <= Math.max(2, name.length * 0.4))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ name }) => name);
}

/**
 * One sentence for an error message: the nearest names, or all of them when none is near.
 * @param option goes before the nearest names, as in `--stack dev`.
 */
export function suggestion(wrong: string, names: readonly string[], option?: string): string {
  if (names.length === 0) return "There are none.";
  const near = nearest(wrong, names);
  if (near.length === 0) return `There are: ${names.join(", ")}.`;
  return `Did you mean ${option === undefined ? "" : `${option} `}${near.join(" or ")}?`;
}
