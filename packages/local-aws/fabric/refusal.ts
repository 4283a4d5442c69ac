/**
 * Calls that EventBridge would refuse and the emulator accepts: quotas, and impossible targets
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html). The emulator asks before it executes a call.
 */
import { isJsonObject, type Json, type JsonObject } from "@bailiwick/aws-events/record";
import { parseArn, type Arn } from "./arn";
import { violatedByRule, violatedByTargets } from "./constraints";
import { refusedInput, type TargetInput } from "./refused-input";

/** A decoded call. */
export interface RefusableCall {
  /** `events`; calls of other services are not refused. */
  service: string;
  operation: string;
  /** Of the caller. */
  account: string;
  region: string;
  /** ARN of the caller. Default: the account's root. */
  caller?: string;
  parameters: JsonObject;
}

/** What is deployed already. What is absent is not checked. */
export interface RefusalState {
  /** Names of the rules on the bus of the call. */
  rules?: readonly string[];
  /** Ids of the targets of the rule of the call. */
  targets?: readonly string[];
}

/** AWS's answer. The HTTP status is 400. */
export interface Refusal {
  code: string;
  message: string;
}

const RULES_PER_BUS = 300;
const TARGETS_PER_RULE = 5;
const PATTERN_CHARACTERS = 2048;
const POLICY_CHARACTERS = 10_240;
/** Of all entries of a PutEvents together, since January 2026. */
const EVENT_BYTES = 1024 * 1024;

const TOO_MANY: Refusal = {
  code: "LimitExceededException",
  message: "The requested resource exceeds the maximum number allowed.",
};

/** @returns undefined if AWS would accept the call, as far as is known here. */
export function refusal(call: RefusableCall, state: RefusalState = {}): Refusal | undefined {
  if (call.service !== "events") return undefined;
  switch (call.operation) {
    case "PutRule":
      return refusedRule(call, state);
    case "PutTargets":
      return refusedTargets(call, state);
    case "DeleteRule":
      return state.targets?.length ? invalid("Rule can't be deleted since it has targets.") : undefined;
    case "DeleteEventBus":
      return state.rules?.length
        ? invalid(`Event bus ${busName(call.parameters["Name"])} can't be deleted since it has rules.`)
        : undefined;
    case "PutEvents":
      return refusedEvents(call);
    case "PutPermission":
      return refusedPolicy(call);
    default:
      return undefined;
  }
}

function refusedRule({ parameters }: RefusableCall, { rules }: RefusalState): Refusal | undefined {
  const { Name, EventPattern, ScheduleExpression, EventBusName } = parameters;
  const violated = violatedByRule(parameters);
  if (violated !== undefined) return invalid(violated);
  if (textOf(EventPattern) === "" && textOf(ScheduleExpression) === "") {
    return invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (textOf(ScheduleExpression) !== "" && busName(EventBusName) !== "default")
    return invalid("ScheduleExpression is supported only on the default event bus.");
  if (textOf(EventPattern).length > PATTERN_CHARACTERS) {
    return {
      code: "LimitExceededException",
      message: `Event pattern size ${textOf(EventPattern).length} exceeds the maximum of ${PATTERN_CHARACTERS} characters.`,
    };
  }
  const isNew = rules !== undefined && !rules.includes(textOf(Name));
  return isNew && rules.length >= RULES_PER_BUS ? TOO_MANY : undefined;
}

function refusedTargets(call: RefusableCall, state: RefusalState): Refusal | undefined {
  const targets = arrayOf(call.parameters["Targets"]).map(objectOf);
  const violated = violatedByTargets(targets);
  if (violated !== undefined) return invalid(violated);
  const ids = new Set([...(state.targets ?? []), ...targets.map(({ Id }) => textOf(Id))]);
  if (ids.size > TARGETS_PER_RULE) return TOO_MANY;
  for (const target of targets) {
    const refused = refusedTarget(target, call);
    if (refused) return refused;
  }
  return undefined;
}

function refusedTarget(target: JsonObject, call: RefusableCall): Refusal | undefined {
  const text = textOf(target["Arn"]);
  let arn: Arn;
  try {
    arn = parseArn(text);
  } catch {
    return invalid(`Parameter ${text} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  const shapers = ["Input", "InputPath", "InputTransformer"].filter((name) => name in target);
  if (shapers.length > 1) {
    return invalid(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${textOf(target["Id"])}.`,
    );
  }
  const isBus = arn.service === "events" && arn.resource.startsWith("event-bus/");
  if (isBus && arn.account !== call.account && shapers.length > 0) {
    return invalid(
      `${shapers.join(", ")} is not available for a target that is an event bus of another account.`,
    );
  }
  const needsRole =
    (isBus && (arn.account !== call.account || arn.region !== call.region)) ||
    (!isBus && ["sqs", "sns", "lambda", "kinesis"].includes(arn.service) && arn.account !== call.account) ||
    arn.service === "states" ||
    (arn.service === "events" && arn.resource.startsWith("api-destination/"));
  if (needsRole && textOf(target["RoleArn"]) === "") {
    return invalid(`RoleArn is required for target ${text}.`);
  }
  const group = textOf(objectOf(target["SqsParameters"])["MessageGroupId"]);
  if (arn.service === "sqs" && arn.resource.endsWith(".fifo") && group === "") {
    return invalid(`Parameter(s) SqsParameters must be specified for target: ${textOf(target["Id"])}.`);
  }
  const deadLetters = textOf(objectOf(target["DeadLetterConfig"])["Arn"]);
  if (deadLetters.endsWith(".fifo"))
    return invalid(
      `Parameter ${deadLetters} is not valid. Reason: FIFO queues are not supported as dead-letter queues.`,
    );
  const input = refusedInput(inputOf(target));
  return input === undefined ? undefined : invalid(input);
}

function inputOf(target: JsonObject): TargetInput {
  const { InputPathsMap, InputTemplate } = objectOf(target["InputTransformer"]);
  const paths = Object.entries(objectOf(InputPathsMap)).map(([name, path]) => [name, textOf(path)]);
  return {
    Id: textOf(target["Id"]),
    Input: textOf(target["Input"]),
    InputPath: textOf(target["InputPath"]),
    ...("InputTransformer" in target && {
      InputTransformer: {
        InputPathsMap: Object.fromEntries(paths) as Record<string, string>,
        InputTemplate: textOf(InputTemplate),
      },
    }),
  };
}

function refusedEvents({ parameters }: RefusableCall): Refusal | undefined {
  const bytes = arrayOf(parameters["Entries"]).reduce<number>(
    (sum, entry) => sum + entryBytes(objectOf(entry)),
    0,
  );
  if (bytes <= EVENT_BYTES) return undefined;
  return invalid("Total size of the entries in the request is over the limit.");
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
function entryBytes(entry: JsonObject): number {
  const texts = ["Source", "DetailType", "Detail"].map((name) => Buffer.byteLength(textOf(entry[name])));
  const resources = arrayOf(entry["Resources"]).map((arn) => Buffer.byteLength(textOf(arn)));
  const time = entry["Time"] === undefined ? 0 : 14;
  return [...texts, ...resources].reduce((sum, bytes) => sum + bytes, time);
}

function refusedPolicy({ parameters }: RefusableCall): Refusal | undefined {
  if (textOf(parameters["Policy"]).length <= POLICY_CHARACTERS) return undefined;
  return {
    code: "PolicyLengthExceededException",
    message: `The policy is longer than ${POLICY_CHARACTERS} characters.`,
  };
}

/** The name of a bus, given by name or ARN. */
export function busName(given: Json | undefined): string {
  const text = textOf(given);
  if (text === "") return "default";
  return text.slice(text.lastIndexOf("/") + 1);
}

const invalid = (message: string): Refusal => ({ code: "ValidationException", message });
const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const arrayOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
