/** The settings of a control's function. */
import * as v from "valibot";
import type { CatalogueEntry, Mode } from "../controls/lib/control";
import type { DeployedPath } from "../controls/lib/deployed-path";
import { MODES } from "./choices";
import { listFaults } from "./schema-faults";
import { parseSettings } from "./settings";

const mode = v.picklist(MODES);
const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));

/** What a stack sets for a control. */
export const controlModes = {
  /** For accounts that `accountModes` doesn't name. */
  mode,
  accountModes: v.optional(v.record(v.pipe(v.string(), v.regex(/^\d{12}$/)), mode), {}),
  /** The control's parameters as the stack sets them; defaults complete them. */
  parameters: v.optional(v.record(v.string(), v.unknown()), {}),
};

const schema = v.object({
  ...controlModes,
  partition: text,
  /** Name or ARN of the hub bus, on which outcomes are put. */
  busName: text,
  /** The role in the member account, without path. */
  roleName: text,
  /** The control's queue, from which its messages come. */
  queueUrl: text,
  /** The dead-letter queue, which takes what the function gives up. */
  deadLetterQueueUrl: text,
  /** How EventBridge Scheduler puts a later look on the queue. */
  looks: v.object({ queueArn: text, roleArn: text, scheduleGroup: text }),
  /** What remediations may know of the organization. */
  organization: v.object({
    id: text,
    accounts: v.array(text),
    trail: v.optional(
      v.object({ arn: text, bucket: text, keyArn: v.optional(text), insights: v.array(text) }),
    ),
  }),
  /** The accounts whose events are handled; others' are dropped and counted. */
  governedAccounts: v.array(v.pipe(v.string(), v.regex(/^\d{12}$/))),
  ledger: v.object({ table: text, retentionDays: count }),
  breaker: v.object({
    /** How often the same offence on a resource is remediated at once within the window. */
    resourceActions: count,
    /** How often the control acts at once in one account within the window. */
    accountActions: count,
    windowMinutes: count,
    /** How long nothing may have been remediated before a breaker closes. */
    closeAfterMinutes: count,
  }),
  /** Checked one by one where they are used, so that a malformed one doesn't disable the others. */
  exemptions: v.optional(v.array(v.unknown()), []),
  /** What the program deployed on the path of the events. Only for a control that compares with it. */
  deployed: v.optional(v.custom<DeployedPath>((value) => typeof value === "object" && value !== null)),
  /** ARNs of principals whose exempting tags count; `*` stands for any characters. None: tags exempt nothing. */
  taggers: v.optional(v.array(text), []),
});

/** Settings as the program writes them. */
export type ControlFunctionSettingsInput = v.InferInput<typeof schema>;
export type ControlFunctionSettings = v.InferOutput<typeof schema>;

/** Reads and checks the settings of this control's function. @throws TypeError that lists every fault */
export function readControlSettings(
  text: string | undefined,
  control: CatalogueEntry,
): ControlFunctionSettings {
  const settings = parseSettings(schema, text);
  if (!control.parameters) return settings;
  const parameters = v.safeParse(control.parameters, settings.parameters);
  if (!parameters.success) throw new TypeError(`Settings: parameters: ${listFaults(parameters.issues)}`);
  return { ...settings, parameters: parameters.output as Record<string, unknown> };
}

/** What to do about violations in this account. */
export function modeOf(
  { mode, accountModes }: Pick<ControlFunctionSettings, "mode" | "accountModes">,
  account: string,
): Mode {
  return Object.hasOwn(accountModes, account) ? (accountModes[account] ?? "off") : mode;
}
