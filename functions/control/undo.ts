/** Takes a fix back, through the same role and with the same care: only while the state is still the one after the fix. */
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import type { Evaluation, Outcome, RemediationContext, ResourceReference } from "../../controls/control";
import { PermanentError } from "../../controls/errors";
import { stateOf, type Actor } from "./act";
import { isOver } from "./exemptions";
import { classify } from "./failure";
import { EXEMPTIONS, outcomeId } from "./ledger/keys";
import type { Entry, Pinned, Read } from "./ledger/ledger";
import { putOutcome } from "./report";
import { openSession } from "./session";

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
  const refusal = refuse(actor, request, found);
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
  const aws = await openSession(actor, resource, {
    eventId: undoId,
    event: subject.event,
    entry: entryId,
    undo: true,
    beside: [...new Set(steps.flatMap(({ beside = [] }) => beside))],
  });
  const context = { resource, parameters: actor.settings.parameters, aws };
  const now = await read(actor, context);
  const moved = movedOn(now, found.body, resource);
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
  const step = { at, attempt: 1, before, remedies: outcome.remedies, findings: outcome.findings };
  const acting: Entry = { outcome, status: "acting", told: false, at, steps: [step] };
  const lease = { entry: entryId, until: started + 60_000 };
  const claimed = await ledger.claim(known, acting, { ...known.resource.body, lease });
  if (claimed === undefined)
    return { undone: false, why: "The control has begun to work on the resource: try again in a minute." };
  let pinned: Pinned | undefined;
  let begun = false;
  let failure: unknown;
  try {
    // First of all, or the control would answer the very events of the undo.
    if (request.exemptUntil !== undefined)
      pinned = await ledger.pin(
        {
          control: control.id,
          resource: resource.arn,
          owner: request.by,
          reason: request.reason,
          expires: request.exemptUntil,
        },
        EXEMPTIONS,
      );
    begun = true;
    for (const each of [...steps].reverse()) await remediation.undo(context, each.before);
    const restored = stateOf(await read(actor, context));
    if (isDeepStrictEqual(restored, before))
      throw new PermanentError(`${resource.arn} is as it was: the undo changed nothing.`);
    await ledger.amend(request.outcome, { ...found, body: { ...found.body, undoneBy: entryId } });
  } catch (error) {
    const changed = begun && !(await isStill(before, actor, context));
    failure = withConsequences(classify(error, `undoing the fix of ${resource.arn}`), {
      changed,
      pinned,
      freed: changed || pinned === undefined || (await unpinned(actor, pinned)),
    });
  }
  const ended: Outcome = {
    ...outcome,
    durationMilliseconds: actor.clock() - started,
    ...(failure instanceof Error ? { outcome: "failed", retryable: false, error: failure.message } : {}),
  };
  const free = { ...claimed.resource.body };
  delete free.lease;
  await Promise.all([
    ledger.enter(claimed, {
      ...acting,
      outcome: ended,
      status: "done",
      told: true,
      endedAt: new Date(actor.clock()).toISOString(),
    }),
    ledger.enterResource(claimed, free),
  ]);
  await putOutcome(eventBridge, actor.settings.busName, ended);
  if (failure instanceof Error) return { undone: false, why: failure.message };
  return {
    undone: true,
    id: entryId,
    resource: resource.arn,
    remedies: outcome.remedies,
    ...(request.exemptUntil === undefined ? {} : { exemptUntil: request.exemptUntil }),
  };
}

/** Why this outcome can't be undone, whatever the state is. */
function refuse(
  { control, clock }: Actor,
  { outcome: id, exemptUntil }: UndoRequest,
  found: Read<Entry> | undefined,
): string | undefined {
  if (!found) return `The ledger has no outcome ${id}.`;
  const { outcome, steps, undoneBy, status, after } = found.body;
  if (outcome.control !== control.id) return `The outcome ${id} is of the control ${outcome.control}.`;
  if (undoneBy !== undefined) return `The outcome ${id} was undone before, by ${undoneBy}.`;
  if (status !== "done" || outcome.outcome !== "remediated" || steps.length === 0)
    return `The outcome ${id} is "${outcome.outcome}": only what was remediated can be undone.`;
  if (after === undefined)
    return `The state after the fix is not known, so it can't be told whether it has moved on since.`;
  if (exemptUntil !== undefined && isOver(exemptUntil, clock())) return `The day ${exemptUntil} is over.`;
  return undefined;
}

/** Whether the state is the given one, for sure. */
async function isStill(state: unknown, actor: Actor, context: RemediationContext<unknown>): Promise<boolean> {
  try {
    return isDeepStrictEqual(stateOf(await read(actor, context)), state);
  } catch {
    return false;
  }
}

/** Whether the exemption of an undo that changed nothing is away. */
const unpinned = ({ ledger }: Actor, pinned: Pinned): Promise<boolean> =>
  ledger.unpin(pinned).catch(() => false);

/** The failure, with what a person has to know of what it left behind. */
function withConsequences(
  { message }: Error,
  { changed, pinned, freed }: { changed: boolean; pinned: Pinned | undefined; freed: boolean },
): PermanentError {
  const sentences = [message];
  if (changed) sentences.push("All or part of the state before may be restored: look at it.");
  // Half restored, the control would put it right again under the hands of whoever looks at it.
  if (pinned && (changed || !freed))
    sentences.push(
      `The exemption that goes with the undo stays: \`bailiwick exemptions remove ${pinned.item.id}\` ends it.`,
    );
  return new PermanentError(sentences.join(" "));
}

function movedOn(now: Evaluation<unknown>, { after }: Entry, { arn }: ResourceReference): string | undefined {
  if (now.state === "absent") return `${arn} does not exist any more.`;
  return isDeepStrictEqual(JSON.parse(JSON.stringify(stateOf(now) ?? null)), after)
    ? undefined
    : `The state of ${arn} has moved on since the fix: look at it, and change it by hand if need be.`;
}

async function read(
  { remediation }: Actor,
  context: RemediationContext<unknown>,
): Promise<Evaluation<unknown>> {
  if (!remediation) throw new PermanentError("The control has no remediation.");
  try {
    return await remediation.evaluate(context);
  } catch (error) {
    throw classify(error, `reading ${context.resource.arn}`);
  }
}
