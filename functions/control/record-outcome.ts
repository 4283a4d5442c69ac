/** The end of an event: into the ledger, onto the hub bus, and the resource is free again. */
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { Outcome } from "../../controls/lib/outcome";
import { RetryableError } from "../../controls/lib/errors";
import { recent } from "./breaker";
import type { Actor, Work } from "./process-event";
import { classify } from "../lib/classify-error";
import { changes, type Entry, type ResourceState, type Step } from "./ledger/ledger";
import { bounded, putOutcome } from "./publish-outcome";

/** What has to be closed: also of a message in which no event and no resource was found. */
export type OpenWork = Omit<Work, "event" | "resource">;

/**
 * Enters what became of an event and makes it known. `failed`: the event will be looked at again. Throws PermanentError or
 * RetryableError when either could not be done. @returns false when another delivery had entered an end before.
 */
export async function close(
  actor: Pick<Actor, "ledger" | "settings" | "clock">,
  eventBridge: EventBridgeClient,
  work: OpenWork,
  failed: boolean,
): Promise<boolean> {
  const { ledger, settings } = actor;
  const known = (work.known ??= await ledger.look(work.subject).catch((error: unknown) => {
    throw classify(error, "reading the ledger");
  }));
  if (known.entry?.body.status === "done") return false;
  work.outcome.id = known.id;
  const entry = entryOf(actor, work, failed);
  const release = released(actor, work, known.resource.body);
  const [entered] = await Promise.all([
    ledger.enter(known, entry),
    // Should it have been taken over meanwhile, it isn't ours to free.
    release && ledger.enterResource(known, release),
  ]).catch((error: unknown) => {
    throw classify(error, `entering the end of ${work.subject.event} into the ledger`);
  });
  // A failure is told even if another delivery's was entered: each has its own cause.
  if (!entered && !failed) return false;
  work.entered = true;
  try {
    await putOutcome(eventBridge, settings.busName, work.outcome);
  } catch (error) {
    // The next delivery tells it.
    await ledger.enter(known, { ...entry, published: false }).catch(() => undefined);
    throw error;
  }
  return true;
}

/** Tells an outcome that is in the ledger, but not on the bus. */
export async function tell(
  { ledger, settings }: Pick<Actor, "ledger" | "settings">,
  eventBridge: EventBridgeClient,
  { known }: OpenWork,
): Promise<Outcome | undefined> {
  const entry = known?.entry?.body;
  if (known === undefined || entry?.status !== "done" || entry.published) return undefined;
  await putOutcome(eventBridge, settings.busName, entry.outcome);
  if (!(await ledger.enter(known, { ...entry, published: true })))
    throw new RetryableError("Another delivery tells the same outcome.");
  return entry.outcome;
}

function entryOf({ clock }: Pick<Actor, "clock">, work: OpenWork, failed: boolean): Entry {
  const { known, outcome, after } = work;
  const now = new Date(clock()).toISOString();
  const before = known?.entry?.body;
  const steps = before?.steps ?? [];
  const kept = failed ? tried(steps, work) : outcome.outcome === "remediated" ? changes(steps) : [];
  return {
    outcome: bounded(outcome),
    status: failed ? "failed" : "done",
    published: true,
    at: before?.at ?? now,
    endedAt: now,
    // A suppressed event was about to be acted on, and was not.
    steps: kept,
    ...(after === undefined ? {} : { after }),
  };
}

/** Of a failed try the step says whether it changed anything. */
function tried(steps: readonly Step[], { unchanged }: OpenWork): Step[] {
  return unchanged
    ? steps.map((step, index) => (index === steps.length - 1 ? { ...step, unchanged } : step))
    : [...steps];
}

/** The resource's item without our claim, with what was done; undefined when there is nothing to change. */
function released(
  { settings, clock }: Pick<Actor, "settings" | "clock">,
  { known, claimed, acted, outcome }: OpenWork,
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
    actions: [...recent(actions, settings.breaker, now), ...(acted ? [action] : [])],
  };
}
