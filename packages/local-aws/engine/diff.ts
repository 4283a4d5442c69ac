/** The changes between two sets of inputs. */
import { isJsonObject, type Json, type JsonObject } from "@bailiwick/aws-events/record";
import { hasUnknown, plainProperties, type Properties } from "./values";

/**
 * The paths of the differences, each as deep as possible (`tags.owner`, `rules[0].prefix`). A value that is not known yet
 * counts as different.
 */
export function changedPaths(before: Properties, after: Properties): string[] {
  return compare(plainProperties(before), plainProperties(after), "").sort();
}

function compare(before: Json | undefined, after: Json | undefined, path: string): string[] {
  if (equal(before, after) && !hasUnknown(after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => compare(before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return after.flatMap((item, index) => compare(before[index], item, `${path}[${index}]`));
  return [path];
}

/** Equality of values. Two texts with the same JSON (policy documents) are equal. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a === "string" && typeof b === "string") {
    const [first, second] = [parseDocument(a), parseDocument(b)];
    return first !== undefined && second !== undefined && equal(first, second);
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}

function parseDocument(text: string): JsonObject | Json[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as JsonObject | Json[];
  } catch {
    return undefined;
  }
}

/** Splits `rules[0].tags["my.key"]` into its members. `*` stays. */
export function splitPath(path: string): string[] {
  const members: string[] = [];
  for (const [, name, index, quoted] of path.matchAll(/([^.[\]]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]/g))
    members.push(quoted?.replaceAll('\\"', '"') ?? index ?? name ?? "");
  return members;
}

/** @returns whether `path` equals `pattern`, or lies inside it, or (`above`) around it. */
export function matchesPath(pattern: string, path: string, above = false): boolean {
  const [wanted, members] = [splitPath(pattern), splitPath(path)];
  const length = Math.min(wanted.length, members.length);
  for (let index = 0; index < length; index++)
    if (wanted[index] !== "*" && wanted[index] !== members[index]) return false;
  return members.length >= wanted.length || above;
}

/** `after` with the properties that `ignoreChanges` names from `before`. https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/ */
export function ignoringChanges(before: Properties, after: Properties, paths: readonly string[]): Properties {
  let result: Json = after;
  // tagsAll is made of the tags, so what is ignored in these is ignored in it.
  const all = paths.flatMap((path) =>
    /^tags\b/.test(path) ? [path, path.replace("tags", "tagsAll")] : [path],
  );
  for (const path of all) result = keep(before, result, splitPath(path)) ?? {};
  return isJsonObject(result) ? result : after;
}

function keep(before: Json | undefined, after: Json | undefined, path: string[]): Json | undefined {
  const [member, ...rest] = path;
  if (member === undefined) return before;
  if (Array.isArray(before) && Array.isArray(after))
    return after.map((item, index) =>
      member === "*" || member === String(index) ? (keep(before[index], item, rest) ?? null) : item,
    );
  if (!isJsonObject(before) && !isJsonObject(after)) return after;
  const result: JsonObject = isJsonObject(after) ? { ...after } : {};
  const old = isJsonObject(before) ? before : {};
  const members = member === "*" ? [...new Set([...Object.keys(result), ...Object.keys(old)])] : [member];
  for (const name of members) {
    const kept = keep(old[name], result[name], rest);
    if (kept === undefined) delete result[name];
    else result[name] = kept;
  }
  return result;
}
