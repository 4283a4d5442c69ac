/** Restores what carries the events to the hub, as far as that gives nobody more rights; reports the rest. */
import { PermanentError } from "../lib/errors";
import type { Remediation, RemediationContext } from "../lib/remediation";
import { bus } from "./bus";
import { changes } from "./changes";
import type { Found, Part, PathContext } from "./part";
import { queues } from "./queues";
import { RESOURCES } from "./resources";
import { roles } from "./roles";
import { rules } from "./rules";

const PARTS: Readonly<Record<string, Part>> = {
  [RESOURCES.rule.type]: rules,
  [RESOURCES.bus.type]: bus,
  [RESOURCES.queue.type]: queues,
  [RESOURCES.role.type]: roles,
};

const partOf = ({ resource: { type } }: RemediationContext): Part => PARTS[type] ?? changes;

export const remediation: Remediation<Record<string, never>, Found> = {
  evaluate: async (context) => partOf(context).evaluate(withDeployed(context)),
  fix: async (context) => partOf(context).fix?.(withDeployed(context)),
};

/** @throws PermanentError: without it a deleted rule would look like one that never was. */
function withDeployed({ deployed, ...context }: RemediationContext): PathContext {
  if (deployed) return { ...context, deployed };
  throw new PermanentError("The settings don't say what was deployed. Run pulumi up, which writes them.");
}
