/** What a schema refuses, in the words of the schema: each issue becomes a fault. */
import * as v from "valibot";
import { NAMESPACE, type Fault } from "./configuration-error";
import { configurationSchema } from "./schema";
import { exampleOf, holdsSecret, unwrap, type AnySchema } from "./schema/metadata";

/**
 * Never repeats a value that is a secret or could hold one.
 * @param root the schema that found the issue, of what stands at `at`.
 */
export function faultOf(
  issue: v.BaseIssue<unknown>,
  root: AnySchema = configurationSchema,
  prefix = `${NAMESPACE}:`,
): Fault {
  const steps = (issue.path ?? []) as v.IssuePathItem[];
  const path = steps
    .map(({ key }, index) =>
      typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`,
    )
    .join("");
  const at = `${prefix}${path}`;
  if (issue.type === "strict_object" && issue.expected === "never") {
    const keys = keysBeside(root, steps);
    return {
      path: at,
      found: "an unknown key",
      expected: `one of ${keys.join(", ")}`,
      example: keys[0] ?? "nothing",
    };
  }
  const schema = schemaAt(root, steps);
  const given = schema !== undefined && holdsSecret(schema) ? "a value that isn't shown" : undefined;
  const found = issue.input === undefined ? "nothing" : (given ?? JSON.stringify(issue.input));
  // A key that isn't there has Valibot's own message: what its schema says is better.
  const ours = schema === undefined ? undefined : unwrap(schema).message;
  const expected = issue.input === undefined && typeof ours === "string" ? ours : issue.message;
  return { path: at, found, expected, example: exampleAt(root, steps) };
}

/** Of the value itself, or of the nearest around it that has one. */
function exampleAt(root: AnySchema, steps: v.IssuePathItem[]): string {
  for (let length = steps.length; length >= 0; length--) {
    const schema = schemaAt(root, steps.slice(0, length));
    const example = schema && (exampleOf(schema) ?? defaultOf(schema));
    if (example !== undefined) return example;
  }
  return "{}";
}

function defaultOf(schema: AnySchema): string | undefined {
  return schema.default === undefined ? undefined : JSON.stringify(schema.default);
}

/** The schema of what stands at the path, undefined outside of the schema. */
function schemaAt(root: AnySchema, steps: v.IssuePathItem[]): AnySchema | undefined {
  let schema: AnySchema | undefined = root;
  for (const { key } of steps) {
    const bare = unwrap(schema);
    schema = bare.entries?.[String(key)] ?? bare.item ?? bare.value;
    if (schema === undefined) return undefined;
  }
  return schema;
}

function keysBeside(root: AnySchema, steps: v.IssuePathItem[]): string[] {
  const parent = schemaAt(root, steps.slice(0, -1));
  return Object.keys((parent && unwrap(parent).entries) ?? {});
}
