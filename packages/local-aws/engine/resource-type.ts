/** The interface of a resource type's provider, and helpers for all of them. */
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import { EngineError } from "./errors";
import type { Properties } from "./values";

/** The context of a provider's operation on a resource. */
export interface Call {
  region: string;
  partition: string;
  account(): Promise<string>;
  client<Client>(service: new (options: never) => Client): Client;
  /** Bytes of assets and archives, by input. */
  files: Record<string, Uint8Array>;
  /**
   * To be called as soon as the resource exists if more calls follow. If one of them fails, the resource is kept in
   * the state and completed next time.
   */
  created(id: string, outputs?: Properties): void;
}

export interface Made {
  id: string;
  /** Without the inputs. */
  outputs: Properties;
}

/** Inputs and outputs as in the state, with secrets in plain. */
export interface Existing {
  id: string;
  inputs: Properties;
  outputs: Properties;
}

/**
 * A resource type. Inputs are plain and known, with the name filled in and `tagsAll` made from `tags` and the provider's tags.
 */
export interface ResourceType {
  /** The known inputs. Others are refused by name. `region` is added for regional types. */
  inputs: readonly string[];
  /** Inputs (paths) whose change replaces the resource. */
  replaceOn: readonly string[];
  /** The input with its name, if one is generated when the program gives none. */
  name?: { input: string; maximum: number; lowerCase?: boolean; suffix?(inputs: Properties): string };
  /** Inputs that cause a call even when the program leaves them out. */
  effective?: readonly string[];
  /** It has no region, as in IAM. */
  global?: boolean;
  create(inputs: Properties, call: Call): Promise<Made>;
  /** @returns the new or changed outputs. `changed` has paths. */
  update(existing: Existing, inputs: Properties, changed: readonly string[], call: Call): Promise<Properties>;
  /** Succeeds also when the resource doesn't exist. */
  delete(existing: Existing, call: Call): Promise<void>;
  /** @returns the present resource: the inputs that can be read, null for absent ones; undefined if it was deleted. */
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

/** A number, which the program's language may have turned into a text. */
export function number(value: Json | undefined): number | undefined {
  return value === undefined || value === null || value === "" ? undefined : Number(value);
}

export function flag(value: Json | undefined): boolean | undefined {
  return value === undefined || value === null ? undefined : value === true || value === "true";
}

function list(value: Json | undefined): Json[] {
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
 * @throws EngineError naming an unknown member, so that none is silently lost.
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

/** The tags to set and to remove on the way from one set of tags to another. */
export function tagChanges(before: Tags, after: Tags): { set: Tags; remove: string[] } {
  const set = Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value));
  return { set, remove: Object.keys(before).filter((key) => !(key in after)) };
}

/** Without undefined members. */
export function defined(values: Record<string, Json | undefined>): Properties {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Properties;
}

/** For `read`: undefined members are known to be absent. */
export function seen(values: Record<string, Json | undefined>): Properties {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? null]));
}
