/**
 * The stack configuration, read: one error that lists every fault, or settings with every default and contradiction settled.
 */
import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { chooseControls } from "./choose-controls";
import { contradictions, trailFaults } from "./cross-checks";
import { ConfigurationError, NAMESPACE, type Fault } from "./configuration-error";
import { faultOf } from "./schema-errors";
import { salvage } from "./valid-part";
import { configurationSchema, type Configuration } from "./schema";
import type { ControlSettings, Settings } from "./settings";
import { settle } from "./to-settings";

export { ConfigurationError, type Fault } from "./configuration-error";
export type { TrailSettings } from "./schema";
export type * from "./settings";

/** @returns the running stack's settings. @throws ConfigurationError */
export function loadSettings(): Settings {
  return readSettings(pulumi.runtime.allConfig());
}

/**
 * @param raw all configuration values by full key, as Pulumi hands them over: strings, structured ones as JSON.
 * @throws ConfigurationError
 */
export function readSettings(raw: Record<string, string>): Settings {
  const given: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(raw)) {
    if (key.startsWith(`${NAMESPACE}:`)) given[key.slice(NAMESPACE.length + 1)] = structured(text);
  }
  const result = v.safeParse(configurationSchema, given);
  if (!result.success) {
    const { known, wrong } = salvage(given) ?? {};
    const further = known ? crossChecked(known).faults : [];
    throw new ConfigurationError([
      ...result.issues.map((issue) => faultOf(issue)),
      ...further.filter((fault) => !fault.given?.some((key) => wrong?.has(key))),
    ]);
  }
  const { chosen, faults } = crossChecked(result.output);
  if (faults.length > 0) throw new ConfigurationError(faults);
  return settle(result.output, chosen);
}

/** What values that are right by themselves make together. */
function crossChecked(known: Configuration): { chosen: ControlSettings[]; faults: Fault[] } {
  const faults = contradictions(known);
  const chosen = chooseControls(known, faults);
  faults.push(...trailFaults(known, chosen));
  return { chosen, faults };
}

function structured(text: string): unknown {
  if (!/^\s*[[{"]|^(true|false|-?\d{1,11}(\.\d+)?)$/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
