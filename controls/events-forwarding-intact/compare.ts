/** Compares documents as AWS answers them with those that were deployed. */
import { isDeepStrictEqual } from "node:util";

/** Whether two JSON texts say the same: lists of one item may stand as the item, and the order of a policy's values doesn't count. */
export function isSameDocument(found: string | undefined, deployed: string): boolean {
  try {
    return isDeepStrictEqual(canonical(parsed(found)), canonical(parsed(deployed)));
  } catch {
    return false;
  }
}

/** IAM answers documents URL-encoded. */
const parsed = (text = ""): unknown => JSON.parse(text.startsWith("%") ? decodeURIComponent(text) : text);

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length === 1) return canonical(value[0]);
    return value.map(canonical).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, canonical(item)]),
  );
}
