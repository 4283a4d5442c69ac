/** The end of an event: enters its outcome into the ledger, publishes it, and releases the resource. */
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { Entry, ResourceState, Step } from "../../contract/ledger-records";
import { RetryableError } from "../../controls/lib/errors";
import { classifyError } from "../lib/classify-error";
import { recentActions } from "./breaker";
import { effectiveSteps } from "./ledger/ledger";
import { boundedOutcome, publishOutcome } from "./publish-outcome";
import type { ControlRuntime, RecordableWork } from "./work";

/**
 * Enters an outcome and publishes it. @param failed the event will be retried
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
  const entry = endedEntry(runtime, work, failed);
  const released = releasedResource(runtime, work, known.resource.body);
  const [entered] = await Promise.all([
    ledger.writeEntry(known, entry),
    // If another delivery has claimed it meanwhile, it isn't ours to release.
    released && ledger.writeResource(known, released),
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

function endedEntry({ clock }: Pick<ControlRuntime, "clock">, work: RecordableWork, failed: boolean): Entry {
  const { known, outcome, after } = work;
  const now = new Date(clock()).toISOString();
  const before = known?.entry?.body;
  const steps = before?.steps ?? [];
  // A suppressed event has a step, which was not carried out.
  const endedSteps = outcome.outcome === "remediated" ? effectiveSteps(steps) : [];
  return {
    outcome: boundedOutcome(outcome),
    status: failed ? "failed" : "done",
    published: true,
    at: before?.at ?? now,
    endedAt: now,
    steps: failed ? markUnchanged(steps, work) : endedSteps,
    ...(after === undefined ? {} : { after }),
  };
}

/** The last step of a failed attempt says whether it changed anything. */
function markUnchanged(steps: readonly Step[], { unchanged }: RecordableWork): Step[] {
  return unchanged
    ? steps.map((step, index) => (index === steps.length - 1 ? { ...step, unchanged } : step))
    : [...steps];
}

/** The resource's item without this work's claim and with its action; undefined when there is nothing to write. */
function releasedResource(
  { settings, clock }: Pick<ControlRuntime, "settings" | "clock">,
  { known, claimed, acted, outcome }: RecordableWork,
  resource: ResourceState,
): ResourceState | undefined {
  if (claimed === undefined || known === undefined) return undefined;
  const { lease, actions, ...rest } = resource;
  const now = clock();
  const action = {
    at: now,
    entry: known.id,
    ...(outcome.principal === undefined ? {} : { principal: outcome.principal }),
  };
  return {
    ...rest,
    ...(lease && lease.entry !== known.id ? { lease } : {}),
    actions: [...recentActions(actions, settings.breaker, now), ...(acted ? [action] : [])],
  };
}
