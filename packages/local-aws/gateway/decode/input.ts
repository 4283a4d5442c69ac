/** The parameters of a call in any protocol. */
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import { shapeOf, type OperationModel, type Protocol, type Shape } from "../models";
import { parseXml } from "../xml";
import { decodeCbor } from "./cbor";
import { decodeQuery } from "./query";
import type { RestRequest } from "./rest";
import { decodeJson, decodeJsonStructure, decodeText, decodeXml, decodeXmlStructure } from "./values";

interface Input {
  request: RestRequest;
  labels: Record<string, string>;
  /** Whole and without transfer encodings; undefined if it was not kept. */
  body: Buffer | undefined;
}

/** @throws if the body does not fit the protocol. */
export function decodeInput(operation: OperationModel, protocol: Protocol, input: Input): JsonObject {
  const { service: model, input: reference } = operation;
  if (!reference) return {};
  const shape = shapeOf(model, reference);
  const { body } = input;
  switch (protocol) {
    case "json":
      return body && body.length > 0 ? decodeJsonStructure(model, shape, parseObject(body)) : {};
    case "smithy-rpc-v2-cbor":
      return body && body.length > 0 ? decodeJsonStructure(model, shape, decodeCbor(body)) : {};
    case "query":
    case "ec2":
      return decodeQuery(model, reference, [...input.request.query, ...formFields(body)]);
    case "rest-json":
    case "rest-xml":
      return { ...decodeHead(operation, shape, input), ...decodeBody(operation, protocol, shape, body) };
  }
}

export const formFields = (body: Buffer | undefined): [string, string][] => [
  ...new URLSearchParams(body?.toString() ?? ""),
];

function parseObject(body: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(body.toString());
  if (typeof value !== "object" || value === null) throw new Error("The body is not a JSON object.");
  return value as Record<string, unknown>;
}

function decodeHead(operation: OperationModel, shape: Shape, { request, labels }: Input): JsonObject {
  const model = operation.service;
  const decoded: JsonObject = {};
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    const wireName = member.locationName ?? name;
    const memberShape = shapeOf(model, member);
    if (member.location === "uri") {
      const text = labels[wireName];
      if (text !== undefined) decoded[name] = decodeText(text, memberShape);
    } else if (member.location === "header") {
      const text = request.headers[wireName.toLowerCase()];
      if (text !== undefined) decoded[name] = decodeText(text, memberShape, member);
    } else if (member.location === "headers") {
      const prefix = wireName.toLowerCase();
      const found = Object.entries(request.headers).filter(([header]) => header.startsWith(prefix));
      if (found.length > 0)
        decoded[name] = Object.fromEntries(
          found.map(([header, text]) => [header.slice(prefix.length), text]),
        );
    } else if (member.location === "querystring") {
      const value = decodeQueryString(operation, memberShape, wireName, request.query);
      if (value !== undefined) decoded[name] = value;
    }
  }
  return decoded;
}

function decodeQueryString(
  operation: OperationModel,
  shape: Shape,
  wireName: string,
  query: RestRequest["query"],
): Json | undefined {
  const values = query.filter(([name]) => name === wireName).map(([, value]) => value);
  const member = shape.member ?? shape.value;
  if (shape.type === "map") {
    const known = new Set(Object.values(inputMembers(operation)).map(({ locationName }) => locationName));
    const others = query.filter(([name]) => !known.has(name));
    return others.length > 0 ? Object.fromEntries(others) : undefined;
  }
  if (values.length === 0) return undefined;
  if (shape.type === "list" && member)
    return values.map((value) => decodeText(value, shapeOf(operation.service, member)));
  return decodeText(values[0] ?? "", shape);
}

const inputMembers = (operation: OperationModel) =>
  (operation.input && shapeOf(operation.service, operation.input).members) ?? {};

function decodeBody(
  operation: OperationModel,
  protocol: "rest-json" | "rest-xml",
  shape: Shape,
  body: Buffer | undefined,
): JsonObject {
  const model = operation.service;
  if (!body || body.length === 0) return {};
  if (shape.payload !== undefined) {
    const member = shape.members?.[shape.payload];
    if (!member) return {};
    const payload = shapeOf(model, member);
    // Content that a client stores is not a parameter.
    if (payload.type === "blob") return {};
    if (payload.type === "string") return { [shape.payload]: body.toString() };
    const value =
      protocol === "rest-xml"
        ? decodeXml(model, member, parseXml(body.toString()))
        : decodeJson(model, member, JSON.parse(body.toString()));
    return { [shape.payload]: value };
  }
  if (!Object.values(shape.members ?? {}).some((member) => member.location === undefined)) return {};
  return protocol === "rest-xml"
    ? decodeXmlStructure(model, shape, parseXml(body.toString()))
    : decodeJsonStructure(model, shape, parseObject(body));
}
