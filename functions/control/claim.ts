/** Claims a resource for one event, unless a circuit breaker delays its fix. */
import type { Entry, Step } from "../../contract/ledger-records";
import { LEASE_MILLISECONDS } from "../../contract/limits";
import type { OpenBreaker } from "../../controls/lib/outcome";
import type { Violation } from "../../controls/lib/remediation";
import { classifyError } from "../lib/classify-error";
import {
  breakerExplanation,
  breakerReport,
  delayAfter,
  delayingBreaker,
  offencesOf,
  openBreaker,
  recentActions,
  repetitionOf,
} from "./breaker";
import { busy } from "./busy";
import type { Known } from "./ledger/ledger";
import type { LookAgain, ControlRuntime, Work } from "./work";

/** An entry keeps at most this many steps, and of large ones only as many as fit into an item of the ledger. */
const MOST_STEPS = 5;
const LONGEST_STEPS = 300_000;

/** A fix that waits: why, and for which look. */
export interface Delay {
  breaker: OpenBreaker;
  look: LookAgain;
}

/**
 * The delay of a fix on a resource that was remediated too often, which opens the resource's circuit breaker or keeps it open.
 * @throws BusyError
 */
export async function delayOnResource(
  { control, settings, ledger, clock }: ControlRuntime,
  { resource, outcome }: Work,
  known: Known,
  violation: Violation<unknown>,
): Promise<Delay | undefined> {
  const now = clock();
  const limits = settings.breaker;
  const state = known.resource.body;
  const repetition = repetitionOf(state, violation, limits, now);
  if (repetition === undefined) return undefined;
  const before = openBreaker(state.breaker, now);
  const pending = state.nextLook === undefined ? 0 : Date.parse(state.nextLook.at);
  // The look that is on its way fixes this too, unless it is a distant one, as of an exemption's end.
  const isNear = pending > now && pending - now <= delayAfter(before?.delays ?? 0);
  if (before && isNear) return delayOf(breakerReport(before, "resource", false, resource), pending);
  const recent = recentActions(state.actions, limits, now);
  const breaker = delayingBreaker(
    {
      control: control.id,
      subject: resource.arn,
      reference: resource,
      actions: recent.length,
      principals: [...recent.map(({ principal }) => principal), outcome.principal],
      ...(repetition === "fight" ? { offences: offencesOf(violation) } : {}),
    },
    repetition === "fight" ? before : undefined,
    limits,
    now,
  );
  if (!(await ledger.writeResource(known, { ...state, breaker }))) throw busy(resource);
  return delayOf(
    breakerReport(breaker, "resource", before === undefined, resource),
    now + delayAfter(breaker.delays - 1),
  );
}

/**
 * Claims the resource for this event and enters the state before into the ledger. @throws BusyError when another delivery was faster
 * @returns the delay of the fix when this is one action too many in the account
 */
export async function claimResource(
  { control, settings, ledger, clock }: ControlRuntime,
  work: Work,
  known: Known,
  violation: Violation<unknown>,
  mayDelay: boolean,
): Promise<Delay | undefined> {
  const { resource, outcome } = work;
  const now = clock();
  const claim = {
    ...known.resource.body,
    actions: recentActions(known.resource.body.actions, settings.breaker, now),
    lease: { entry: known.id, until: now + LEASE_MILLISECONDS },
  };
  const [claimed, count] = await Promise.all([
    ledger.claim(known, actingEntry(work, known, violation, now), claim),
    ledger.count(control.id, resource.account),
  ]).catch((error: unknown) => {
    throw classifyError(error, `entering ${resource.arn} into the ledger`);
  });
  if (claimed === undefined) {
    await ledger.count(control.id, resource.account, -1).catch(() => undefined);
    throw busy(resource);
  }
  work.known = claimed;
  work.claimed = claim;
  work.offences = offencesOf(violation);
  const total = count + known.earlierActions;
  const limits = settings.breaker;
  if (!mayDelay || total <= limits.accountActions) return undefined;
  const before = openBreaker(known.accountBreaker?.body, now);
  const opened = delayingBreaker(
    { control: control.id, subject: resource.account, actions: total - 1, principals: [outcome.principal] },
    undefined,
    limits,
    now,
  );
  const isOpened = !before && (await ledger.openAccountBreaker(known, resource.account, opened));
  // The more actions too many, the longer: 1, 2, 4 … minutes.
  const excess = Math.floor((total - limits.accountActions - 1) / limits.accountActions);
  return delayOf(breakerReport(before ?? opened, "account", isOpened, resource), now + delayAfter(excess));
}

function delayOf(breaker: OpenBreaker, at: number): Delay {
  const because = breakerExplanation(breaker, new Date(at).toISOString());
  return { breaker, look: { reason: "breaker", at, because } };
}

function actingEntry(
  { outcome, attempt }: Work,
  { id, entry }: Known,
  violation: Violation<unknown>,
  now: number,
): Entry {
  const { before, beside = [], remedies, findings } = violation;
  const offences = offencesOf(violation);
  const at = new Date(now).toISOString();
  const steps = entry?.body.steps ?? [];
  const step: Step = {
    at,
    attempt,
    before,
    ...(beside.length > 0 ? { beside } : {}),
    remedies,
    findings,
    offences,
  };
  // An attempt that changed nothing leaves the same state before.
  const isSame = JSON.stringify(steps.at(-1)?.before) === JSON.stringify(before);
  return {
    outcome: { ...outcome, id, remedies },
    status: "acting",
    published: false,
    at: entry?.body.at ?? at,
    steps: isSame ? steps.map(clearUnchanged) : fitting([...steps.slice(-MOST_STEPS + 1), step]),
  };
}

/** The latest of the steps, at least one. */
function fitting(steps: Step[]): Step[] {
  const fit = [...steps];
  while (fit.length > 1 && JSON.stringify(fit).length > LONGEST_STEPS) fit.shift();
  return fit;
}

/** The last step is retried, and may change something this time. */
function clearUnchanged(step: Step, index: number, { length }: readonly Step[]): Step {
  if (index < length - 1) return step;
  const retried = { ...step };
  delete retried.unchanged;
  return retried;
}
