/**
 * What a target receives instead of the event: Input, InputPath, InputTransformer
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
 */
import type { EventBridgeEvent, Json, JsonObject } from "@bailiwick/aws-events/record";
import { lookUp } from "./json-path";
import type { DeployedRule, DeployedTarget } from "./services";

type RuleName = Pick<DeployedRule, "name" | "arn">;

/** @param now when the event arrived. @returns undefined when the target receives the event unchanged. */
export function renderInput(
  target: Pick<DeployedTarget, "Input" | "InputPath" | "InputTransformer">,
  rule: RuleName,
  event: EventBridgeEvent,
  now = new Date(),
): string | undefined {
  if (target.InputTransformer) return transform(target.InputTransformer, rule, event, now);
  if (target.Input !== undefined && target.Input !== "") return target.Input;
  if (target.InputPath === undefined || target.InputPath === "") return undefined;
  const found = lookUp(event as unknown as Json, target.InputPath);
  return found === undefined ? undefined : JSON.stringify(found);
}

/** Variables that are defined without a path. */
export const PREDEFINED: ReadonlySet<string> = new Set([
  "aws.events.rule-arn",
  "aws.events.rule-name",
  "aws.events.event.ingestion-time",
  "aws.events.event",
  "aws.events.event.json",
]);

/** A string literal with its escapes, or a variable. */
const STRING_OR_VARIABLE = /"(?:\\.|[^"\\])*"|<[^<>\s]+>/g;
const VARIABLE = /<([^<>\s]+)>/g;

function transform(
  transformer: NonNullable<DeployedTarget["InputTransformer"]>,
  rule: RuleName,
  event: EventBridgeEvent,
  now: Date,
): string {
  const { InputTemplate: template, InputPathsMap: paths = {} } = transformer;
  const whole = event as unknown as JsonObject;
  const envelope = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== "detail"));
  // A path that finds nothing leaves its variable empty.
  const variables = new Map<string, Json>(
    Object.entries(paths).map(([name, path]) => {
      const found = lookUp(whole, path);
      return [name, found === undefined ? "" : found];
    }),
  );
  variables.set("aws.events.rule-arn", rule.arn);
  variables.set("aws.events.rule-name", rule.name);
  variables.set("aws.events.event.ingestion-time", now.toISOString().replace(/\.\d+Z$/, "Z"));
  variables.set("aws.events.event", envelope);
  variables.set("aws.events.event.json", whole);
  const filled = (text: string, written: (value: Json) => string) =>
    text.replace(VARIABLE, (variable, name: string) => {
      const value = variables.get(name);
      return value === undefined ? variable : written(value);
    });
  const inString = (text: string) => filled(text, asPartOfString);
  // A template without quotes is plain text, in which objects and arrays stay JSON.
  if (!template.includes('"') && !/^\s*[[{]/.test(template)) return filled(template, asText);
  return template.replace(STRING_OR_VARIABLE, (token) => {
    if (token.startsWith('"')) return inString(token);
    const value = variables.get(token.slice(1, -1));
    return value === undefined ? token : JSON.stringify(value);
  });
}

const asText = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Objects and arrays lose their quotes, so that the string around them stays valid; strings are inserted unchanged. */
const asPartOfString = (value: Json): string =>
  typeof value === "string" ? value : JSON.stringify(value).replaceAll('"', "");
