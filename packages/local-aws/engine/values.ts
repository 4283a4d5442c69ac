/**
 * Property values as a Pulumi program and its engine exchange them. What JSON can't express (secrets, values not known yet,
 * assets, references to resources) is a marked object or a distinguished string.
 *
 * Source: the property encoding of the Pulumi SDKs
 * (https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/deployment-execution/resource-registration.html).
 */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isJsonObject, type Json, type JsonObject } from "@bailiwick/aws-events/record";

/** The properties of a resource, by their names in the program. */
export type Properties = JsonObject;

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Stands for a value that is not known yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** An object that is marked as something special. */
type Marked = JsonObject & { [SIGNATURE]: string };

const marked = (value: Json | undefined, signature: string): value is Marked =>
  isJsonObject(value) && value[SIGNATURE] === signature;

export const isSecret = (value: Json | undefined): value is Marked => marked(value, SECRET);
export const isAsset = (value: Json | undefined): value is Marked => marked(value, ASSET);
export const isArchive = (value: Json | undefined): value is Marked => marked(value, ARCHIVE);

/** Marks a value as secret; a secret stays as it is. */
export function secret(value: Json): Json {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** A file or archive of which only the digest is kept. */
export function digested(value: JsonObject, sha256: string): JsonObject {
  return { [SIGNATURE]: value[SIGNATURE] ?? null, hash: sha256 };
}

function some(value: Json | undefined, test: (value: Json) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item) => some(item, test));
  return isJsonObject(value) && Object.values(value).some((item) => some(item, test));
}

/** @returns whether any part of the value is still unknown. */
export function hasUnknown(value: Json | undefined): boolean {
  return some(value, (part) => part === UNKNOWN || (marked(part, OUTPUT) && part["value"] === undefined));
}

/** @returns whether any part of the value is secret. */
export function hasSecret(value: Json | undefined): boolean {
  return some(value, (part) => isSecret(part) || (marked(part, OUTPUT) && part["secret"] === true));
}

/** Every string in the secret parts of a value, which no message may show. */
export function secretStrings(value: Json | undefined, inside = false): string[] {
  if (value === undefined || value === null) return [];
  if (isSecret(value)) return secretStrings(value["value"], true);
  if (Array.isArray(value)) return value.flatMap((item) => secretStrings(item, inside));
  if (isJsonObject(value)) return Object.values(value).flatMap((item) => secretStrings(item, inside));
  return inside && typeof value === "string" && value !== UNKNOWN ? [value] : [];
}

/**
 * The plain value for providers and comparisons: without marks of secrets, with references reduced to ids, without null
 * members. Assets and archives stay marked.
 */
export function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  if (isSecret(value)) return plain(value["value"] ?? null);
  if (marked(value, OUTPUT)) return plain(value["value"] ?? UNKNOWN);
  if (marked(value, RESOURCE)) return value["id"] || value["urn"] || null;
  return plainProperties(value);
}

/** `plain` for an object. */
export function plainProperties(properties: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(properties)) {
    const opened = plain(value);
    if (opened !== null) result[key] = opened;
  }
  return result;
}

/** Marks the members that have something secret in `like`, or are named in `names`. */
export function withSecrets(properties: Properties, like: Properties, names: readonly string[]): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(properties))
    result[key] = names.includes(key) || hasSecret(like[key]) ? secret(value) : value;
  return result;
}

/** @returns a copy in which `change` has replaced every secret, given the whole marked object. */
export function mapSecrets(value: Json, change: (item: JsonObject) => Json): Json {
  if (Array.isArray(value)) return value.map((item) => mapSecrets(item, change));
  if (!isJsonObject(value)) return value;
  if (isSecret(value)) return change(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, Json] => [key, mapSecrets(item, change)]),
  );
}

export function fromStruct(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}
