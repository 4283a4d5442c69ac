/** Turns each issue that a schema raises into a fault, in the schema's own words. */
import * as v from "valibot";
import { NAMESPACE, type Fault } from "./configuration-error";
import { configurationSchema } from "./schema";
import { exampleOf, holdsSecret, unwrap, type AnySchema } from "./schema/metadata";

/**
 * Never repeats a value that is a secret or could contain one.
 * @param root the schema that raised the issue.
 * @param prefix the path of the value that `root` describes.
 */
export function faultFromIssue(
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
  const fullPath = `${prefix}${path}`;
  if (issue.type === "strict_object" && issue.expected === "never") {
    const keys = siblingKeys(root, steps);
    return {
      path: fullPath,
      found: "an unknown key",
      expected: `one of ${keys.join(", ")}`,
      example: keys[0] ?? "nothing",
    };
  }
  const schema = schemaAt(root, steps);
  const isSecret = schema !== undefined && holdsSecret(schema);
  const value = isSecret ? "a value that isn't shown" : JSON.stringify(issue.input);
  // For a missing key Valibot has a message of its own: the schema's is better.
  const schemaMessage = schema === undefined ? undefined : unwrap(schema).message;
  return {
    path: fullPath,
    found: issue.input === undefined ? "nothing" : value,
    expected: issue.input === undefined && typeof schemaMessage === "string" ? schemaMessage : issue.message,
    example: exampleAt(root, steps),
  };
}

/** The example of the value itself, or of the nearest value around it that has one. */
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

/** The schema of the value at the path, undefined for a path outside the schema. */
function schemaAt(root: AnySchema, steps: v.IssuePathItem[]): AnySchema | undefined {
  let schema: AnySchema | undefined = root;
  for (const { key } of steps) {
    const { entries, item, value } = unwrap(schema);
    schema = entries?.[String(key)] ?? item ?? value;
    if (schema === undefined) return undefined;
  }
  return schema;
}

function siblingKeys(root: AnySchema, steps: v.IssuePathItem[]): string[] {
  const parent = schemaAt(root, steps.slice(0, -1));
  return Object.keys((parent && unwrap(parent).entries) ?? {});
}
