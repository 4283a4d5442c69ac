/** The settings of the function of undos. */
import * as v from "valibot";
import type { CatalogueEntry } from "../controls/lib/control";
import { controlModes } from "./control-settings";
import { listFaults } from "./schema-faults";
import { parseSettings } from "./settings";

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const schema = v.object({
  partition: text,
  /** Name or ARN of the hub bus, on which outcomes are put. */
  busName: text,
  /** The role of undos in the member accounts, without path. */
  roleName: text,
  ledger: v.object({ table: text, retentionDays: count, windowMinutes: count }),
  /** The controls that are on and whose fixes can be undone, by id. */
  controls: v.record(v.string(), v.object(controlModes)),
});

/** Settings as the program writes them. */
export type UndoSettingsInput = v.InferInput<typeof schema>;
type UndoSettings = v.InferOutput<typeof schema>;

/** Reads and checks the settings, with the parameters of these controls. @throws TypeError that lists every fault */
export function readUndoSettings(
  given: string | undefined,
  controls: readonly CatalogueEntry[],
): UndoSettings {
  const settings = parseSettings(schema, given);
  for (const { id, parameters: own } of controls) {
    const control = settings.controls[id];
    if (!control || !own) continue;
    const parameters = v.safeParse(own, control.parameters);
    if (!parameters.success)
      throw new TypeError(`Settings: controls.${id}.parameters: ${listFaults(parameters.issues)}`);
    control.parameters = parameters.output as Record<string, unknown>;
  }
  return settings;
}
