/**
 * One event against one pattern, step by step as AWS's matcher defines it: the event becomes a list of leaves with the
 * array elements they are in, and a branch matches when each of its fields has a leaf that meets a condition, all of
 * them from the same elements of the arrays that they share.
 */
import { LeafKind, meets, type Condition, type Leaf } from "./condition";
import type { JsonNode } from "./json";
import { JsonTextError, parseJson } from "./json";
import type { Branch } from "./parse";
import { EventTextError } from "./pattern";

/** Which element of which array: array numbers as they come in the event, and the element's index. */
export type Membership = readonly { array: number; element: number }[];

export interface PlacedLeaf extends Leaf {
  in: Membership;
}

/** The leaves of an event by path. */
export interface EventLeaves {
  get(path: string): readonly PlacedLeaf[] | undefined;
}

const nowhere: Membership = [];

/** @throws EventTextError when the text is no JSON object. */
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

/** The steps that paths name. AWS's matcher goes only into those, which shows with empty field names. */
export function stepsOf(paths: Iterable<string>): ReadonlySet<string> {
  const steps = new Set<string>();
  for (const path of paths) {
    const parts = path.split(".");
    while (parts.length > 1 && parts.at(-1) === "") parts.pop();
    for (const part of parts) steps.add(part);
  }
  return steps;
}

/** Would AWS's matcher go into a field of this name? With dots in it, it counts as several steps. */
export function stepIsUsed(steps: ReadonlySet<string>, name: string): boolean {
  if (steps.has(name)) return true;
  if (!name.includes(".")) return false;
  const parts = name.split(".");
  while (parts.at(-1) === "") parts.pop();
  return parts.every((part) => steps.has(part));
}

export function leavesOf(event: JsonNode & { kind: "object" }, steps: ReadonlySet<string>): EventLeaves {
  const leaves = new Map<string, PlacedLeaf[]>();
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
      list.push({ ...leafOf(node), in: membership });
    }
  };
  visit(event, "", nowhere);
  return leaves;
}

function leafOf(node: Exclude<JsonNode, { kind: "object" | "array" }>): Leaf {
  if (node.kind === "string") return { kind: LeafKind.String, text: node.value };
  return { kind: node.kind === "number" ? LeafKind.Number : LeafKind.Word, text: node.text };
}

/** A branch made ready for matching: fields in the order of their names, in which array elements are chosen. */
export type Fields = readonly { path: string; conditions: readonly Condition[] }[];

export function fieldsOf(branch: Branch): Fields {
  return [...branch.keys()].sort().map((path) => ({ path, conditions: branch.get(path)?.conditions ?? [] }));
}

export function matchesFields(
  fields: Fields,
  leaves: EventLeaves,
  from = 0,
  chosen: Membership = nowhere,
): boolean {
  const field = fields[from];
  if (!field) return true;
  let tried = false;
  let anyLeaf = false;
  for (const leaf of leaves.get(field.path) ?? []) {
    const together = join(chosen, leaf.in);
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
