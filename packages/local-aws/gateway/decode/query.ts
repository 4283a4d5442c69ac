/** Decodes form fields such as `Filter.1.Value.2=x` to a structure, for the query protocol and EC2's variant of it. */
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import { shapeOf, type ServiceModel, type Shape, type ShapeReference } from "../models";
import { decodeText } from "./values";

interface Node {
  text?: string;
  children: Map<string, Node>;
}

/** @param fields decoded names and values. The model's input doesn't have `Action` and `Version`: they are left out. */
export function decodeQuery(
  model: ServiceModel,
  input: ShapeReference,
  fields: Iterable<[string, string]>,
): JsonObject {
  const root: Node = { children: new Map() };
  for (const [name, text] of fields) {
    let node = root;
    for (const part of name.split(".")) {
      let child = node.children.get(part);
      if (!child) node.children.set(part, (child = { children: new Map() }));
      node = child;
    }
    node.text = text;
  }
  return decodeStructure(model, shapeOf(model, input), root);
}

function decodeStructure(model: ServiceModel, shape: Shape, node: Node): JsonObject {
  const decoded: JsonObject = {};
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    const value = decodeMember(model, node, name, member);
    if (value !== undefined) decoded[name] = value;
  }
  return decoded;
}

function decodeMember(
  model: ServiceModel,
  parent: Node,
  name: string,
  member: ShapeReference,
): Json | undefined {
  const shape = shapeOf(model, member);
  const names = fieldNames(model, name, member);
  // The fields of a flattened list have its members' name.
  if (shape.type === "list" && (shape.flattened === true || member.flattened === true))
    names.unshift(...(shape.member?.locationName === undefined ? [] : [shape.member.locationName]));
  const child = names.map((field) => parent.children.get(field)).find((found) => found !== undefined);
  return child && decodeNode(model, member, child);
}

function fieldNames(model: ServiceModel, name: string, member: ShapeReference): string[] {
  if (model.metadata.protocol !== "ec2") return [member.locationName ?? name];
  if (member.queryName !== undefined) return [member.queryName];
  const { locationName } = member;
  return locationName === undefined ? [name] : [locationName[0]?.toUpperCase() + locationName.slice(1), name];
}

function decodeNode(model: ServiceModel, reference: ShapeReference, node: Node): Json {
  const shape = shapeOf(model, reference);
  switch (shape.type) {
    case "structure":
      return decodeStructure(model, shape, node);
    case "list": {
      const { member } = shape;
      if (!member) return [];
      const items = numbered(node) ?? numbered(node.children.get(member.locationName ?? "member")) ?? [];
      return items.map((item) => decodeNode(model, member, item));
    }
    case "map": {
      const decoded: JsonObject = {};
      for (const entry of numbered(node) ?? numbered(node.children.get("entry")) ?? []) {
        const key = entry.children.get(shape.key?.locationName ?? "key")?.text;
        const value = entry.children.get(shape.value?.locationName ?? "value");
        if (key !== undefined && value && shape.value) decoded[key] = decodeNode(model, shape.value, value);
      }
      return decoded;
    }
    default:
      return decodeText(node.text ?? "", shape);
  }
}

/** The children of a list in the order of their numbers; undefined if there are none. */
function numbered(node: Node | undefined): Node[] | undefined {
  if (!node) return undefined;
  const items = [...node.children].filter(([key]) => /^\d+$/.test(key));
  if (items.length === 0) return undefined;
  return items.sort(([left], [right]) => Number(left) - Number(right)).map(([, item]) => item);
}
