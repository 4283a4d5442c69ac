/** The end of an event, or of one attempt: enters it into the ledger, publishes its outcome, and releases the resource. */
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { outcomeId } from "../../contract/ledger-keys";
import type { Entry, ResourceState, Step } from "../../contract/ledger-records";
import { RetryableError } from "../../controls/lib/errors";
import { classifyError } from "../lib/classify-error";
import { recentActions } from "./breaker";
import { effectiveSteps, type Known } from "./ledger/ledger";
import { lookId, lookOf, nextLookOf, sendLook } from "./look-again";
import { boundedOutcome, publishOutcome } from "./publish-outcome";
import type { LookAgain, ControlRuntime, RecordableWork, Work } from "./work";

/**
 * Enters an outcome and publishes it. @param failed it is a failure, which may be followed by another attempt
 * @throws PermanentError or RetryableError when either failed
 * @returns false when another delivery had finished the event before
 */
export async function recordOutcome(
  runtime: Pick<ControlRuntime, "ledger" | "settings" | "clock">,
  eventBridge: EventBridgeClient,
  work: RecordableWork,
  failed: boolean,
): Promise<boolean> {
  const { ledger, settings } = runtime;
  const known = (work.known ??= await ledger.read(work.subject).catch((error: unknown) => {
    throw classifyError(error, "reading the ledger");
  }));
  if (known.entry?.body.status === "done") return false;
  work.outcome.id = known.id;
  const entry = endedEntry(runtime, work, failed ? "failed" : "done");
  const [entered] = await Promise.all([
    ledger.writeEntry(known, entry),
    releaseResource(runtime, work, known, !failed),
  ]).catch((error: unknown) => {
    throw classifyError(error, `entering the end of ${work.subject.event} into the ledger`);
  });
  // A failure is published even if another delivery's was entered: each has its own cause.
  if (!entered && !failed) return false;
  work.entered = true;
  try {
    await publishOutcome(eventBridge, settings.busName, work.outcome);
  } catch (error) {
    // The next delivery publishes it.
    await ledger.writeEntry(known, { ...entry, published: false }).catch(() => undefined);
    throw error;
  }
  return true;
}

/** Enters that the event has no outcome yet, and when it is looked at again. @throws PermanentError or RetryableError */
export async function recordWaiting(
  runtime: Pick<ControlRuntime, "ledger" | "settings" | "clock">,
  work: Work,
  look: LookAgain,
): Promise<void> {
  const { known } = work;
  if (known === undefined) return;
  work.outcome.nextLook = nextLookOf(look);
  try {
    await Promise.all([
      runtime.ledger.writeEntry(known, endedEntry(runtime, work, "waiting")),
      releaseResource(runtime, work, known, false),
    ]);
  } catch (error) {
    throw classifyError(error, `entering the next look at ${work.resource.arn} into the ledger`);
  }
}

/**
 * Sends the look that an outcome wants, and notes it with the resource, unless an earlier one is noted. To be called before the
 * outcome is entered: after an interruption between both the delivery does all of it again. @throws PermanentError or RetryableError
 */
export async function sendNextLook(runtime: ControlRuntime, work: Work, wanted: LookAgain): Promise<void> {
  const { control, ledger, clock } = runtime;
  const { known, event } = work;
  const look = lookOf(work, wanted);
  const isEarlier = ({ nextLook }: ResourceState) => {
    const at = nextLook ? Date.parse(nextLook.at) : 0;
    return at > clock() && at <= wanted.at;
  };
  try {
    if (known && isEarlier(known.resource.body)) {
      const { at, because } = known.resource.body.nextLook ?? nextLookOf(wanted);
      work.outcome.nextLook = { at, because };
      return;
    }
    work.outcome.nextLook = nextLookOf(wanted);
    await sendLook(runtime, event, look, wanted.at);
    const note = { id: lookId(control.id, look), ...nextLookOf(wanted) };
    if (known)
      await ledger.changeResource(known, (state) =>
        isEarlier(state) ? state : { ...state, nextLook: note },
      );
  } catch (error) {
    throw classifyError(error, `scheduling the next look at ${work.resource.arn}`);
  }
}

/** Publishes an outcome that the ledger has and the bus doesn't. */
export async function publishPending(
  { ledger, settings }: Pick<ControlRuntime, "ledger" | "settings">,
  eventBridge: EventBridgeClient,
  { known }: RecordableWork,
): Promise<void> {
  const entry = known?.entry?.body;
  if (known === undefined || entry?.status !== "done" || entry.published) return;
  await publishOutcome(eventBridge, settings.busName, entry.outcome);
  if (!(await ledger.writeEntry(known, { ...entry, published: true })))
    throw new RetryableError("Another delivery publishes the same outcome.");
}

function endedEntry(
  { clock }: Pick<ControlRuntime, "clock">,
  work: RecordableWork,
  status: "done" | "failed" | "waiting",
): Entry {
  const { known, outcome, after } = work;
  const now = new Date(clock()).toISOString();
  const before = known?.entry?.body;
  const steps = before?.steps ?? [];
  // A suppressed event has a step, which was not carried out.
  const endedSteps = outcome.outcome === "remediated" ? effectiveSteps(steps) : [];
  return {
    outcome: boundedOutcome(outcome),
    status,
    published: status !== "waiting",
    at: before?.at ?? now,
    ...(status === "waiting" ? {} : { endedAt: now }),
    steps: status === "done" ? endedSteps : markUnchanged(steps, work),
    ...(after === undefined ? {} : { after }),
  };
}

/** The last step of a failed attempt says whether it changed anything. */
function markUnchanged(steps: readonly Step[], { unchanged }: RecordableWork): Step[] {
  return unchanged
    ? steps.map((step, index) => (index === steps.length - 1 ? { ...step, unchanged } : step))
    : [...steps];
}

/**
 * Takes this work's claim off the resource's item, adds its action, and takes the note of the look away that has found its end. A claim
 * of another delivery stays.
 */
async function releaseResource(
  { ledger, settings, clock }: Pick<ControlRuntime, "ledger" | "settings" | "clock">,
  { claimed, acted, outcome, subject, offences = [] }: RecordableWork,
  known: Known,
  isEnd: boolean,
): Promise<void> {
  const id = outcomeId(subject.control, subject.resource, subject.event);
  const isNoted = ({ nextLook }: ResourceState) => isEnd && nextLook?.id === id;
  if (claimed === undefined && !isNoted(known.resource.body)) return;
  const now = clock();
  const { principal } = outcome;
  const action = { at: now, entry: known.id, offences, ...(principal === undefined ? {} : { principal }) };
  await ledger.changeResource(known, (state) => {
    const { lease, nextLook, actions, ...rest } = state;
    return {
      ...rest,
      ...(lease && lease.entry !== known.id ? { lease } : {}),
      ...(nextLook && !isNoted(state) ? { nextLook } : {}),
      actions: [...recentActions(actions, settings.breaker, now), ...(acted ? [action] : [])],
    };
  });
}
