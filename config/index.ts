/** Reads the stack configuration: settings that are complete and fit together, or one error that lists every fault. */
import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { chooseControls } from "./choose-controls";
import { crossCheck, trailFaults } from "./cross-checks";
import { ConfigurationError, NAMESPACE, type Fault } from "./configuration-error";
import { faultFromIssue } from "./schema-errors";
import { validPart } from "./valid-part";
import { configurationSchema, type Configuration } from "./schema";
import type { ControlSettings, Settings } from "./settings";
import { toSettings } from "./to-settings";

export { ConfigurationError, type Fault } from "./configuration-error";
export type { TrailSettings } from "./schema";
export type * from "./settings";

/** @returns the running stack's settings. @throws ConfigurationError */
export function loadSettings(): Settings {
  return readSettings(pulumi.runtime.allConfig());
}

/**
 * @param raw all configuration values by full key, as Pulumi passes them: strings, structured values as JSON.
 * @throws ConfigurationError
 */
export function readSettings(raw: Record<string, string>): Settings {
  const values: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(raw)) {
    if (key.startsWith(`${NAMESPACE}:`)) values[key.slice(NAMESPACE.length + 1)] = parseValue(text);
  }
  const result = v.safeParse(configurationSchema, values);
  if (!result.success)
    throw new ConfigurationError([
      ...result.issues.map((issue) => faultFromIssue(issue)),
      ...faultsOfValidPart(values),
    ]);
  const { controls, faults } = chooseAndCheck(result.output);
  if (faults.length > 0) throw new ConfigurationError(faults);
  return toSettings(result.output, controls);
}

/** @returns the faults that only values together show, without those that merely follow from what the schema refuses. */
function faultsOfValidPart(values: Record<string, unknown>): Fault[] {
  const valid = validPart(values);
  if (valid === undefined) return [];
  return chooseAndCheck(valid.configuration).faults.filter(
    (fault) => !fault.given?.some((key) => valid.faultyKeys.has(key)),
  );
}

/** The checks of how values fit together, each of which is valid alone. */
function chooseAndCheck(configuration: Configuration): { controls: ControlSettings[]; faults: Fault[] } {
  const chosen = chooseControls(configuration);
  return {
    controls: chosen.controls,
    faults: [...crossCheck(configuration), ...chosen.faults, ...trailFaults(configuration, chosen.controls)],
  };
}

function parseValue(text: string): unknown {
  if (!/^\s*[[{"]|^(true|false|-?\d{1,11}(\.\d+)?)$/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
