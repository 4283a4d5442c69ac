/** The operators of event patterns: objects with one key in the list of a field. The reasons are in AWS's words. */
import { fold, type Condition } from "./condition";
import { cidrRange } from "./ip";
import type { JsonNode } from "./json";
import { comparableNumber } from "./number";
import { Refusal } from "./refusal";
import { wildcardPieces } from "./wildcard";

type ObjectNode = JsonNode & { kind: "object" };

const manyKeys = "Only one key allowed in match expression";

/** `full` is false where AWS's matcher falls back to its older reader, which lacks some forms. */
export function parseOperator(node: ObjectNode, path: string, full: boolean): Condition {
  const refuse = (reason: string, at: JsonNode = node): never => {
    throw new Refusal(reason, at.at, path);
  };
  const attempt = <T>(read: () => T, at: JsonNode): T => {
    try {
      return read();
    } catch (error) {
      return refuse(error instanceof Error ? error.message : String(error), at);
    }
  };
  const string = (of: JsonNode, reason: string): string =>
    of.kind === "string" ? of.value : refuse(reason, of);

  const member = node.members[0];
  if (!member) return refuse("Match expression name not found");
  const { name, value } = member;
  const condition = ((): Condition => {
    switch (name) {
      case "exactly":
        return { op: "string", value: string(value, "exact match pattern must be a string") };
      case "prefix":
      case "suffix":
        if (value.kind === "object") return ignoringCase(name, value);
        return { op: name, value: string(value, `${name} match pattern must be a string`) };
      case "equals-ignore-case":
        return {
          op: "ignore-case",
          value: fold(string(value, "equals-ignore-case match pattern must be a string")),
        };
      case "wildcard":
        return wildcard(value);
      case "cidr": {
        const block = string(value, "prefix match pattern must be a string");
        return { op: "address", ...attempt(() => cidrRange(block), value) };
      }
      case "exists":
        if (value.kind === "literal" && value.text !== "null") {
          return { op: value.text === "true" ? "exists" : "absent" };
        }
        return refuse("exists match pattern must be either true or false.", value);
      case "numeric":
        if (value.kind !== "array") return refuse("Value of numeric must be an array.", value);
        return numeric(value.items, value);
      case "anything-but":
        return anythingBut(value);
      default:
        return refuse(`Unrecognized match type ${name}`, value);
    }
  })();
  if (node.members.length > 1) {
    return refuse(
      name === "numeric" || name === "anything-but" ? "Too many elements in numeric expression" : manyKeys,
    );
  }
  return condition;

  function ignoringCase(end: "prefix" | "suffix", of: ObjectNode): Condition {
    const inner = of.members[0];
    const title = end === "prefix" ? "Prefix" : "Suffix";
    if (!inner) return refuse(`${title} expression name not found`, of);
    if (inner.name !== "equals-ignore-case") return refuse(`Unsupported ${end} pattern: ${inner.name}`, of);
    const text = string(inner.value, "equals-ignore-case match pattern must be a string");
    if (of.members.length > 1) return refuse(manyKeys, of);
    return { op: `${end}-ignore-case`, value: fold(text) };
  }

  function wildcard(of: JsonNode): Condition {
    const text = string(of, "wildcard match pattern must be a string");
    return { op: "wildcard", text, pieces: attempt(() => wildcardPieces(text), of) };
  }

  function anythingBut(of: JsonNode): Condition {
    const wrongValue = "Value of anything-but must be an array or single string/number value.";
    if (of.kind === "object") {
      const inner = of.members[0];
      if (!inner) return refuse("Anything-But expression name not found", of);
      const single = inner.value.kind === "string" || inner.value.kind === "number";
      if (!["prefix", "suffix", "equals-ignore-case", ...(full ? ["wildcard"] : [])].includes(inner.name)) {
        return refuse(`Unsupported anything-but pattern: ${inner.name}`, of);
      }
      if (!single && inner.value.kind !== "array") return refuse(wrongValue, inner.value);
      if (!full && !single && inner.name !== "equals-ignore-case") {
        return refuse("prefix/suffix match pattern must be a string", inner.value);
      }
      const values = inner.value.kind === "array" ? inner.value.items : [inner.value];
      if (values.length === 0) return refuse("Empty arrays are not allowed", inner.value);
      const conditions = values.map((item) => anythingButOperand(inner.name, item));
      if (of.members.length > 1) return refuse("Too many elements in numeric expression", of);
      return { op: "not", of: conditions };
    }
    if (of.kind === "literal") return refuse(wrongValue, of);
    const items = of.kind === "array" ? of.items : [of];
    const strings: string[] = [];
    const numbers: number[] = [];
    for (const item of items) {
      if (item.kind === "string") strings.push(item.value);
      else if (item.kind === "number") numbers.push(comparable(item));
      else refuse("Inside anything but list, start|null|boolean is not supported.", item);
    }
    if ((strings.length === 0) === (numbers.length === 0)) {
      const reason =
        "Inside anything but list, either all values are number or string, mixed type is not supported";
      return refuse(reason, of);
    }
    return strings.length > 0
      ? { op: "not-strings", values: new Set(strings) }
      : { op: "not-numbers", values: new Set(numbers) };
  }

  function anythingButOperand(operator: string, item: JsonNode): Condition {
    if (operator === "wildcard") return wildcard(item);
    if (operator === "equals-ignore-case") {
      const reason =
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.";
      return { op: "ignore-case", value: fold(string(item, reason)) };
    }
    const text = string(item, "prefix/suffix match pattern must be a string");
    if (text === "") return refuse("Null prefix/suffix not allowed", item);
    return { op: operator === "prefix" ? "prefix" : "suffix", value: text };
  }

  function comparable(of: JsonNode & { kind: "number" }): number {
    return comparableNumber(of.text) ?? refuse(`Cannot compare number : ${of.text}`, of);
  }

  /** The range is the service's: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#filtering-numeric-matching */
  function operand(of: JsonNode & { kind: "number" }): number {
    const number = comparable(of);
    return Math.abs(number) <= 5e9 ? number : refuse("Value must be between -5.0E9 and 5.0E9, inclusive", of);
  }

  function numeric(items: readonly JsonNode[], of: JsonNode): Condition {
    const [first, firstValue, second, secondValue, ...more] = items;
    if (first?.kind !== "string") {
      return refuse(
        `Invalid member in numeric match: ${first?.kind === "number" ? first.text : (first?.kind ?? "]")}`,
        of,
      );
    }
    const operator = first.value;
    if (!["=", "<", "<=", ">", ">="].includes(operator)) {
      return refuse(`Unrecognized numeric range operator: ${operator}`, first);
    }
    if (firstValue?.kind !== "number") {
      return refuse(`Value of ${operator === "=" ? "equals" : operator} must be numeric`, firstValue ?? of);
    }
    const bound = operand(firstValue);
    const below = operator === "<" || operator === "<=";
    const open = operator === "<" || operator === ">";
    if (!second) {
      if (operator === "=") return { op: "number", text: firstValue.text, value: bound };
      return below
        ? { op: "range", low: -Infinity, openLow: false, high: bound, openHigh: open }
        : { op: "range", low: bound, openLow: open, high: Infinity, openHigh: false };
    }
    if (operator === "=" || below) return refuse("Too many elements in numeric expression", second);
    if (second.kind !== "string") {
      return refuse(
        `Bad value in numeric range: ${second.kind === "number" ? second.text : second.kind}`,
        second,
      );
    }
    if (second.value !== "<" && second.value !== "<=") {
      return refuse(`Bad numeric range operator: ${second.value}`, second);
    }
    if (secondValue?.kind !== "number")
      return refuse(`Value of ${second.value} must be numeric`, secondValue ?? of);
    if (more.length > 0) return refuse("Too many terms in numeric range expression", of);
    const top = operand(secondValue);
    if (bound >= top) return refuse("Bottom must be less than top", of);
    return { op: "range", low: bound, openLow: open, high: top, openHigh: second.value === "<" };
  }
}
