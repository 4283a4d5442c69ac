/** Metadata of schemas: examples, secrets. Error messages and docs/configuration.md are generated from it. */
import * as v from "valibot";

/** A value that a user may write, as YAML. */
export const example = <Input>(text: string) =>
  v.metadata<Input, { readonly example: string }>({ example: text });

/** The example of a secret value, which no message may repeat. */
export const secret = <Input>(exampleText: string) =>
  v.metadata<Input, { readonly secret: true; readonly example: string }>({
    secret: true,
    example: exampleText,
  });

/** A Valibot schema, with the parts that only some kinds have. */
export type AnySchema = v.GenericSchema & {
  entries?: Record<string, AnySchema>;
  item?: AnySchema;
  value?: AnySchema;
  wrapped?: AnySchema;
  default?: unknown;
  message?: unknown;
};

/** The schema that `optional` wraps. */
export const unwrap = (schema: AnySchema): AnySchema =>
  schema.wrapped === undefined ? schema : unwrap(schema.wrapped);

/** Whether any part of the schema is a secret, which no message may repeat. */
export function holdsSecret(schema: AnySchema): boolean {
  if (v.getMetadata(schema)["secret"] === true) return true;
  const { entries = {}, item, value, wrapped } = schema;
  return [...Object.values(entries), item, value, wrapped].some((part) => part && holdsSecret(part));
}

/** The schema's own example, or that of the schema it wraps. */
export function exampleOf(schema: v.GenericSchema): string | undefined {
  const metadata = v.getMetadata(schema);
  if (typeof metadata["example"] === "string") return metadata["example"];
  const { wrapped } = schema as AnySchema;
  return wrapped === undefined ? undefined : exampleOf(wrapped);
}
