/** The life of one event: read the resource, remediate it if that is allowed, read it again. */
import { outcomeId } from "../../contract/ledger-keys";
import { modeOf } from "../../contract/control-settings";
import { PermanentError } from "../../controls/lib/errors";
import type { Remediation, RemediationContext, Violation } from "../../controls/lib/remediation";
import { classifyError } from "../lib/classify-error";
import { breakerExplanation } from "./breaker";
import { busy, claimResource, findOrOpenBreaker } from "./claim";
import { resolveHistory, type ResolvedDescription } from "./event-history";
import { lookUpExemption } from "./exemption-lookup";
import { effectiveSteps, type Known, type Ledger } from "./ledger/ledger";
import { remediate } from "./remediate";
import { evaluate, stateOf, type FinalState } from "./resource-state";
import { openSession, type SessionPurpose } from "./session";
import type { ControlRuntime, Result, Work } from "./work";

/**
 * Acts on an event's resource as the mode of its account allows. The event only says where to look: the state counts, read before and
 * after. @throws PermanentError or RetryableError
 * @returns undefined when this event was finished before
 */
export async function processEvent(runtime: ControlRuntime, work: Work): Promise<Result | undefined> {
  const { control, settings, ledger } = runtime;
  const { event, resource } = work;
  const { errorCode } = event.detail;
  if (control.describe) {
    await readLedger(ledger, work);
    if (isDone(work)) return undefined;
    return described(await resolveHistory(runtime, work, control.describe(event, settings.parameters)));
  }
  if (typeof errorCode === "string") {
    await readLedger(ledger, work);
    if (isDone(work)) return undefined;
    return compliant(`The call failed (${errorCode}), so it changed nothing.`);
  }
  const remediation = remediationOf(runtime);
  const purpose = purposeOf(work);
  // Both only read, so they run at the same time.
  const [ledgerRead, stateRead] = await Promise.allSettled([
    readLedger(ledger, work),
    openSession(runtime, resource, purpose).then(async (aws) => {
      const context = { resource, parameters: settings.parameters, event, aws };
      return { context, before: await evaluate(remediation, context, "reading") };
    }),
  ]);
  if (ledgerRead.status === "rejected") throw ledgerRead.reason;
  const known = ledgerRead.value;
  if (isDone(work)) return undefined;
  if (stateRead.status === "rejected") throw stateRead.reason;
  const { context, before } = stateRead.value;
  const { lease } = known.resource.body;
  const holder = lease && lease.until > runtime.clock() ? lease : undefined;
  if (before.state === "violation")
    return handleViolation(
      { runtime, work, known, remediation, purpose },
      context,
      before,
      holder !== undefined,
    );
  // Another delivery of this event may just have remediated it, and then reports that itself.
  if (holder?.entry === known.id) throw busy(resource);
  return recoverResult(known, before, work) ?? compliant(goodState(before));
}

interface ViolationWork {
  runtime: ControlRuntime;
  work: Work;
  known: Known;
  remediation: Remediation<unknown>;
  purpose: SessionPurpose;
}

/** A violation is exempted, notified of, suppressed or remediated. @param held whether another delivery works on the resource */
async function handleViolation(
  { runtime, work, known, remediation, purpose }: ViolationWork,
  context: RemediationContext<unknown>,
  violation: Violation<unknown>,
  held: boolean,
): Promise<Result> {
  const { findings, remedies, facts } = violation;
  work.outcome.findings = findings;
  const { exemption, faults } = await lookUpExemption(runtime, work, known, context);
  if (faults.length > 0) work.outcome.exemptionFaults = faults;
  const reported = {
    findings,
    remedies,
    ...(facts ? { facts } : {}),
    ...(faults.length > 0 ? { exemptionFaults: faults } : {}),
  };
  if (exemption) return { outcome: "exempted", ...reported, exemption };
  if (modeOf(runtime.settings, work.resource.account) === "notify" || remedies.length === 0)
    return { outcome: "notified", ...reported };
  const open = await findOrOpenBreaker(runtime, work, known);
  if (open) return { outcome: "suppressed", ...reported, breaker: open, why: breakerExplanation(open) };
  if (held) throw busy(work.resource);
  const exceeded = await claimResource(runtime, work, known, violation);
  if (exceeded)
    return { outcome: "suppressed", ...reported, breaker: exceeded, why: breakerExplanation(exceeded) };
  const remaining = await remediate({ runtime, work, remediation, context, purpose }, violation);
  return { outcome: "remediated", ...reported, ...(remaining.length > 0 ? { remaining } : {}) };
}

async function readLedger(ledger: Ledger, work: Work): Promise<Known> {
  try {
    return (work.known = await ledger.read(work.subject));
  } catch (error) {
    throw classifyError(error, "reading the ledger");
  }
}

function purposeOf({ event, subject, deadline }: Work): SessionPurpose {
  const entry = outcomeId(subject.control, subject.resource, subject.event);
  return { eventId: event.id, event: subject.event, entry, deadline };
}

const isDone = ({ known }: Work): boolean => known?.entry?.body.status === "done";

/**
 * The result of an earlier delivery of this event that began a fix and ended, or failed, before it could report. @returns undefined
 * when there was none, or all of its fixes were refused: then someone else has restored the state
 */
function recoverResult(known: Known, now: FinalState, work: Work): Result | undefined {
  const { entry } = known;
  const last = effectiveSteps(entry?.body.steps ?? []).at(-1);
  if (entry === undefined || last === undefined) return undefined;
  work.acted = !known.resource.body.actions.some(({ entry: id }) => id === known.id);
  work.after = stateOf(now);
  work.claimed = known.resource.body;
  return {
    outcome: "remediated",
    findings: last.findings,
    remedies: last.remedies,
    why: "An earlier delivery of the event began to remediate it, and ended before it could report the outcome.",
  };
}

function remediationOf({ control, remediation }: ControlRuntime): Remediation<unknown> {
  if (remediation) return remediation;
  throw new PermanentError(`The control ${control.id} neither describes events nor has a remediation.`);
}

function described(description: ResolvedDescription): Result {
  if (!description.report) return compliant(description.why);
  const { findings, facts } = description;
  return { outcome: "notified", findings, remedies: [], facts };
}

const goodState = (evaluation: Exclude<FinalState, { state: "violation" }>): string =>
  evaluation.state === "absent" ? "The resource does not exist any more." : evaluation.why;

const compliant = (why: string): Result => ({ outcome: "compliant", findings: [], remedies: [], why });
