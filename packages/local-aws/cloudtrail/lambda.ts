/** Where Lambda's records differ from call and answer. */
import { isJsonObject, type Json, type JsonObject } from "@bailiwick/aws-events/record";

const FUNCTION_ARN = /^arn:([^:]+):lambda:([^:]+):(\d{12}):function:([^:]+)$/;

/** `UpdateFunctionCode` splits the function's ARN if it is given one; the other calls don't. */
export function codeRequest(formatted: JsonObject): JsonObject {
  const { functionName: named } = formatted;
  const parts = typeof named === "string" ? FUNCTION_ARN.exec(named) : null;
  if (!parts) return formatted;
  const [, partition = "", region = "", account = "", functionName = ""] = parts;
  return {
    fullyQualifiedArn: {
      arnPrefix: { partition, region, account },
      relativeId: { functionName },
      functionQualifier: {},
    },
    ...formatted,
  };
}

/** A function's configuration has an environment, even an empty one. */
export const functionAnswer = (formatted: JsonObject): JsonObject => ({ environment: {}, ...formatted });

/** AWS writes the statement without spaces. */
export function permissionAnswer(formatted: JsonObject): JsonObject {
  const { statement } = formatted;
  if (typeof statement !== "string") return formatted;
  try {
    return { ...formatted, statement: JSON.stringify(JSON.parse(statement)) };
  } catch {
    return formatted;
  }
}

/** The record of `PublishLayerVersion` leaves out the location of the code, and members that were not given. */
export function layerAnswer(formatted: JsonObject): JsonObject {
  const { content, ...rest } = formatted;
  const given = Object.entries(rest).filter(([, value]) => !isEmpty(value));
  if (!isJsonObject(content)) return Object.fromEntries(given);
  const code: JsonObject = { ...content, uncompressedCodeSize: 0 };
  delete code["location"];
  return { content: code, ...Object.fromEntries(given) };
}

const isEmpty = (value: Json): boolean => value === "" || (Array.isArray(value) && value.length === 0);
