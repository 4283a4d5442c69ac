/**
 * EventBridge's refusal of a target whose input can't be made: Input that is not JSON, invalid paths, templates with undefined
 * variables (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
 */
import { isJsonPath } from "./json-path";
import { PREDEFINED } from "./input";

/** As in the call of PutTargets; types other than text were refused before. */
export interface TargetInput {
  Id: string;
  Input: string;
  InputPath: string;
  InputTransformer?: { InputPathsMap: Record<string, string>; InputTemplate: string };
}

/** A name between `<` and `>` that a variable could have, unlike a link in a chat message. */
const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/g;
/** A string literal with its escapes, or a placeholder. */
const STRING_OR_PLACEHOLDER = /"(?:\\.|[^"\\])*"|<[A-Za-z0-9_.-]+>/g;
const WHOLE_EVENT = "aws.events.event.json";

/** @returns the message of the ValidationException, or undefined if EventBridge accepts the input. Empty texts count as absent. */
export function refusedInput({ Id, Input, InputPath, InputTransformer }: TargetInput): string | undefined {
  if (Input !== "" && !isJson(Input))
    return `JSON syntax error in input for target ${Id}: [Source: (String)"${Input}"]`;
  const paths = [InputPath, ...Object.values(InputTransformer?.InputPathsMap ?? {})];
  if (paths.some((path) => path !== "" && !isJsonPath(path))) return `InputPath for target ${Id} is invalid.`;
  return InputTransformer && refusedTemplate(Id, InputTransformer);
}

function refusedTemplate(
  id: string,
  { InputPathsMap, InputTemplate: template }: NonNullable<TargetInput["InputTransformer"]>,
): string | undefined {
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
  const unknown = names.find((name) => !Object.hasOwn(InputPathsMap, name) && !PREDEFINED.has(name));
  if (unknown !== undefined) return `InputTemplate for target ${id} contains invalid placeholder ${unknown}.`;
  if (names.includes(WHOLE_EVENT) && !template.trimStart().startsWith("{"))
    return `InputTemplate for target ${id} contains placeholder ${WHOLE_EVENT} valid only for JSON template.`;
  // Any value is possible, except one that could be an object's key.
  const filled = template.replace(STRING_OR_PLACEHOLDER, (token) => (token.startsWith('"') ? token : "null"));
  // Each of several lines is a value of its own.
  const lines = filled.split("\n").filter((line) => line.trim() !== "");
  if (isJson(filled) || (lines.length > 0 && lines.every(isJson))) return undefined;
  return `Invalid InputTemplate for target ${id} : [Source: (String)"${template}"]`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
