/** What the function of a control is told by its environment. */
import * as v from "valibot";
import type { CatalogueEntry, Mode } from "../../controls/control";

/** The environment variable that holds the settings as JSON. */
export const SETTINGS_VARIABLE = "BAILIWICK_SETTINGS";

const mode = v.picklist(["off", "notify", "enforce"]);
const text = v.pipe(v.string(), v.minLength(1));

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
});

/** Settings as the program writes them into the environment. */
export type SettingsInput = v.InferInput<typeof schema>;
export type Settings = v.InferOutput<typeof schema>;

/** Reads and checks settings; throws an error that lists every fault when they are wrong. */
export function readSettings(value: string | undefined, control: CatalogueEntry): Settings {
  if (value === undefined) throw new TypeError(`The environment variable ${SETTINGS_VARIABLE} is missing.`);
  let raw: unknown;
  try {
    raw = JSON.parse(value);
  } catch (error) {
    throw new TypeError(`${SETTINGS_VARIABLE} is not JSON.`, { cause: error });
  }
  const settings = v.safeParse(schema, raw);
  if (!settings.success) throw new TypeError(`${SETTINGS_VARIABLE}: ${faults(settings.issues)}`);
  if (!control.parameters) return settings.output;
  const parameters = v.safeParse(control.parameters, settings.output.parameters);
  if (!parameters.success)
    throw new TypeError(`${SETTINGS_VARIABLE}: parameters: ${faults(parameters.issues)}`);
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
