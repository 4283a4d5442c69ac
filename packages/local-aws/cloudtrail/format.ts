/** Parameters as CloudTrail writes them for most services: first letters in lower case, times in words, secrets hidden. */
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import { shapeOf, type ServiceModel, type ShapeReference } from "../gateway/models";

/** What CloudTrail writes in place of a secret. */
export const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

export interface Style {
  time(iso: string): Json;
  /**
   * Decides on a member by its path (`Environment.Variables`): undefined leaves it out, `keep` keeps it, and anything else
   * replaces it.
   */
  member?(path: string, value: Json): Json | undefined | typeof keep;
  /** Decides in the same way on a value in a map, by the map's path and the key. */
  entry?(path: string, key: string): Json | typeof keep;
  /** Members with other names, by the model's name. */
  rename?: Record<string, string>;
  /** The names of the API instead of those on the wire. */
  byApiNames?: boolean;
  /** Keeps first letters as they are. */
  asIs?: boolean;
  /** What replaces secrets. Default: HIDDEN. */
  hidden?: string;
}

export const keep = Symbol("keep");

/** REST services with JSON write the names on the wire, the others those of the API. */
const nameOf = (model: ServiceModel, name: string, member: ShapeReference, style: Style): string =>
  model.metadata.protocol === "rest-json" && member.location !== "header" && style.byApiNames !== true
    ? (member.locationName ?? name)
    : name;

const calledBy = (style: Style, name: string): string => (style.asIs === true ? name : lowerFirst(name));

/** `DBInstanceIdentifier` → `dBInstanceIdentifier`. */
export const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** @param value as the gateway decoded it, with the model's member names. */
export function format(
  model: ServiceModel,
  reference: ShapeReference,
  value: Json,
  style: Style,
  path = "",
): Json {
  if (value === null) return null;
  const shape = shapeOf(model, reference);
  switch (shape.type) {
    case "structure": {
      if (typeof value !== "object" || Array.isArray(value)) return value;
      const formatted: JsonObject = {};
      for (const [name, memberValue] of Object.entries(value)) {
        const member = shape.members?.[name];
        const memberPath = path === "" ? name : `${path}.${name}`;
        if (!member) continue;
        const called = style.rename?.[name] ?? calledBy(style, nameOf(model, name, member, style));
        const decided = style.member ? style.member(memberPath, memberValue) : keep;
        if (decided === undefined) continue;
        if (decided !== keep) {
          formatted[called] = decided;
          continue;
        }
        const memberShape = shapeOf(model, member);
        // A record has neither bytes nor the status.
        if (memberShape.type === "blob" || member.location === "statusCode") continue;
        formatted[called] = format(model, member, memberValue, style, memberPath);
      }
      return formatted;
    }
    case "list": {
      const { member } = shape;
      return Array.isArray(value) && member
        ? value.map((item) => format(model, member, item, style, path))
        : value;
    }
    case "map": {
      const item = shape.value;
      if (!item || typeof value !== "object" || Array.isArray(value)) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, memberValue]) => {
          const decided = style.entry?.(path, key) ?? keep;
          return [key, decided === keep ? format(model, item, memberValue, style, `${path}.*`) : decided];
        }),
      );
    }
    case "timestamp":
      return typeof value === "string" ? style.time(value) : value;
    default:
      return shape.sensitive === true && typeof value === "string" ? (style.hidden ?? HIDDEN) : value;
  }
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Jul 30, 2024, 9:46:15 PM`; some services' records have no comma before the time. */
export function timeInWords(iso: string, separator = ", "): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const two = (number: number) => String(number).padStart(2, "0");
  const hours = time.getUTCHours();
  const clock = `${hours % 12 || 12}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} ${hours < 12 ? "AM" : "PM"}`;
  return `${MONTHS[time.getUTCMonth()]} ${time.getUTCDate()}, ${time.getUTCFullYear()}${separator}${clock}`;
}

/** Null in place of an empty object, as in records. */
export const nullIfEmpty = (object: JsonObject): JsonObject | null =>
  Object.keys(object).length === 0 ? null : object;
