/** Decodes values by the model: with member names as keys, times in ISO 8601 and blobs in base64. */
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import { shapeOf, type ServiceModel, type Shape, type ShapeReference } from "../models";
import { childNamed, childrenNamed, type XmlElement } from "../xml";

/** Text of a header, query parameter, XML element or form field. */
export function decodeText(text: string, shape: Shape, reference?: ShapeReference): Json {
  switch (shape.type) {
    case "integer":
    case "long":
    case "short":
    case "byte":
    case "float":
    case "double":
      return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
    case "boolean":
      return text.trim().toLowerCase() === "true";
    case "timestamp":
      return decodeTime(text);
    case "structure":
    case "list":
    case "map":
    case "string":
    case "character":
    case "bigdecimal":
    case "blob":
      return reference?.jsonvalue === true ? Buffer.from(text, "base64").toString() : text;
  }
}

/** A time in any of AWS's three formats as ISO 8601; any other text stays as it is. */
function decodeTime(value: string | number): string {
  const number = typeof value === "number" ? value : Number(value);
  const time = Number.isNaN(number) ? Date.parse(String(value)) : number * 1000;
  return Number.isNaN(time) || Math.abs(time) > 8.64e15 ? String(value) : new Date(time).toISOString();
}

export function decodeXml(model: ServiceModel, reference: ShapeReference, element: XmlElement): Json {
  const shape = shapeOf(model, reference);
  switch (shape.type) {
    case "structure":
      return decodeXmlStructure(model, shape, element);
    case "list": {
      const { member } = shape;
      if (!member) return [];
      const items =
        shape.flattened === true ? [element] : childrenNamed(element, member.locationName ?? "member");
      return items.map((item) => decodeXml(model, member, item));
    }
    case "map":
      return decodeXmlMap(
        model,
        shape,
        shape.flattened === true ? [element] : childrenNamed(element, "entry"),
      );
    default:
      return decodeText(element.text, shape);
  }
}

/** Without members that are sent outside the body. */
export function decodeXmlStructure(model: ServiceModel, shape: Shape, element: XmlElement): JsonObject {
  const decoded: JsonObject = {};
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    if (member.location !== undefined) continue;
    const value = decodeXmlMember(model, name, member, element);
    if (value !== undefined) decoded[name] = value;
  }
  return decoded;
}

function decodeXmlMember(
  model: ServiceModel,
  name: string,
  member: ShapeReference,
  element: XmlElement,
): Json | undefined {
  const shape = shapeOf(model, member);
  if (member.xmlAttribute === true) {
    const text = element.attributes[member.locationName ?? name];
    return text === undefined ? undefined : decodeText(text, shape);
  }
  if (
    (shape.flattened === true || member.flattened === true) &&
    (shape.type === "list" || shape.type === "map")
  ) {
    const item = shape.type === "list" ? shape.member : undefined;
    const items = childrenNamed(element, member.locationName ?? item?.locationName ?? name);
    if (items.length === 0) return undefined;
    return item
      ? items.map((itemElement) => decodeXml(model, item, itemElement))
      : decodeXmlMap(model, shape, items);
  }
  const child = childNamed(element, member.locationName ?? name);
  return child && decodeXml(model, member, child);
}

function decodeXmlMap(model: ServiceModel, shape: Shape, entries: XmlElement[]): JsonObject {
  const decoded: JsonObject = {};
  for (const entry of entries) {
    const key = childNamed(entry, shape.key?.locationName ?? "key");
    const value = childNamed(entry, shape.value?.locationName ?? "value");
    if (key && value && shape.value) decoded[key.text] = decodeXml(model, shape.value, value);
  }
  return decoded;
}

/** @param value from JSON or CBOR. Members that are not in the model are left out. */
export function decodeJson(model: ServiceModel, reference: ShapeReference, value: unknown): Json {
  if (value === null || value === undefined) return null;
  const shape = shapeOf(model, reference);
  switch (shape.type) {
    case "structure":
      if (shape.document === true || typeof value !== "object") return value as Json;
      return decodeJsonStructure(model, shape, value as Record<string, unknown>);
    case "list": {
      const { member } = shape;
      if (!member || !Array.isArray(value)) return [];
      return value.map((item) => decodeJson(model, member, item));
    }
    case "map": {
      const item = shape.value;
      if (!item || typeof value !== "object") return {};
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, decodeJson(model, item, entry)]),
      );
    }
    case "timestamp":
      return decodeTime(isTagged(value) ? Number(value.value) : (value as string | number));
    case "blob":
      return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : (value as Json);
    default:
      return typeof value === "bigint" ? Number(value) : (value as Json);
  }
}

export function decodeJsonStructure(
  model: ServiceModel,
  shape: Shape,
  object: Record<string, unknown>,
): JsonObject {
  const decoded: JsonObject = {};
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    if (member.location !== undefined) continue;
    const value = object[member.locationName ?? name] ?? object[name];
    if (value !== undefined && value !== null) decoded[name] = decodeJson(model, member, value);
  }
  return decoded;
}

/** A time in CBOR: tag 1 and seconds since 1970. */
const isTagged = (value: unknown): value is { value: unknown } =>
  typeof value === "object" && value !== null && "tag" in value && "value" in value;
