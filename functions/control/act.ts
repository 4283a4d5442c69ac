/** The life of one event: look at the resource, put it right if it may, look again. */
import type { STSClient } from "@aws-sdk/client-sts";
import type {
  CatalogueEntry,
  Description,
  Evaluation,
  Outcome,
  Remediation,
  RemediationContext,
  ResourceReference,
} from "../../controls/control";
import { PermanentError, RetryableError } from "../../controls/errors";
import type { EventBridgeEvent } from "../../events/record";
import { classify } from "./failure";
import { openSession } from "./session";
import { modeOf, type Settings } from "./settings";

/** One control with all it works with. */
export interface Actor {
  control: CatalogueEntry;
  /** Absent for a control that only tells. */
  remediation?: Remediation<unknown>;
  settings: Settings;
  sts: STSClient;
}

/** The part of an outcome that says what was found and done. */
export type Result = Pick<Outcome, "outcome" | "findings" | "remedies" | "remaining" | "why" | "facts">;

/** The resource of an event; throws PermanentError when the event names none. */
export function resourceOf(control: CatalogueEntry, event: EventBridgeEvent): ResourceReference {
  const resource = control.resource(event);
  if (resource) return resource;
  throw new PermanentError(
    `The event ${event.id} names no ${control.resourceType} that could exist. If it is a real one, the control ${control.id} must ` +
      "learn where it names its resource.",
  );
}

/** What is known and done so far, for the outcome of an event that fails half-way. */
export type Progress = Pick<Outcome, "findings" | "remedies">;

/**
 * Acts on an event's resource as the mode of its account allows; undefined in mode `off`. Throws PermanentError or RetryableError.
 * The event only says where to look: what counts is the state read, before and after.
 */
export async function act(
  actor: Actor,
  event: EventBridgeEvent,
  resource: ResourceReference,
  progress: Progress,
): Promise<Result | undefined> {
  const { control, settings, sts } = actor;
  const mode = modeOf(settings, resource.account);
  if (mode === "off") return undefined;
  if (control.describe) return told(control.describe(event, settings.parameters));
  if (typeof event.detail["errorCode"] === "string") {
    return compliant(`The call failed (${event.detail["errorCode"]}), so it changed nothing.`);
  }
  const aws = await openSession(sts, control, resource, event.id, settings);
  const remediation = remediationOf(actor);
  const context = { resource, parameters: settings.parameters, event, aws };
  const before = await look(remediation, context, "reading");
  if (before.state !== "violation") return compliant(goodState(before));
  const { findings, remedies } = before;
  const facts = before.facts ? { facts: before.facts } : {};
  progress.findings = findings;
  if (mode === "notify" || remedies.length === 0)
    return { outcome: "notified", findings, remedies, ...facts };
  try {
    await remediation.fix(context, before);
  } catch (error) {
    throw classify(error, `changing ${resource.arn}`);
  }
  progress.remedies = remedies;
  const after = await look(remediation, context, "verifying");
  if (after.state !== "violation") return { outcome: "remediated", findings, remedies, ...facts };
  if (after.remedies.length === 0)
    return { outcome: "remediated", findings, remedies, ...facts, remaining: after.findings };
  throw new RetryableError(
    `${resource.arn} is still, or again, in violation after it was put right; it will be looked at again. If this goes on, find out ` +
      `what else changes it. (${after.findings.join(" ")})`,
  );
}

async function look(
  remediation: Remediation<unknown>,
  context: RemediationContext<unknown>,
  doing: "reading" | "verifying",
): Promise<Evaluation<unknown>> {
  try {
    return await remediation.evaluate(context);
  } catch (error) {
    throw classify(error, `${doing} ${context.resource.arn}`);
  }
}

function remediationOf({ control, remediation }: Actor): Remediation<unknown> {
  if (remediation) return remediation;
  throw new PermanentError(`The control ${control.id} neither tells of events nor has a remediation.`);
}

function told(description: Description): Result {
  if (!description.tell) return compliant(description.why);
  const { findings, facts } = description;
  return { outcome: "notified", findings, remedies: [], facts };
}

function goodState(evaluation: Exclude<Evaluation<unknown>, { state: "violation" }>): string {
  return evaluation.state === "absent" ? "The resource does not exist any more." : evaluation.why;
}

function compliant(why: string): Result {
  return { outcome: "compliant", findings: [], remedies: [], why };
}
