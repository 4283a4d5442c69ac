/** The part of JSONPath that EventBridge supports: dots, names, array indices and `*`. */
import type { Json } from "@bailiwick/aws-events/record";

const WHOLE = /^\$(?:\.(?:[A-Za-z0-9_/-]+|\*)|\[(?:\d+|\*)\])*$/;
const STEP = /\.([A-Za-z0-9_/-]+|\*)|\[(\d+|\*)\]/g;

export const isJsonPath = (text: string): boolean => WHOLE.test(text);

/** @returns the value at the path, an array of values if the path has a `*`, or undefined if there is none. */
export function lookUp(root: Json, path: string): Json | undefined {
  let found: Json[] = [root];
  let several = false;
  for (const [, name, index] of path.matchAll(STEP)) {
    const all = name === "*" || index === "*";
    several ||= all;
    found = found.flatMap((value): Json[] => {
      if (typeof value !== "object" || value === null) return [];
      if (all) return Object.values(value);
      if (Array.isArray(value))
        return index === undefined ? [] : value.slice(Number(index), Number(index) + 1);
      const next = name === undefined || !Object.hasOwn(value, name) ? undefined : value[name];
      return next === undefined ? [] : [next];
    });
  }
  if (several) return found.length === 0 ? undefined : found;
  return found[0];
}
