/** The fixed choices that configuration, functions and command share. */
import type { Mode, Severity } from "../controls/lib/control";

export const MODES = ["off", "notify", "enforce"] as const satisfies readonly Mode[];

/** From the least to the most severe. */
export const SEVERITIES = ["low", "medium", "high", "critical"] as const satisfies readonly Severity[];
