/** CBOR, as SDKs speak it in RPC v2. */
import { cbor } from "@smithy/core/cbor";

/** @throws if it is no map. */
export function decodeCbor(bytes: Buffer): Record<string, unknown> {
  const value: unknown = cbor.deserialize(new Uint8Array(bytes));
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("The body is no CBOR map.");
  return value as Record<string, unknown>;
}
