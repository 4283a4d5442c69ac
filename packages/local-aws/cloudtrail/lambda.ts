/** What Lambda's records have that is neither in the call nor in the answer, and the other way round. */
import { isJsonObject, type Json, type JsonObject } from "@bailiwick/aws-events/record";

const FUNCTION_ARN = /^arn:([^:]+):lambda:([^:]+):(\d{12}):function:([^:]+)$/;

/** `UpdateFunctionCode` takes the function's ARN apart, if it was given one; the other calls don't. */
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

/** A function's configuration has an environment, also when there is nothing in it. */
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

/** `PublishLayerVersion` does not tell where the code can be fetched, and nothing that was not given. */
export function layerAnswer(formatted: JsonObject): JsonObject {
  const { content, ...rest } = formatted;
  const told = Object.entries(rest).filter(([, value]) => !isEmpty(value));
  if (!isJsonObject(content)) return Object.fromEntries(told);
  const code: JsonObject = { ...content, uncompressedCodeSize: 0 };
  delete code["location"];
  return { content: code, ...Object.fromEntries(told) };
}

const isEmpty = (value: Json): boolean => value === "" || (Array.isArray(value) && value.length === 0);
