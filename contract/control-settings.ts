/** What the function of a control is told when it is deployed. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import type { CatalogueEntry, Mode } from "../controls/lib/control";

/** The environment variable that holds the settings as JSON; without it they are in `SETTINGS_FILE`. */
export const SETTINGS_VARIABLE = "BAILIWICK_SETTINGS";
/**
 * Beside the function's code, because an environment takes no more than 4 KB and an organization may have thousands of accounts.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const SETTINGS_FILE = "settings.json";

const mode = v.picklist(["off", "notify", "enforce"]);
const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const schema = v.object({
  /** For accounts that `accountModes` doesn't name. */
  mode,
  accountModes: v.optional(v.record(v.pipe(v.string(), v.regex(/^\d{12}$/)), mode), {}),
  /** The control's parameters as the stack sets them; defaults fill the rest. */
  parameters: v.optional(v.record(v.string(), v.unknown()), {}),
  partition: text,
  /** Name or ARN of the hub bus, on which outcomes are put. */
  busName: text,
  /** The role in the member account, without path. */
  roleName: text,
  /** The control's queue, from which its messages come. */
  queueUrl: text,
  ledger: v.object({ table: text, retentionDays: count }),
  breaker: v.object({
    resourceActions: count,
    accountActions: count,
    windowMinutes: count,
    closeAfterMinutes: count,
  }),
  /** Judged one by one where they are used: a malformed one must not keep the others from holding. */
  exemptions: v.optional(v.array(v.unknown()), []),
  /** ARNs of principals whose exempting tags count; `*` stands for any characters. None: tags exempt nothing. */
  taggers: v.optional(v.array(text), []),
});

/** Settings as the program writes them. */
export type SettingsInput = v.InferInput<typeof schema>;
export type Settings = v.InferOutput<typeof schema>;

/** The settings as text: of the environment or of the file beside the code. */
export function settingsText(environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment[SETTINGS_VARIABLE];
  const folder = environment["LAMBDA_TASK_ROOT"];
  return given ?? (folder === undefined ? undefined : readFileSync(path.join(folder, SETTINGS_FILE), "utf8"));
}

/** Reads and checks settings; throws an error that lists every fault when they are wrong. */
export function readSettings(value: string | undefined, control: CatalogueEntry): Settings {
  if (value === undefined)
    throw new TypeError(
      `There are no settings: ${SETTINGS_FILE} beside the function's code and ${SETTINGS_VARIABLE} are missing.`,
    );
  let raw: unknown;
  try {
    raw = JSON.parse(value);
  } catch (error) {
    throw new TypeError("The settings are not JSON.", { cause: error });
  }
  const settings = v.safeParse(schema, raw);
  if (!settings.success) throw new TypeError(`Settings: ${faults(settings.issues)}`);
  if (!control.parameters) return settings.output;
  const parameters = v.safeParse(control.parameters, settings.output.parameters);
  if (!parameters.success) throw new TypeError(`Settings: parameters: ${faults(parameters.issues)}`);
  return { ...settings.output, parameters: parameters.output as Record<string, unknown> };
}

/** What to do about violations in this account. */
export function modeOf(settings: Settings, account: string): Mode {
  return Object.hasOwn(settings.accountModes, account)
    ? (settings.accountModes[account] ?? "off")
    : settings.mode;
}

function faults(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? "(all)"}: ${issue.message}`).join("; ");
}
