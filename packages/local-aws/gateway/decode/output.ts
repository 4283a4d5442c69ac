/** The output or the error of a call in any protocol. */
import type { JsonObject } from "@bailiwick/aws-events/record";
import { shapeOf, type OperationModel, type Protocol } from "../models";
import { childNamed, parseXml, type XmlElement } from "../xml";
import { decodeCbor } from "./cbor";
import { decodeJson, decodeJsonStructure, decodeText, decodeXml, decodeXmlStructure } from "./values";

interface Answer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** Undefined if it was not kept. */
  body: Buffer | undefined;
}

/** @throws if the body does not fit the protocol. */
export function decodeOutput(operation: OperationModel, protocol: Protocol, answer: Answer): JsonObject {
  const { service: model, output: reference } = operation;
  if (!reference) return {};
  const shape = shapeOf(model, reference);
  const { body } = answer;
  const text = body?.toString() ?? "";
  switch (protocol) {
    case "json":
      return text.trim() === "" ? {} : decodeJsonStructure(model, shape, parseObject(text));
    case "smithy-rpc-v2-cbor":
      return body && body.length > 0 ? decodeJsonStructure(model, shape, decodeCbor(body)) : {};
    case "query":
    case "ec2": {
      if (text.trim() === "") return {};
      const root = parseXml(text);
      const { resultWrapper } = reference;
      return decodeXmlStructure(
        model,
        shape,
        (resultWrapper === undefined ? undefined : childNamed(root, resultWrapper)) ?? root,
      );
    }
    case "rest-json":
    case "rest-xml": {
      const head: JsonObject = {};
      for (const [name, member] of Object.entries(shape.members ?? {})) {
        const wireName = (member.locationName ?? name).toLowerCase();
        if (member.location === "header") {
          const header = answer.headers[wireName];
          if (header !== undefined) head[name] = decodeText(header, shapeOf(model, member), member);
        } else if (member.location === "statusCode") head[name] = answer.status;
      }
      return { ...head, ...decodeOutputBody(operation, protocol, text) };
    }
  }
}

function decodeOutputBody(
  operation: OperationModel,
  protocol: "rest-json" | "rest-xml",
  text: string,
): JsonObject {
  const { service: model, output: reference } = operation;
  if (!reference || text.trim() === "") return {};
  const shape = shapeOf(model, reference);
  if (shape.payload !== undefined) {
    const member = shape.members?.[shape.payload];
    if (!member) return {};
    const payload = shapeOf(model, member);
    if (payload.type === "blob" || payload.eventstream === true) return {};
    if (payload.type === "string") return { [shape.payload]: text };
    const value =
      protocol === "rest-xml"
        ? decodeXml(model, member, parseXml(text))
        : decodeJson(model, member, JSON.parse(text));
    return { [shape.payload]: value };
  }
  if (!Object.values(shape.members ?? {}).some((member) => member.location === undefined)) return {};
  return protocol === "rest-xml"
    ? decodeXmlStructure(model, shape, parseXml(text))
    : decodeJsonStructure(model, shape, parseObject(text));
}

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new Error("The answer is not a JSON object.");
  return value as Record<string, unknown>;
}

interface DecodedError {
  code: string;
  message?: string;
  requestId?: string;
}

/** The error of a failed call. Without a readable body (HEAD, for example) the code comes from the status, as in SDKs. */
export function decodeError(answer: Answer): DecodedError {
  const text = answer.body?.toString() ?? "";
  try {
    if (text.trimStart().startsWith("<")) return xmlError(parseXml(text)) ?? statusError(answer);
    if (text !== "") {
      const cbor = answer.headers["content-type"]?.includes("cbor") === true && answer.body;
      return jsonError(cbor ? decodeCbor(cbor) : parseObject(text), answer) ?? statusError(answer);
    }
  } catch {
    // Not readable: only the status is known.
  }
  return jsonError({}, answer) ?? statusError(answer);
}

/** The codes S3 answers with when there is no body. */
const STATUS_CODES: Record<number, string> = {
  301: "PermanentRedirect",
  304: "NotModified",
  400: "BadRequest",
  403: "AccessDenied",
  404: "NoSuchKey",
  412: "PreconditionFailed",
};

const statusError = (answer: Answer): DecodedError => ({
  code: STATUS_CODES[answer.status] ?? String(answer.status),
});

function xmlError(root: XmlElement): DecodedError | undefined {
  const error =
    root.name === "Error"
      ? root
      : (childNamed(root, "Error") ?? childNamed(childNamed(root, "Errors") ?? root, "Error"));
  const code = error && childNamed(error, "Code")?.text;
  if (!error || code === undefined) return undefined;
  return {
    code,
    message: (childNamed(error, "Message") ?? childNamed(error, "message"))?.text,
    requestId: (childNamed(root, "RequestId") ?? childNamed(root, "RequestID"))?.text,
  };
}

function jsonError(body: Record<string, unknown>, answer: Answer): DecodedError | undefined {
  const text = (name: string) => (typeof body[name] === "string" ? body[name] : undefined);
  // Services that used the query protocol before send their old code in a header.
  const code = answer.headers["x-amzn-errortype"] ?? text("__type") ?? text("code") ?? text("Code");
  if (code === undefined) return undefined;
  return {
    code: (code.split("#").at(-1) ?? code).split(":")[0] ?? code,
    message: text("message") ?? text("Message") ?? text("errorMessage"),
  };
}
