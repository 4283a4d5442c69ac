/** What the schema refuses, in the words of the schema: each issue becomes a fault. */
import * as v from "valibot";
import { NAMESPACE, type Fault } from "./faults";
import { configurationSchema } from "./schema";
import { exampleOf, holdsSecret, unwrap, type AnySchema } from "./schema/metadata";

/** Never repeats a value that is a secret or could hold one. */
export function faultOf(issue: v.BaseIssue<unknown>): Fault {
  const steps = (issue.path ?? []) as v.IssuePathItem[];
  const path = steps
    .map(({ key }, index) =>
      typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`,
    )
    .join("");
  const at = `${NAMESPACE}:${path}`;
  if (issue.type === "strict_object" && issue.expected === "never") {
    return { path: at, found: "an unknown key", expected: `one of ${keysBeside(steps).join(", ")}` };
  }
  const schema = schemaAt(steps);
  const given = schema !== undefined && holdsSecret(schema) ? "a value that isn't shown" : undefined;
  const found = issue.input === undefined ? "nothing" : (given ?? JSON.stringify(issue.input));
  // A key that isn't there has Valibot's own message: what its schema says is better.
  const ours = schema === undefined ? undefined : unwrap(schema).message;
  const expected = issue.input === undefined && typeof ours === "string" ? ours : issue.message;
  return { path: at, found, expected, example: schema === undefined ? undefined : exampleOf(schema) };
}

/** The schema of what stands at the path, undefined outside of the schema. */
function schemaAt(steps: v.IssuePathItem[]): AnySchema | undefined {
  let schema: AnySchema | undefined = configurationSchema;
  for (const { key } of steps) {
    const bare = unwrap(schema);
    schema = bare.entries?.[String(key)] ?? bare.item ?? bare.value;
    if (schema === undefined) return undefined;
  }
  return schema;
}

function keysBeside(steps: v.IssuePathItem[]): string[] {
  const parent = schemaAt(steps.slice(0, -1));
  return Object.keys((parent && unwrap(parent).entries) ?? {});
}
