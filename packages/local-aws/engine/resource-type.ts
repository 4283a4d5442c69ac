/** What a provider of a resource type is, and the small helpers that all of them share. */
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import { EngineError } from "./errors";
import type { Properties } from "./values";

/** What a provider has at hand while it works on one resource. */
export interface Call {
  region: string;
  partition: string;
  account(): Promise<string>;
  client<Client>(service: new (options: never) => Client): Client;
  /** Bytes of assets and archives, by input. */
  files: Record<string, Uint8Array>;
  /**
   * To be called as soon as the resource exists when more calls follow: should one of those fail, the resource is kept in
   * the state and completed next time.
   */
  created(id: string, outputs?: Properties): void;
}

export interface Made {
  id: string;
  /** Only what is not among the inputs. */
  outputs: Properties;
}

/** Inputs and outputs as the state has them, secrets opened. */
export interface Existing {
  id: string;
  inputs: Properties;
  outputs: Properties;
}

/**
 * A resource type. Inputs arrive plain, known, with the name filled in and `tagsAll` made of `tags` and the provider's.
 */
export interface ResourceType {
  /** Inputs that it knows; others are refused by name. `region` is added for regional types. */
  inputs: readonly string[];
  /** Inputs (paths) whose change means another resource. */
  replaceOn: readonly string[];
  /** Where its name is, when one is made up for it if the program gives none. */
  name?: { input: string; maximum: number; lowerCase?: boolean; suffix?(inputs: Properties): string };
  /** Inputs that make a call even when the program leaves them out. */
  effective?: readonly string[];
  /** IAM and the like: it has no region. */
  global?: boolean;
  create(inputs: Properties, call: Call): Promise<Made>;
  /** @returns the outputs that are new or changed. `changed` holds paths. */
  update(existing: Existing, inputs: Properties, changed: readonly string[], call: Call): Promise<Properties>;
  /** Has succeeded when the resource is not there. */
  delete(existing: Existing, call: Call): Promise<void>;
  /** @returns what is there now: of the inputs what can be read, null for what is absent; undefined when it is gone. */
  read(existing: Existing, call: Call): Promise<{ inputs: Properties; outputs: Properties } | undefined>;
}

/** @returns whether one of the inputs changed, or something inside it. */
export function touches(changed: readonly string[], ...inputs: string[]): boolean {
  return changed.some((path) =>
    inputs.some(
      (input) => path === input || (/^[.[]/.test(path.slice(input.length)) && path.startsWith(input)),
    ),
  );
}

/** A text; undefined when absent. */
export function text(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "object") throw new EngineError(`Expected a text, found ${JSON.stringify(value)}.`);
  return String(value);
}

export function required(inputs: Properties, name: string): string {
  const value = text(inputs[name]);
  if (value === undefined || value === "") throw new EngineError(`The property "${name}" is missing.`);
  return value;
}

/** A number; the language of the program may have made a text of it. */
export function number(value: Json | undefined): number | undefined {
  return value === undefined || value === null || value === "" ? undefined : Number(value);
}

export function flag(value: Json | undefined): boolean | undefined {
  return value === undefined || value === null ? undefined : value === true || value === "true";
}

export function list(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

export function texts(value: Json | undefined): string[] {
  return list(value).map((item) => text(item) ?? "");
}

/** An object, or the only item of a list. */
export function object(value: Json | undefined): JsonObject | undefined {
  const found = Array.isArray(value) ? value[0] : value;
  return typeof found === "object" && found !== null && !Array.isArray(found) ? found : undefined;
}

export function objects(value: Json | undefined): JsonObject[] {
  return list(value).map((item) => {
    const found = object(item);
    if (found === undefined) throw new EngineError(`Expected an object, found ${JSON.stringify(item)}.`);
    return found;
  });
}

/** A policy document as text. */
export function document(value: Json | undefined): string | undefined {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : text(value);
}

/**
 * Takes the named members of an object.
 * @throws EngineError naming a member that isn't one of them, so that none is lost in silence.
 */
export function only(value: JsonObject, where: string, names: readonly string[]): JsonObject {
  const unknown = Object.keys(value).filter((key) => !names.includes(key));
  if (unknown.length > 0)
    throw new EngineError(
      `"${where}" has ${unknown.join(", ")}, which the local engine does not know; it knows ${names.join(", ")}.`,
    );
  return value;
}

export type Tags = Record<string, string>;

export function tagsOf(inputs: Properties): Tags {
  return (object(inputs["tagsAll"]) ?? {}) as Tags;
}

/** For services whose tags are lists of `Key` and `Value`. */
export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value: String(Value) }));
}

/** Tags as a service listed them, `undefined` for none. */
export function tagMap(tags: readonly { Key?: string; Value?: string }[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

/** What must be set and what must go to get from one set of tags to the other. */
export function tagChanges(before: Tags, after: Tags): { set: Tags; remove: string[] } {
  const set = Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value));
  return { set, remove: Object.keys(before).filter((key) => !(key in after)) };
}

/** Members that are undefined left out. */
export function defined(values: Record<string, Json | undefined>): Properties {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Properties;
}

/** For `read`: members that are undefined are known to be absent. */
export function seen(values: Record<string, Json | undefined>): Properties {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? null]));
}
