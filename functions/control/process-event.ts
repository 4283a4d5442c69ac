/** The life of one event: read the resource, remediate it if that is allowed, read it again. */
import { outcomeId } from "../../contract/ledger-keys";
import { modeOf } from "../../contract/control-settings";
import { endOf } from "../../contract/exemptions";
import { STALE_READ_SECONDS } from "../../contract/limits";
import { LOOK_REASONS, LOOK_SOURCE, type LookReason } from "../../contract/looks";
import { PermanentError } from "../../controls/lib/errors";
import type { AppliedExemption } from "../../controls/lib/outcome";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../../controls/lib/remediation";
import { classifyError } from "../lib/classify-error";
import { busy } from "./busy";
import { claimResource, delayOnResource, type Delay } from "./claim";
import { resolveHistory, type ResolvedDescription } from "./event-history";
import { lookUpExemption } from "./exemption-lookup";
import { effectiveSteps, type Known, type Ledger } from "./ledger/ledger";
import { nextAttemptAt } from "./look-again";
import { remediate } from "./remediate";
import { evaluate, isState, stateOf, type FinalState } from "./resource-state";
import { openSession, type SessionPurpose } from "./session";
import type { LookAgain, ControlRuntime, Result, Unfinished, Work } from "./work";

/**
 * Acts on an event's resource as the mode of its account allows. The event only says where to look: the state counts, read before and
 * after. @throws PermanentError or RetryableError
 * @returns undefined when nothing is to be recorded: this event was finished before, or its look isn't wanted any more
 */
export async function processEvent(
  runtime: ControlRuntime,
  work: Work,
): Promise<Result | Unfinished | undefined> {
  const { control, settings, ledger } = runtime;
  const { event, resource } = work;
  const { errorCode } = event.detail;
  if (control.describe) {
    await readLedger(ledger, work);
    if (isDone(work)) return undefined;
    return described(await resolveHistory(runtime, work, control.describe(event, settings.parameters)));
  }
  if (errorCode !== undefined) {
    await readLedger(ledger, work);
    if (isDone(work)) return undefined;
    return compliant(
      `The call failed (${typeof errorCode === "string" ? errorCode : "unknown"}), so it changed nothing.`,
    );
  }
  const remediation = remediationOf(runtime);
  const purpose = purposeOf(work);
  // Both only read, so they run at the same time.
  const [ledgerRead, stateRead] = await Promise.allSettled([
    readLedger(ledger, work),
    openSession(runtime, resource, purpose).then(async (aws) => {
      const isEvent = event.source !== LOOK_SOURCE;
      const { parameters, organization, deployed } = settings;
      const context = {
        ...{ resource, parameters, organization, aws },
        ...(isEvent ? { event } : {}),
        ...(deployed ? { deployed } : {}),
      };
      return { context, before: await evaluate(remediation, context, "reading") };
    }),
  ]);
  if (ledgerRead.status === "rejected") throw ledgerRead.reason;
  const known = ledgerRead.value;
  if (isDone(work) || !isWanted(work, known)) return undefined;
  if (stateRead.status === "rejected") throw stateRead.reason;
  const { context, before } = stateRead.value;
  const { lease } = known.resource.body;
  const holder = lease && lease.until > runtime.clock() ? lease : undefined;
  if (before.state === "changing") return unfinished(runtime, work, "changing", before.what);
  if (before.state === "violation") {
    if (isUnseenFix(known, before, runtime.clock()))
      return unfinished(runtime, work, "not-visible", "The fix is not visible yet.");
    const violationWork = { runtime, work, known, remediation, purpose };
    return handleViolation(violationWork, context, before, holder !== undefined);
  }
  // Another delivery of this event may just have remediated it, and then reports that itself.
  if (holder?.entry === known.id) throw busy(resource);
  return recoverResult(known, before, work) ?? (await goodState(runtime, work, before));
}

/** A look that begins something is wanted while the ledger's note is about it. */
const isWanted = ({ reason }: Work, { id, resource, entry }: Known): boolean =>
  reason === undefined ||
  LOOK_REASONS[reason] === "continues" ||
  entry !== undefined ||
  resource.body.nextLook?.id === id;

function unfinished(runtime: ControlRuntime, work: Work, reason: LookReason, because: string): Unfinished {
  const at = nextAttemptAt(runtime.clock(), work.attempt, Math.random());
  return { unfinished: { reason, at, because } };
}

/** Whether reads may not show yet what the event announces. */
const isYoung = (work: Work, now: number): boolean => now < visibleAt(work);

function visibleAt({ outcome, event }: Work): number {
  return Date.parse(outcome.time ?? event.time) + STALE_READ_SECONDS * 1000;
}

/** A good state ends the event; while reads may be stale, an absent resource may still appear, and a good state turn bad. */
async function goodState(
  runtime: ControlRuntime,
  work: Work,
  evaluation: Extract<Evaluation<unknown>, { state: "absent" | "compliant" }>,
): Promise<Result | Unfinished | undefined> {
  const mayBeStale = isYoung(work, runtime.clock());
  if (evaluation.state === "absent")
    return mayBeStale
      ? unfinished(runtime, work, "not-visible", "The resource may not be visible yet.")
      : compliant("The resource does not exist any more.");
  // That the state is still good is no news.
  if (work.reason === "unconfirmed" && !work.known?.entry) return forgetLook(runtime, work);
  const confirmation: LookAgain = {
    reason: "unconfirmed",
    at: visibleAt(work),
    because: "AWS's answers may lag behind the event.",
  };
  return { ...compliant(evaluation.why), ...(mayBeStale ? { look: confirmation } : {}) };
}

interface ViolationWork {
  runtime: ControlRuntime;
  work: Work;
  known: Known;
  remediation: Remediation<unknown>;
  purpose: SessionPurpose;
}

/** A violation is exempted, notified of, delayed or remediated. @param held whether another delivery works on the resource */
async function handleViolation(
  { runtime, work, known, remediation, purpose }: ViolationWork,
  context: RemediationContext<unknown>,
  violation: Violation<unknown>,
  held: boolean,
): Promise<Result | Unfinished> {
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
  if (exemption) return { outcome: "exempted", ...reported, exemption, look: lookAtEnd(exemption) };
  if (modeOf(runtime.settings, work.resource.account) === "notify" || remedies.length === 0)
    return { outcome: "notified", ...reported };
  const suppressed = ({ breaker, look }: Delay): Result => {
    // That a control acts this often in an account is for everyone to know.
    if (breaker.scope === "account" && breaker.opened) work.outcome.severity = "critical";
    return { outcome: "suppressed", ...reported, breaker, why: look.because, look };
  };
  const mayDelay = isDelayable(runtime, work, known);
  const delayed = mayDelay ? await delayOnResource(runtime, work, known, violation) : undefined;
  if (delayed) return suppressed(delayed);
  if (held) throw busy(work.resource);
  const isFirstFix = !attempted(known, violation);
  const exceeded = await claimResource(runtime, work, known, violation, mayDelay);
  if (exceeded) return suppressed(exceeded);
  const fixed = await remediate({ runtime, work, remediation, context, purpose }, violation, isFirstFix);
  if (fixed.state !== "final") {
    const reason = fixed.state === "changing" ? "changing" : "not-visible";
    return unfinished(runtime, work, reason, fixed.because);
  }
  const { remaining } = fixed;
  return { outcome: "remediated", ...reported, ...(remaining.length > 0 ? { remaining } : {}) };
}

/** A fix is delayed once: not when its delay is over, not when it has begun, and never where everything depends on it. */
const isDelayable = ({ control }: ControlRuntime, { reason }: Work, { entry }: Known): boolean =>
  control.alwaysAtOnce !== true &&
  (reason === undefined || LOOK_REASONS[reason] === "continues") &&
  effectiveSteps(entry?.body.steps ?? []).length === 0;

const lookAtEnd = ({ expires, source }: AppliedExemption): LookAgain => ({
  reason: "exemption-ended",
  at: endOf(expires),
  because: `The exemption (${source}) ends with ${expires}.`,
});

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

/** Takes the ledger's note about a look that led to nothing away. */
async function forgetLook({ ledger }: ControlRuntime, { known }: Work): Promise<undefined> {
  if (known) await ledger.changeResource(known, ({ nextLook: _, ...rest }) => rest);
  return undefined;
}

/** Whether this event's last fix met the same state. */
function attempted({ entry }: Known, { before }: Violation<unknown>): boolean {
  const last = effectiveSteps(entry?.body.steps ?? []).at(-1);
  return (
    last !== undefined && isState({ state: "violation", before, findings: [], remedies: [] }, last.before)
  );
}

/** Whether the state may be the one before a fix that this event has just made. */
function isUnseenFix(known: Known, violation: Violation<unknown>, now: number): boolean {
  const { status, steps = [] } = known.entry?.body ?? {};
  const last = effectiveSteps(steps).at(-1);
  return (
    status === "waiting" &&
    last !== undefined &&
    now - Date.parse(last.at) < STALE_READ_SECONDS * 1000 &&
    attempted(known, violation)
  );
}

/**
 * The result of an earlier delivery of this event that began a fix, and didn't see its final state or ended before it could report.
 * @returns undefined when there was none, or all of its fixes were refused: then someone else has restored the state
 */
function recoverResult(known: Known, now: FinalState, work: Work): Result | undefined {
  const { entry } = known;
  const last = effectiveSteps(entry?.body.steps ?? []).at(-1);
  if (entry === undefined || last === undefined) return undefined;
  work.acted = !known.resource.body.actions.some(({ entry: id }) => id === known.id);
  work.offences = last.offences;
  work.after = stateOf(now);
  work.claimed = known.resource.body;
  const { findings, remedies } = last;
  const interrupted =
    "An earlier delivery of the event began to remediate it, and ended before it could report the outcome.";
  return {
    outcome: "remediated",
    findings,
    remedies,
    ...(entry.body.status === "waiting" ? {} : { why: interrupted }),
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

const compliant = (why: string): Result => ({ outcome: "compliant", findings: [], remedies: [], why });
