/** Undoes a fix with the role of undos, and with the same care as a fix: only while the state is still the one after the fix. */
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { randomUUID } from "node:crypto";
import { outcomeId } from "../../contract/ledger-keys";
import type { Entry, Step } from "../../contract/ledger-records";
import { LEASE_MILLISECONDS } from "../../contract/limits";
import type { UndoAnswer, UndoRequest } from "../../contract/undo";
import { PermanentError } from "../../controls/lib/errors";
import type { Outcome } from "../../controls/lib/outcome";
import type { Remediation, RemediationContext } from "../../controls/lib/remediation";
import type { ResourceReference } from "../../controls/lib/resources";
import type { Known, Pinned, Versioned } from "../control/ledger/ledger";
import { publishOutcome } from "../control/publish-outcome";
import { evaluateFinal, isState, isStill, stateOf, type FinalState } from "../control/resource-state";
import { contextsReaching, openSession, type SessionPurpose } from "../control/session";
import { classifyError } from "../lib/classify-error";
import { refusalOf, stateRefusal, unfinishedUndo, type IdentifiedEntry } from "./checks";
import { leaveExemption, withConsequences } from "./exemption";
import type { UndoRuntime } from "./runtime";

/** A request whose outcome may be undone. */
interface Undo {
  runtime: UndoRuntime;
  eventBridge: EventBridgeClient;
  request: UndoRequest;
  resource: ResourceReference;
  remediation: Remediation<unknown> & Required<Pick<Remediation<unknown>, "undo">>;
  /** The outcome's entry. */
  original: Versioned<Entry>;
  /** An undo of the outcome that did not report its end. */
  earlier: IdentifiedEntry | undefined;
  /** Milliseconds since 1970. */
  started: number;
  purpose: SessionPurpose;
}

/** Undoes the fix of an outcome. A refusal or a failure is an answer; only failures of AWS before the undo begins are thrown. */
export async function undo(
  runtime: UndoRuntime,
  eventBridge: EventBridgeClient,
  request: UndoRequest,
): Promise<UndoAnswer> {
  const started = runtime.clock();
  const { control, remediation, ledger } = runtime;
  const original = await ledger.entry(request.outcome);
  const earlier = original && (await unfinishedUndo(runtime, original.body));
  const refusal = refusalOf(runtime, request, original, earlier);
  const resource = original?.body.outcome.resource;
  if (refusal !== undefined || !original || !resource || !hasUndo(remediation))
    return { undone: false, why: refusal ?? "The fix of this control can't be undone." };
  const eventId = randomUUID();
  const event = `undo ${eventId}`;
  const subject = { control: control.id, resource: resource.arn, account: resource.account, event };
  const known = await ledger.read(subject);
  const { lease } = known.resource.body;
  if (lease && lease.until > started)
    return { undone: false, why: "The control is at work on the resource: try again in a minute." };
  const beside = [...new Set(original.body.steps.flatMap((step) => step.beside ?? []))];
  const entry = outcomeId(subject.control, subject.resource, subject.event);
  const purpose = { eventId, event, entry, beside };
  // It only reads, and needs nothing beside the resource.
  const aws = await openSession(runtime, resource, { ...purpose, beside: [] });
  const context = { resource, parameters: runtime.settings.parameters, aws };
  const now = await evaluateFinal(remediation, context, "reading");
  const undoing = {
    runtime,
    eventBridge,
    request,
    resource,
    remediation,
    original,
    earlier,
    started,
    purpose,
  };
  if (earlier && (original.body.undoneBy !== undefined || isState(now, original.body.steps[0]?.before)))
    return completeEarlier(undoing, earlier);
  const moved = stateRefusal(now, original.body, resource, earlier);
  if (moved !== undefined) return { undone: false, why: moved };
  return carryOut(undoing, known, context, now);
}

const hasUndo = (remediation: Remediation<unknown> | undefined): remediation is Undo["remediation"] =>
  remediation?.undo !== undefined;

/** Claims the resource, restores the state before the fix, and reports how that ended. */
async function carryOut(
  undoing: Undo,
  known: Known,
  context: RemediationContext<unknown>,
  now: FinalState,
): Promise<UndoAnswer> {
  const { runtime, request, original, purpose, started } = undoing;
  const { ledger, clock } = runtime;
  const outcome = undoneOutcome(undoing);
  const at = new Date(started).toISOString();
  const step: Step = {
    at,
    attempt: 1,
    before: stateOf(now),
    remedies: outcome.remedies,
    findings: outcome.findings,
    offences: [],
  };
  const acting: Entry = { outcome, status: "acting", published: false, at, steps: [step] };
  const lease = { entry: purpose.entry, until: started + LEASE_MILLISECONDS };
  const claimed = await ledger.claim(
    known,
    acting,
    { ...known.resource.body, lease },
    { id: request.outcome, ...original, body: { ...original.body, undoing: purpose.entry } },
  );
  if (claimed === undefined)
    return { undone: false, why: "The control has begun to work on the resource: try again in a minute." };
  const failure = await restore(undoing, context, step);
  const ended: Outcome = {
    ...outcome,
    durationMilliseconds: clock() - started,
    ...(failure ? { outcome: "failed", retryable: false, error: failure.message } : {}),
  };
  const endedAt = new Date(clock()).toISOString();
  const released = { ...claimed.resource.body };
  delete released.lease;
  await Promise.all([
    ledger.writeEntry(claimed, { ...acting, outcome: ended, status: "done", published: true, endedAt }),
    ledger.writeResource(claimed, released),
  ]);
  await publishOutcome(undoing.eventBridge, runtime.settings.busName, ended);
  if (failure) return { undone: false, why: failure.message };
  return undone(undoing, outcome, purpose.entry);
}

function undoneOutcome({ runtime, request, resource, original, purpose, started }: Undo): Outcome {
  const { control } = runtime;
  return {
    control: control.id,
    id: purpose.entry,
    eventId: purpose.eventId,
    eventName: "bailiwick undo",
    resource,
    severity: control.severity,
    outcome: "undone",
    findings: [request.reason],
    remedies: original.body.steps.flatMap((step) => step.remedies).map((remedy) => `Undone: ${remedy}`),
    undoes: request.outcome,
    principal: request.by,
    time: new Date(started).toISOString(),
    durationMilliseconds: 0,
  };
}

/** Makes the change. Marks the step when it changed nothing. @returns the failure */
async function restore(
  undoing: Undo,
  context: RemediationContext<unknown>,
  step: Step,
): Promise<PermanentError | undefined> {
  const { runtime, request, resource, remediation, original, earlier, purpose } = undoing;
  const { ledger, sleep } = runtime;
  const isUnchanged = () => isStill(step.before, remediation, context, sleep);
  let pinned: Pinned | undefined;
  let began = false;
  try {
    // The earlier undo ended before it had changed anything, so this one replaces it.
    if (earlier?.body.status === "acting")
      await ledger.updateEntry(earlier.id, (body) => replaced(body, purpose.entry));
    // First, or the control would respond to the events of the undo itself.
    pinned = await leaveExemption(runtime, request, resource);
    began = true;
    for await (const reached of contextsReaching(runtime, context, { ...purpose, task: "undo" }))
      for (const { before } of [...original.body.steps].reverse()) await remediation.undo(reached, before);
    if (await isUnchanged()) {
      const failure = new PermanentError(`${resource.arn} is as it was: the undo changed nothing.`);
      return await withConsequences(runtime, failure, false, pinned);
    }
    await ledger.updateEntry(request.outcome, (body) => ({ ...body, undoneBy: purpose.entry }));
    return undefined;
  } catch (error) {
    const changed = began && !(await isUnchanged().catch(() => false));
    if (!changed) step.unchanged = true;
    const failure = classifyError(error, `undoing the fix of ${resource.arn}`);
    return withConsequences(runtime, failure, changed, pinned);
  }
}

/** Enters that an earlier undo has restored the state, which it did not report itself. */
async function completeEarlier(undoing: Undo, { id, body }: IdentifiedEntry): Promise<UndoAnswer> {
  const { runtime, eventBridge, request, resource } = undoing;
  const { ledger, clock, settings } = runtime;
  const outcome: Outcome = {
    ...body.outcome,
    outcome: "undone",
    why: `The undo ended before it could report that it had restored the state; ${request.by} asked again.`,
  };
  delete outcome.error;
  delete outcome.retryable;
  await leaveExemption(runtime, request, resource);
  await ledger.updateEntry(request.outcome, (original) => ({ ...original, undoneBy: id }));
  const endedAt = new Date(clock()).toISOString();
  await ledger.updateEntry(id, (entry) => ({ ...entry, outcome, status: "done", published: true, endedAt }));
  await publishOutcome(eventBridge, settings.busName, outcome);
  return undone(undoing, outcome, id);
}

const replaced = (body: Entry, successor: string): Entry => ({
  ...body,
  outcome: {
    ...body.outcome,
    outcome: "failed",
    retryable: false,
    error: `The function ended before it had changed anything; ${successor} replaces this undo.`,
  },
  status: "done",
});

const undone = ({ request, resource }: Undo, { remedies }: Outcome, id: string): UndoAnswer => ({
  undone: true,
  id,
  resource: resource.arn,
  remedies,
  ...(request.exemptUntil === undefined ? {} : { exemptUntil: request.exemptUntil }),
});
