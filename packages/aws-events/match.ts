/**
 * Matches one event with one pattern, step by step as AWS's matcher defines it. The event becomes a list of leaves with the
 * array elements that they lie in. A branch matches when each of its fields has a leaf that meets a condition, and all these
 * leaves lie in the same elements of the arrays that they share.
 */
import { LeafKind, meets, type Branch, type Condition, type Leaf } from "./condition";
import type { JsonNode } from "./json";
import { JsonTextError, parseJson } from "./json";
import { EventTextError } from "./pattern";

/** The array elements that a leaf lies in: arrays are numbered in the order of the event. */
export type Membership = readonly { array: number; element: number }[];

export interface EventLeaf extends Leaf {
  membership: Membership;
}

/** The leaves of an event by path. */
export interface EventLeaves {
  get(path: string): readonly EventLeaf[] | undefined;
}

const OUTSIDE_ARRAYS: Membership = [];

/** @throws EventTextError when the text is not a JSON object */
export function readEvent(text: string): JsonNode & { kind: "object" } {
  try {
    const root = parseJson(text);
    if (root.kind === "object") return root;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw new EventTextError(`The event is not JSON: ${error.message}`);
  }
  throw new EventTextError("The event must be a JSON object");
}

/** The steps of the paths. AWS's matcher enters no other fields, which makes a difference for empty field names. */
export function stepsOf(paths: Iterable<string>): ReadonlySet<string> {
  const steps = new Set<string>();
  for (const path of paths) {
    const parts = path.split(".");
    // As Java splits texts: of dots alone nothing is left.
    while (path !== "" && parts.at(-1) === "") parts.pop();
    for (const part of parts) steps.add(part);
  }
  return steps;
}

/** Would AWS's matcher enter a field of this name? A name with dots counts as several steps. */
export function stepIsUsed(steps: ReadonlySet<string>, name: string): boolean {
  if (steps.has(name)) return true;
  if (!name.includes(".")) return false;
  const parts = name.split(".");
  while (parts.at(-1) === "") parts.pop();
  return parts.every((part) => steps.has(part));
}

export function leavesOf(event: JsonNode & { kind: "object" }, steps: ReadonlySet<string>): EventLeaves {
  const leaves = new Map<string, EventLeaf[]>();
  let arrays = 0;
  const visit = (node: JsonNode, path: string, membership: Membership): void => {
    if (node.kind === "object") {
      for (const { name, value } of node.members) {
        if (stepIsUsed(steps, name)) visit(value, node === event ? name : `${path}.${name}`, membership);
      }
    } else if (node.kind === "array") {
      const array = arrays++;
      node.items.forEach((item, element) => {
        const nested = item.kind === "object" || item.kind === "array";
        visit(item, path, nested ? [...membership, { array, element }] : membership);
      });
    } else {
      const list = leaves.get(path) ?? [];
      leaves.set(path, list);
      list.push({ ...leafOf(node), membership });
    }
  };
  visit(event, "", OUTSIDE_ARRAYS);
  return leaves;
}

function leafOf(node: Exclude<JsonNode, { kind: "object" | "array" }>): Leaf {
  if (node.kind === "string") return { kind: LeafKind.String, text: node.value };
  return { kind: node.kind === "number" ? LeafKind.Number : LeafKind.Word, text: node.text };
}

/** A branch prepared for matching: its fields in the order of their names, in which array elements are chosen. */
export type Fields = readonly { path: string; conditions: readonly Condition[] }[];

export function fieldsOf(branch: Branch): Fields {
  return [...branch.keys()].sort().map((path) => ({ path, conditions: branch.get(path)?.conditions ?? [] }));
}

export function matchesFields(
  fields: Fields,
  leaves: EventLeaves,
  from = 0,
  chosen: Membership = OUTSIDE_ARRAYS,
): boolean {
  const field = fields[from];
  if (!field) return true;
  let tried = false;
  let anyLeaf = false;
  for (const leaf of leaves.get(field.path) ?? []) {
    const together = join(chosen, leaf.membership);
    if (!together) continue;
    anyLeaf = true;
    if (together === chosen && tried) continue;
    if (!field.conditions.some((condition) => meets(condition, leaf))) continue;
    if (matchesFields(fields, leaves, from + 1, together)) return true;
    tried ||= together === chosen;
  }
  return (
    !anyLeaf &&
    field.conditions.some(({ op }) => op === "absent") &&
    matchesFields(fields, leaves, from + 1, chosen)
  );
}

/** Both choices of elements, or undefined when they choose different elements of one array. */
function join(chosen: Membership, more: Membership): Membership | undefined {
  if (more.length === 0) return chosen;
  const fresh: { array: number; element: number }[] = [];
  for (const place of more) {
    const same = chosen.find(({ array }) => array === place.array);
    if (!same) fresh.push(place);
    else if (same.element !== place.element) return undefined;
  }
  return fresh.length === 0 ? chosen : [...chosen, ...fresh];
}
