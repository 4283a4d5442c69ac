/**
 * Reads event patterns as AWS does, and refuses others with AWS's reasons. The result is the pattern's branches: its
 * alternatives (one, unless there is an `$or`), with a list of conditions for each field, named by its path with dots.
 *
 * `$or` is an operator only where it is an array of two or more objects none of whose fields has an operator's name.
 * Elsewhere it is a field like any other, so a pattern that can't be read with the operator is read again without.
 */
import type { Branch, Condition } from "./condition";
import { parseOperator } from "./operators";
import { addressHex } from "./ip";
import { JsonTextError, parseJson, type JsonNode } from "./json";
import { comparableNumber } from "./number";
import { EventPatternError, type EventPattern } from "./pattern";
import { refuseTooComplex } from "./complexity";
import { Refusal } from "./refusal";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or */
const MAX_BRANCHES = 1000;
const MAX_FIELDS = 256;

const reservedInOr = new Set([
  ...[
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
  ],
  ...["=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"],
  ...["date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"],
  ...["ip-address-in-range", "ip-address-not-in-range"],
]);

/**
 * The branches of a pattern.
 * @throws EventPatternError
 */
export function parseBranches(text: string): Branch[] {
  return withLocation(text, () => branchesOf(parseJson(text)));
}

/**
 * A pattern from its text, as typed data. A repeated field stands in it once, with what AWS would use.
 * @throws EventPatternError
 */
export function parsePattern(text: string): EventPattern {
  return withLocation(text, () => {
    const root = parseJson(text);
    branchesOf(root);
    return toData(root) as EventPattern;
  });
}

/**
 * The text of a pattern, as PutRule takes it.
 * @throws EventPatternError when AWS would refuse the pattern.
 */
export function patternText(pattern: EventPattern): string {
  const text = JSON.stringify(pattern);
  parseBranches(text);
  return text;
}

function withLocation<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof JsonTextError)) throw error;
    const before = text.slice(0, error.at).split("\n");
    const path = error instanceof Refusal ? error.path : "";
    throw new EventPatternError(error.reason, path, before.length, (before.at(-1)?.length ?? 0) + 1);
  }
}

function branchesOf(root: JsonNode): Branch[] {
  if (root.kind !== "object") throw new Refusal("Filter is not an object", root.at, "");
  const branches = readBranches(root);
  for (const branch of branches) {
    if (branch.size > MAX_FIELDS)
      throw new Refusal(`More than ${MAX_FIELDS} fields in a pattern`, root.at, "");
  }
  refuseTooComplex(branches, (path) => {
    const reason =
      "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character";
    throw new Refusal(reason, root.at, path);
  });
  return branches;
}

type ObjectNode = JsonNode & { kind: "object" };

function readBranches(root: ObjectNode): Branch[] {
  try {
    return new Compiler(true).read(root);
  } catch (refusal) {
    if (!(refusal instanceof Refusal) || !hasOrField(root)) throw refusal;
    try {
      return new Compiler(false).read(root);
    } catch {
      throw refusal;
    }
  }
}

class Compiler {
  constructor(private readonly withOr: boolean) {}

  read(root: ObjectNode): Branch[] {
    const branches: Branch[] = [];
    this.object(branches, undefined, root, false);
    return branches;
  }

  /** @param base path of the object; undefined for the pattern itself. */
  private object(branches: Branch[], base: string | undefined, node: ObjectNode, insideOr: boolean): void {
    if (node.members.length === 0) throw new Refusal("Empty objects are not allowed", node.at, base ?? "");
    for (const { name, value } of node.members) {
      if (this.withOr && name === "$or") {
        this.or(branches, base, value);
        continue;
      }
      const path = base === undefined ? name : `${base}.${name}`;
      if (insideOr && reservedInOr.has(name)) {
        const reason = `${name} is Ruler reserved fieldName which cannot be used inside $or.`;
        throw new Refusal(reason, value.at, path);
      }
      if (value.kind === "object") this.object(branches, path, value, insideOr);
      // AWS's matcher forgets an empty name that stands alone before the field's own.
      else if (value.kind === "array") this.field(branches, base === "" ? name : path, value);
      else throw new Refusal(`"${name}" must be an object or an array`, value.at, path);
    }
  }

  private or(branches: Branch[], base: string | undefined, node: JsonNode): void {
    const path = base === undefined ? "$or" : `${base}.$or`;
    if (node.kind !== "array") throw new Refusal("It must be an Array followed with $or.", node.at, path);
    const before = branches.splice(0);
    for (const item of node.items) {
      if (item.kind !== "object") {
        throw new Refusal("Only JSON object is allowed in array of $or relationship.", item.at, path);
      }
      const copies =
        before.length === 0 ? [new Map() as Branch] : before.map((branch): Branch => new Map(branch));
      this.object(copies, base, item, true);
      branches.push(...copies);
      if (branches.length > MAX_BRANCHES) {
        throw new Refusal(`Rule has more than ${MAX_BRANCHES} combinations of $or`, item.at, path);
      }
    }
    if (node.items.length < 2) {
      throw new Refusal("There must have at least 2 Objects in $or relationship.", node.at, path);
    }
  }

  private field(branches: Branch[], path: string, node: JsonNode & { kind: "array" }): void {
    if (node.items.length === 0) throw new Refusal("Empty arrays are not allowed", node.at, path);
    const conditions = node.items.map((item) => this.condition(item, path));
    const numeric = conditions.some((condition) => isNumeric(condition));
    for (const condition of conditions) if (condition.op === "address") condition.numbers = !numeric;
    if (branches.length === 0) branches.push(new Map());
    for (const branch of branches) branch.set(path, { conditions, written: node.items });
  }

  private condition(item: JsonNode, path: string): Condition {
    switch (item.kind) {
      case "object":
        return parseOperator(item, path, this.withOr);
      case "string": {
        const address = addressHex(item.value);
        if (address === undefined) return { op: "string", value: item.value };
        return { op: "address", low: address, high: address };
      }
      case "number":
        return { op: "number", text: item.text, value: comparableNumber(item.text) };
      case "literal":
        return { op: "word", text: item.text };
      case "array":
        throw new Refusal("Match value must be String, number, true, false, or null", item.at, path);
    }
  }
}

function isNumeric(condition: Condition): boolean {
  if (condition.op === "number") return condition.value !== undefined;
  return condition.op === "range" || condition.op === "not-numbers";
}

function hasOrField(node: JsonNode): boolean {
  if (node.kind === "array") return node.items.some(hasOrField);
  return (
    node.kind === "object" && node.members.some(({ name, value }) => name === "$or" || hasOrField(value))
  );
}

/** The data of the text. As in AWS's matcher, repeated objects are joined and the last of repeated lists counts. */
export function toData(node: JsonNode): unknown {
  switch (node.kind) {
    case "object": {
      const joined = new Map<string, JsonNode>();
      for (const { name, value } of node.members) {
        const earlier = joined.get(name);
        joined.delete(name);
        joined.set(
          name,
          earlier?.kind === "object" && value.kind === "object"
            ? { ...value, members: [...earlier.members, ...value.members] }
            : value,
        );
      }
      return Object.fromEntries([...joined].map(([name, value]) => [name, toData(value)]));
    }
    case "array":
      return node.items.map(toData);
    case "string":
      return node.value;
    case "number":
      return Number(node.text);
    case "literal":
      return JSON.parse(node.text);
  }
}
