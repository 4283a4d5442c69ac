/** CBOR, which SDKs use in Smithy's RPC v2 protocol. */
import { cbor } from "@smithy/core/cbor";

/** @throws if it is not a map. */
export function decodeCbor(bytes: Buffer): Record<string, unknown> {
  const value: unknown = cbor.deserialize(new Uint8Array(bytes));
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("The body is not a CBOR map.");
  return value as Record<string, unknown>;
}
