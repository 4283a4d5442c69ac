/** Takes a fix back, through the same role and with the same care: only while the state is still the one after the fix. */
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { Evaluation } from "../../controls/lib/remediation";
import type { Outcome } from "../../controls/lib/outcome";
import type { ResourceReference } from "../../controls/lib/resources";
import { PermanentError } from "../../controls/lib/errors";
import type { Actor } from "./process-event";
import { isOver } from "./exemptions";
import { classify } from "../lib/classify-error";
import { EXEMPTIONS, outcomeId } from "../../contract/ledger-keys";
import type { Entry, Pinned, Read, Step } from "./ledger/ledger";
import { putOutcome } from "./publish-outcome";
import { openSession, reachingAll } from "./session";
import { evaluate, isState, isStill, stateOf } from "./resource-state";

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1000));
const schema = v.object({
  undo: v.object({
    /** Of the outcome in the ledger. */
    outcome: v.pipe(v.string(), v.regex(/^[0-9a-f]{20}$/)),
    /** Who asks, as STS names the caller. CloudTrail's record of the invocation is the proof. */
    by: text,
    reason: text,
    /** Leaves an exemption until this day, so that the control lets the state be. Absent: it may be put right again at once. */
    exemptUntil: v.optional(v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/))),
  }),
});
export type UndoRequest = v.InferOutput<typeof schema>["undo"];

/** What the function answers. */
export type UndoAnswer =
  | { undone: true; id: string; resource: string; remedies: string[]; exemptUntil?: string }
  | { undone: false; why: string };

/** @returns the request when the function was called with one. */
export function undoRequest(event: unknown): UndoRequest | undefined {
  const read = v.safeParse(schema, event);
  return read.success ? read.output.undo : undefined;
}

/** Undoes the fix of an outcome. What keeps it from doing so is an answer; only AWS's faults are thrown. */
export async function undo(
  actor: Actor,
  eventBridge: EventBridgeClient,
  request: UndoRequest,
): Promise<UndoAnswer> {
  const started = actor.clock();
  const { control, remediation, ledger } = actor;
  const found = await ledger.entry(request.outcome);
  const earlier = found && (await unfinished(actor, found.body));
  const refusal = refuse(actor, request, found, earlier);
  const resource = found?.body.outcome.resource;
  const steps = found?.body.steps ?? [];
  if (refusal !== undefined || !found || !resource || !remediation?.undo)
    return { undone: false, why: refusal ?? "The fix of this control can't be undone." };
  const undoId = randomUUID();
  const subject = {
    control: control.id,
    resource: resource.arn,
    account: resource.account,
    event: `undo ${undoId}`,
  };
  const known = await ledger.look(subject);
  const holder = known.resource.body.lease;
  if (holder && holder.until > started)
    return { undone: false, why: "The control is at work on the resource: try again in a minute." };
  const entryId = outcomeId(subject.control, subject.resource, subject.event);
  const purpose = {
    eventId: undoId,
    event: subject.event,
    entry: entryId,
    undo: true,
    beside: [...new Set(steps.flatMap(({ beside = [] }) => beside))],
  };
  // What it reaches beside the resource is for the change only.
  const aws = await openSession(actor, resource, { ...purpose, beside: [] });
  const context = { resource, parameters: actor.settings.parameters, aws };
  const now = await evaluate(remediation, context, "reading");
  if (earlier && (found.body.undoneBy !== undefined || isState(now, steps[0]?.before)))
    return complete(actor, eventBridge, request, resource, earlier);
  const moved = movedOn(now, found.body, resource, earlier);
  if (moved !== undefined) return { undone: false, why: moved };

  const outcome: Outcome = {
    control: control.id,
    id: entryId,
    eventId: undoId,
    eventName: "bailiwick undo",
    resource,
    severity: control.severity,
    outcome: "undone",
    findings: [request.reason],
    remedies: steps.flatMap((step) => step.remedies).map((remedy) => `Taken back: ${remedy}`),
    undoes: request.outcome,
    principal: request.by,
    time: new Date(started).toISOString(),
    durationMilliseconds: 0,
  };
  const at = outcome.time ?? "";
  const before = stateOf(now);
  const step: Step = { at, attempt: 1, before, remedies: outcome.remedies, findings: outcome.findings };
  const acting: Entry = { outcome, status: "acting", published: false, at, steps: [step] };
  const lease = { entry: entryId, until: started + 60_000 };
  const original = { id: request.outcome, ...found, body: { ...found.body, undoing: entryId } };
  const claimed = await ledger.claim(known, acting, { ...known.resource.body, lease }, original);
  if (claimed === undefined)
    return { undone: false, why: "The control has begun to work on the resource: try again in a minute." };
  let pinned: Pinned | undefined;
  let begun = false;
  let failure: PermanentError | undefined;
  try {
    // It ended before it had changed anything, so this one is in its place.
    if (earlier?.body.status === "acting") await ledger.amend(earlier.id, (body) => givenUp(body, entryId));
    // First of all, or the control would answer the very events of the undo.
    pinned = await pin(actor, request, resource);
    begun = true;
    for await (const reached of purpose.beside.length > 0 ? reachingAll(actor, context, purpose) : [context])
      for (const each of [...steps].reverse()) await remediation.undo(reached, each.before);
    if (await isStill(before, remediation, context, actor.sleep))
      failure = withConsequences(
        new PermanentError(`${resource.arn} is as it was: the undo changed nothing.`),
        false,
        await kept(actor, pinned, false),
      );
    else await ledger.amend(request.outcome, (body) => ({ ...body, undoneBy: entryId }));
  } catch (error) {
    const changed = begun && !(await isStill(before, remediation, context, actor.sleep).catch(() => false));
    if (!changed) step.unchanged = true;
    failure = withConsequences(
      classify(error, `undoing the fix of ${resource.arn}`),
      changed,
      await kept(actor, pinned, changed),
    );
  }
  const ended: Outcome = {
    ...outcome,
    durationMilliseconds: actor.clock() - started,
    ...(failure ? { outcome: "failed", retryable: false, error: failure.message } : {}),
  };
  const free = { ...claimed.resource.body };
  delete free.lease;
  await Promise.all([
    ledger.enter(claimed, {
      ...acting,
      outcome: ended,
      status: "done",
      published: true,
      endedAt: new Date(actor.clock()).toISOString(),
    }),
    ledger.enterResource(claimed, free),
  ]);
  await putOutcome(eventBridge, actor.settings.busName, ended);
  if (failure) return { undone: false, why: failure.message };
  return answer(request, outcome, entryId, resource);
}

/** Why this outcome can't be undone, whatever the state is. */
function refuse(
  { control, clock }: Actor,
  { outcome: id, exemptUntil }: UndoRequest,
  found: Read<Entry> | undefined,
  earlier: object | undefined,
): string | undefined {
  if (!found) return `The ledger has no outcome ${id}.`;
  const { outcome, steps, undoneBy, status, after } = found.body;
  if (outcome.control !== control.id) return `The outcome ${id} is of the control ${outcome.control}.`;
  if (undoneBy !== undefined && !earlier) return `The outcome ${id} was undone before, by ${undoneBy}.`;
  if (status !== "done" || outcome.outcome !== "remediated" || steps.length === 0)
    return `The outcome ${id} is "${outcome.outcome}": only what was remediated can be undone.`;
  if (after === undefined)
    return `The state after the fix is not known, so it can't be told whether it has moved on since.`;
  if (exemptUntil !== undefined && isOver(exemptUntil, clock())) return `The day ${exemptUntil} is over.`;
  return undefined;
}

/** The undo that was at this outcome before and may have changed something, but didn't say that it had. */
async function unfinished(
  { ledger }: Actor,
  { undoneBy, undoing }: Entry,
): Promise<(Read<Entry> & { id: string }) | undefined> {
  const id = undoneBy ?? undoing;
  const entry = id === undefined ? undefined : await ledger.entry(id);
  if (id === undefined || !entry) return undefined;
  const { status, outcome, steps } = entry.body;
  const ended =
    status === "done" && (outcome.outcome !== "failed" || steps.every(({ unchanged }) => unchanged));
  return ended ? undefined : { id, ...entry };
}

/** Enters that an earlier undo has restored the state, which it could not say itself. */
async function complete(
  actor: Actor,
  eventBridge: EventBridgeClient,
  request: UndoRequest,
  resource: ResourceReference,
  { id, body }: Read<Entry> & { id: string },
): Promise<UndoAnswer> {
  const { ledger, clock, settings } = actor;
  const outcome: Outcome = {
    ...body.outcome,
    outcome: "undone",
    why: `The undo ended before it could say that it had restored the state; ${request.by} asked again.`,
  };
  delete outcome.error;
  delete outcome.retryable;
  await pin(actor, request, resource);
  await ledger.amend(request.outcome, (original) => ({ ...original, undoneBy: id }));
  const endedAt = new Date(clock()).toISOString();
  await ledger.amend(id, (entry) => ({ ...entry, outcome, status: "done", published: true, endedAt }));
  await putOutcome(eventBridge, settings.busName, outcome);
  return answer(request, outcome, id, resource);
}

const givenUp = (body: Entry, successor: string): Entry => ({
  ...body,
  outcome: {
    ...body.outcome,
    outcome: "failed",
    retryable: false,
    error: `The function ended before it had changed anything; ${successor} is in its place.`,
  },
  status: "done",
});

const answer = (
  { exemptUntil }: UndoRequest,
  { remedies }: Outcome,
  id: string,
  { arn }: ResourceReference,
): UndoAnswer => ({
  undone: true,
  id,
  resource: arn,
  remedies,
  ...(exemptUntil === undefined ? {} : { exemptUntil }),
});

/** Leaves the exemption that the request asks for. */
async function pin(
  { control, ledger }: Actor,
  { by: owner, reason, exemptUntil: expires }: UndoRequest,
  { arn: resource }: ResourceReference,
): Promise<Pinned | undefined> {
  if (expires === undefined) return undefined;
  return ledger.pin({ control: control.id, resource, owner, reason, expires }, EXEMPTIONS);
}

/** What stays of the exemption of an undo that failed: nothing, if that changed nothing and nobody else has changed the exemption. */
async function kept(
  { ledger }: Actor,
  pinned: Pinned | undefined,
  changed: boolean,
): Promise<Pinned | undefined> {
  if (!pinned || changed) return pinned;
  return (await ledger.unpin(pinned).catch(() => false)) ? undefined : pinned;
}

/** The failure, with what a person has to know of what it left behind. */
function withConsequences({ message }: Error, changed: boolean, pinned: Pinned | undefined): PermanentError {
  const sentences = [message];
  if (changed) sentences.push("All or part of the state before may be restored: look at it.");
  // Half restored, the control would put it right again under the hands of whoever looks at it.
  if (pinned)
    sentences.push(
      `The exemption that goes with the undo stays: \`bailiwick exemptions remove ${pinned.item.id}\` ends it.`,
    );
  return new PermanentError(sentences.join(" "));
}

function movedOn(
  now: Evaluation<unknown>,
  { after }: Entry,
  { arn }: ResourceReference,
  earlier: { id: string } | undefined,
): string | undefined {
  if (now.state === "absent") return `${arn} does not exist any more.`;
  if (isState(now, after)) return undefined;
  const unsaid = earlier ? ` The undo ${earlier.id} did not say how far it came.` : "";
  return `The state of ${arn} has moved on since the fix: look at it, and change it by hand if need be.${unsaid}`;
}
