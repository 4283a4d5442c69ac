/** What a schema says of itself beside its words: examples, secrets. Errors and docs/configuration.md are made from it. */
import * as v from "valibot";

/** What a user may write there, as YAML. */
export const example = <Input>(text: string) =>
  v.metadata<Input, { readonly example: string }>({ example: text });

/** An example of a value that no message may repeat. */
export const secret = <Input>(exampleText: string) =>
  v.metadata<Input, { readonly secret: true; readonly example: string }>({
    secret: true,
    example: exampleText,
  });

/** Valibot's schemas, with the parts that some of them have. */
export type AnySchema = v.GenericSchema & {
  entries?: Record<string, AnySchema>;
  item?: AnySchema;
  value?: AnySchema;
  wrapped?: AnySchema;
  default?: unknown;
  message?: unknown;
};

/** The schema in `optional`. */
export const unwrap = (schema: AnySchema): AnySchema =>
  schema.wrapped === undefined ? schema : unwrap(schema.wrapped);

/** Whether some part of it is a secret, which no message may repeat. */
export function holdsSecret(schema: AnySchema): boolean {
  if (v.getMetadata(schema)["secret"] === true) return true;
  const { entries = {}, item, value, wrapped } = schema;
  return [...Object.values(entries), item, value, wrapped].some((part) => part && holdsSecret(part));
}

/** The schema's own example, or the one of what it wraps. */
export function exampleOf(schema: v.GenericSchema): string | undefined {
  const metadata = v.getMetadata(schema);
  if (typeof metadata["example"] === "string") return metadata["example"];
  const { wrapped } = schema as AnySchema;
  return wrapped === undefined ? undefined : exampleOf(wrapped);
}
