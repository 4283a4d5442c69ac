/** How the program hands a function its settings. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { listFaults } from "./schema-faults";

/** The environment variable with the settings as JSON. Without it they are in `SETTINGS_FILE`. */
export const SETTINGS_VARIABLE = "BAILIWICK_SETTINGS";

/**
 * Beside the function's code, because an environment takes no more than 4 KB and an organization may have thousands of accounts.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const SETTINGS_FILE = "settings.json";

/** The settings as text: from the environment or from the file beside the code. */
export function settingsText(environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment[SETTINGS_VARIABLE];
  const folder = environment["LAMBDA_TASK_ROOT"];
  return given ?? (folder === undefined ? undefined : readFileSync(path.join(folder, SETTINGS_FILE), "utf8"));
}

/** Checks settings given as text. @throws TypeError that lists every fault */
export function parseSettings<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string | undefined,
): v.InferOutput<Schema> {
  if (text === undefined)
    throw new TypeError(
      `There are no settings: ${SETTINGS_FILE} beside the function's code and ${SETTINGS_VARIABLE} are missing.`,
    );
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new TypeError("The settings are not JSON.", { cause: error });
  }
  const settings = v.safeParse(schema, raw);
  if (!settings.success) throw new TypeError(`Settings: ${listFaults(settings.issues)}`);
  return settings.output;
}
