/** The constraints of EventBridge's model on parameters, which AWS checks first, with the messages of its request validation. */
import { isJsonObject, type Json, type JsonObject } from "@bailiwick/aws-events/record";

interface Constraint {
  /** Largest number of characters, or of entries of a map. */
  most?: number;
  /** For the whole text. */
  pattern?: string;
  oneOf?: readonly string[];
}

const NAME: Constraint = { most: 64, pattern: "[\\.\\-_A-Za-z0-9]+" };
const STATES = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];
const INPUT_CHARACTERS = 8192;
const PATH_CHARACTERS = 256;
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html */
const VARIABLES = 100;
const VARIABLE = "[A-Za-z0-9\\_\\-]+";

/** @returns the message of the ValidationException to a PutRule, or undefined. */
export function violatedByRule({ Name, State }: JsonObject): string | undefined {
  return message([
    ...check(Name, "name", NAME),
    ...(State === undefined ? [] : check(State, "state", { oneOf: STATES })),
  ]);
}

/** @returns the message of the ValidationException to a PutTargets with these targets, or undefined. */
export function violatedByTargets(targets: readonly JsonObject[]): string | undefined {
  return message(
    targets.flatMap(({ Id, Input, InputPath, InputTransformer }, index) => {
      const at = `targets.${index + 1}.member`;
      const { InputPathsMap, InputTemplate } = isJsonObject(InputTransformer) ? InputTransformer : {};
      return [
        ...check(Id, `${at}.id`, NAME),
        ...check(Input, `${at}.input`, { most: INPUT_CHARACTERS }),
        ...check(InputPath, `${at}.inputPath`, { most: PATH_CHARACTERS }),
        ...check(InputTemplate, `${at}.inputTransformer.inputTemplate`, { most: INPUT_CHARACTERS }),
        ...(isJsonObject(InputPathsMap)
          ? checkMap(InputPathsMap, `${at}.inputTransformer.inputPathsMap`)
          : []),
      ];
    }),
  );
}

/** Missing parameters, and those of another type, are reported elsewhere. */
function check(value: Json | undefined, at: string, { most, pattern, oneOf }: Constraint): string[] {
  if (typeof value !== "string") return [];
  const broken: string[] = [];
  if (pattern !== undefined && !fits(value, pattern))
    broken.push(`Member must satisfy regular expression pattern: ${pattern}`);
  if (most !== undefined && value.length > most)
    broken.push(`Member must have length less than or equal to ${most}`);
  if (oneOf && !oneOf.includes(value))
    broken.push(`Member must satisfy enum value set: [${oneOf.join(", ")}]`);
  return broken.map((constraint) => violation(value, at, constraint));
}

function checkMap(map: JsonObject, at: string): string[] {
  const entries = Object.entries(map);
  const shown = `{${entries.map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ")}}`;
  const broken: string[] = [];
  if (entries.length > VARIABLES) broken.push(`Member must have length less than or equal to ${VARIABLES}`);
  if (entries.some(([key]) => key.length > PATH_CHARACTERS || !fits(key, VARIABLE)))
    broken.push(
      `Map keys must satisfy constraint: [Member must have length less than or equal to ${PATH_CHARACTERS}, ` +
        `Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ${VARIABLE}]`,
    );
  if (entries.some(([, value]) => typeof value === "string" && value.length > PATH_CHARACTERS))
    broken.push(
      `Map value must satisfy constraint: [Member must have length less than or equal to ${PATH_CHARACTERS}]`,
    );
  return broken.map((constraint) => violation(shown, at, constraint));
}

const fits = (text: string, pattern: string): boolean => new RegExp(`^(?:${pattern})$`).test(text);
const violation = (value: string, at: string, constraint: string): string =>
  `Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`;
const message = (found: readonly string[]): string | undefined =>
  found.length === 0
    ? undefined
    : `${found.length} validation error${found.length === 1 ? "" : "s"} detected: ${found.join("; ")}`;
