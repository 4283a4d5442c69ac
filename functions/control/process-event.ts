/** The life of one event: look at the resource, put it right if it may, look again. */
import type { STSClient } from "@aws-sdk/client-sts";
import type { CatalogueEntry } from "../../controls/lib/control";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../../controls/lib/remediation";
import type { Outcome } from "../../controls/lib/outcome";
import type { ResourceReference } from "../../controls/lib/resources";
import { LEASE_MILLISECONDS } from "../../contract/limits";
import { exemptionTagKey } from "../../contract/names";
import { PermanentError, RetryableError } from "../../controls/lib/errors";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { described, explanation, openBreakerOf, opening, recent } from "./breaker";
import type { Deadline } from "./deadline";
import { judgeExemptions } from "./exemptions";
import { classify } from "../lib/classify-error";
import {
  changes,
  type Entry,
  type Known,
  type Ledger,
  type ResourceState,
  type Step,
  type Subject,
} from "./ledger/ledger";
import { resolveHistory, type Resolved } from "./event-history";
import { BusyError } from "./visibility";
import { outcomeId } from "../../contract/ledger-keys";
import { openSession, reachingAll, type Purpose } from "./session";
import { modeOf, type Settings } from "../../contract/control-settings";
import { evaluate, isState, stateOf } from "./resource-state";

/** One control with all it works with. */
export interface Actor {
  control: CatalogueEntry;
  /** Absent for a control that only tells. */
  remediation?: Remediation<unknown>;
  settings: Settings;
  sts: STSClient;
  ledger: Ledger;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Waits so many milliseconds. */
  sleep: (milliseconds: number) => Promise<unknown>;
}

/** The part of an outcome that says what was found and done. */
export type Result = Pick<
  Outcome,
  | "outcome"
  | "findings"
  | "remedies"
  | "remaining"
  | "why"
  | "facts"
  | "exemption"
  | "exemptionFaults"
  | "breaker"
>;

/** One event's work on one resource, as it goes on. What stands in it holds when it fails half-way, too. */
export interface Work {
  event: EventBridgeEvent;
  resource: ResourceReference;
  subject: Subject;
  attempt: number;
  deadline: Deadline;
  /** The outcome as far as it is known. */
  outcome: Outcome;
  /** What the ledger has; undefined while it could not be read. */
  known?: Known;
  /** Who may work on the resource: set by the claim, to be given back at the end. */
  claimed?: ResourceState;
  /** The fix was made, whatever came after. */
  acted: boolean;
  /** The fix failed and changed nothing, for sure. */
  unchanged?: true;
  /** The state after the fix. */
  after?: unknown;
  /** The ledger has what became of it. */
  entered?: boolean;
}

/** What a step keeps is bounded by what DynamoDB takes in one item. */
const MOST_STEPS = 5;

/** The resource of an event; throws PermanentError when the event names none. */
export function resourceOf(control: CatalogueEntry, event: EventBridgeEvent): ResourceReference {
  const resource = control.resource(event);
  if (resource) return resource;
  throw new PermanentError(
    `The event ${event.id} names no ${control.resourceType} that could exist. If it is a real one, the control ${control.id} must ` +
      "learn where it names its resource.",
  );
}

/**
 * Acts on an event's resource as the mode of its account allows. The event only says where to look: what counts is the state read,
 * before and after. Throws PermanentError or RetryableError.
 * @returns undefined when this event had its end before.
 */
export async function act(actor: Actor, work: Work): Promise<Result | undefined> {
  const { control, settings, ledger } = actor;
  const { event, resource } = work;
  const failed = event.detail["errorCode"];
  if (control.describe) {
    await look(ledger, work);
    return isDone(work)
      ? undefined
      : told(await resolveHistory(actor, work, control.describe(event, settings.parameters)));
  }
  if (typeof failed === "string") {
    await look(ledger, work);
    if (isDone(work)) return undefined;
    return compliant(`The call failed (${failed}), so it changed nothing.`);
  }
  const remediation = remediationOf(actor);
  // Both only read, so neither waits for the other.
  const [looked, seen] = await Promise.allSettled([
    look(ledger, work),
    openSession(actor, resource, purposeOf(work)).then(async (aws) => {
      const context = { resource, parameters: settings.parameters, event, aws };
      return { context, before: await evaluate(remediation, context, "reading") };
    }),
  ]);
  if (looked.status === "rejected") throw looked.reason;
  const known = looked.value;
  if (isDone(work)) return undefined;
  if (seen.status === "rejected") throw seen.reason;
  const { context, before } = seen.value;
  const holder = known.resource.body.lease;
  const held = holder && holder.until > actor.clock() ? holder : undefined;
  if (before.state !== "violation") {
    // Perhaps the delivery that is at it has just put it right: what became of the event is its to say.
    if (held?.entry === known.id) throw busy(resource, held.until - actor.clock());
    return heal(known, before, work) ?? compliant(goodState(before));
  }
  return judge(actor, work, known, context, before, held);
}

/** A violation: exempted, suppressed, told or put right. */
async function judge(
  actor: Actor,
  work: Work,
  known: Known,
  context: RemediationContext<unknown>,
  violation: Violation<unknown>,
  held: { until: number } | undefined,
): Promise<Result> {
  const { findings, remedies } = violation;
  const facts = violation.facts ? { facts: violation.facts } : {};
  work.outcome.findings = findings;
  const { exemption, faults } = await exemptions(actor, work, known, context);
  if (faults.length > 0) work.outcome.exemptionFaults = faults;
  const reported = {
    findings,
    remedies,
    ...facts,
    ...(faults.length > 0 ? { exemptionFaults: faults } : {}),
  };
  if (exemption) return { outcome: "exempted", ...reported, exemption };
  if (modeOf(actor.settings, work.resource.account) === "notify" || remedies.length === 0)
    return { outcome: "notified", ...reported };
  const breaker = await tripped(actor, work, known);
  if (breaker) return { outcome: "suppressed", ...reported, breaker, why: explanation(breaker) };
  if (held) throw busy(work.resource, held.until - actor.clock());
  const exceeded = await claim(actor, work, known, violation);
  if (exceeded) return { outcome: "suppressed", ...reported, breaker: exceeded, why: explanation(exceeded) };
  const remediation = remediationOf(actor);
  let began = false;
  try {
    for await (const reached of reaching(violation, actor, work, context)) {
      began = true;
      await remediation.fix(reached, violation);
    }
  } catch (error) {
    const failure = classify(error, `changing ${work.resource.arn}`);
    if (!began || (!failure.retryable && (await isUnchanged(violation, remediation, context))))
      work.unchanged = true;
    throw failure;
  }
  work.acted = true;
  work.outcome.remedies = remedies;
  const after = await evaluate(remediation, context, "verifying");
  work.after = stateOf(after);
  if (after.state !== "violation") return { outcome: "remediated", ...reported };
  if (after.remedies.length === 0) return { outcome: "remediated", ...reported, remaining: after.findings };
  throw new RetryableError(
    `${work.resource.arn} is still, or again, in violation after it was put right; it will be looked at again. If this goes on, find out ` +
      `what else changes it. (${after.findings.join(" ")})`,
  );
}

/** Whether a fix that was refused left all as it was: of several calls an earlier one may have succeeded. */
const isUnchanged = (
  { before }: Violation<unknown>,
  remediation: Remediation<unknown>,
  context: RemediationContext<unknown>,
): Promise<boolean> =>
  evaluate(remediation, context, "verifying").then(
    (now) => isState(now, before),
    () => false,
  );

/** The context with sessions that together reach all that the fix changes, one after the other. */
async function* reaching(
  { beside = [] }: Violation<unknown>,
  actor: Actor,
  work: Work,
  context: RemediationContext<unknown>,
): AsyncGenerator<RemediationContext<unknown>> {
  if (beside.length === 0) yield context;
  else yield* reachingAll(actor, context, { ...purposeOf(work), beside });
}

async function look(ledger: Ledger, work: Work): Promise<Known> {
  try {
    return (work.known = await ledger.look(work.subject));
  } catch (error) {
    throw classify(error, "reading the ledger");
  }
}

function purposeOf({ event, subject, deadline }: Work): Purpose {
  const entry = outcomeId(subject.control, subject.resource, subject.event);
  return { eventId: event.id, event: subject.event, entry, deadline };
}

function isDone({ known }: Work): boolean {
  return known?.entry?.body.status === "done";
}

async function exemptions(
  { control, remediation, settings, clock }: Actor,
  { resource, subject }: Work,
  known: Known,
  context: RemediationContext<unknown>,
) {
  const key = exemptionTagKey(control.id);
  let tags: Record<string, string> = {};
  try {
    if (settings.taggers.length > 0) tags = (await remediation?.tags?.(context)) ?? {};
  } catch (error) {
    // Perhaps one of them exempts it.
    throw classify(error, `reading the tags of ${resource.arn}`);
  }
  return judgeExemptions({
    control: subject.control,
    resource,
    configured: settings.exemptions,
    ...(known.pin ? { pin: known.pin } : {}),
    ...(Object.hasOwn(tags, key) ? { tag: tags[key] } : {}),
    ...(known.grant ? { grant: known.grant } : {}),
    now: clock(),
  });
}

/** The open circuit breaker, also one that opens only now. */
async function tripped({ control, settings, ledger, clock }: Actor, work: Work, known: Known) {
  const { resource, outcome } = work;
  const now = clock();
  const limits = settings.breaker;
  const open = openBreakerOf(known, now);
  if (open) return described(open.breaker, open.scope, false, resource);
  const actions = recent(known.resource.body.actions, limits, now);
  if (actions.length >= limits.resourceActions) {
    const principals = [...actions.map(({ principal }) => principal), outcome.principal];
    const breaker = opening(control.id, resource.arn, actions.length, principals, limits, now);
    if (!(await ledger.enterResource(known, { ...known.resource.body, breaker }))) throw busy(resource);
    return described(breaker, "resource", true, resource);
  }
  return undefined;
}

/**
 * Takes the resource for this event, with the state before in the ledger; throws BusyError when another came first. @returns the
 * account's circuit breaker when this is one action too many.
 */
async function claim(actor: Actor, work: Work, known: Known, violation: Violation<unknown>) {
  const { control, settings, ledger, clock } = actor;
  const { resource, outcome, attempt } = work;
  const now = clock();
  const at = new Date(now).toISOString();
  const steps = known.entry?.body.steps ?? [];
  const step = {
    at,
    attempt,
    before: violation.before,
    ...(violation.beside?.length ? { beside: violation.beside } : {}),
    remedies: violation.remedies,
    findings: violation.findings,
  };
  // A try that changed nothing leaves the same state before.
  const same = JSON.stringify(steps.at(-1)?.before) === JSON.stringify(step.before);
  const entry: Entry = {
    outcome: { ...outcome, id: known.id, remedies: violation.remedies },
    status: "acting",
    published: false,
    at: known.entry?.body.at ?? at,
    steps: same ? steps.map(reopened) : [...steps.slice(-MOST_STEPS + 1), step],
  };
  const actions = recent(known.resource.body.actions, settings.breaker, now);
  const locked = {
    ...known.resource.body,
    actions,
    lease: { entry: known.id, until: now + LEASE_MILLISECONDS },
  };
  const [claimed, count] = await Promise.all([
    ledger.claim(known, entry, locked),
    ledger.count(control.id, resource.account),
  ]).catch((error: unknown) => {
    throw classify(error, `entering ${resource.arn} into the ledger`);
  });
  if (claimed === undefined) {
    await ledger.count(control.id, resource.account, -1).catch(() => undefined);
    throw busy(resource);
  }
  work.known = claimed;
  work.claimed = locked;
  const total = count + known.earlierActions;
  if (total <= settings.breaker.accountActions) return undefined;
  const breaker = opening(
    control.id,
    resource.account,
    total - 1,
    [outcome.principal],
    settings.breaker,
    now,
  );
  const opened = await ledger.openAccountBreaker(known, resource.account, breaker);
  return described(breaker, "account", opened, resource);
}

/**
 * An earlier delivery of this event set about the fix and ended, or failed, before it could say how it went: say it now. @returns
 * undefined when there was none, or all were refused: someone else has put it right.
 */
function heal(known: Known, now: Evaluation<unknown>, work: Work): Result | undefined {
  const { entry } = known;
  const last = changes(entry?.body.steps ?? []).at(-1);
  if (entry === undefined || last === undefined) return undefined;
  work.acted = !known.resource.body.actions.some(({ entry: id }) => id === known.id);
  work.after = stateOf(now);
  work.claimed = known.resource.body;
  return {
    outcome: "remediated",
    findings: last.findings,
    remedies: last.remedies,
    why: "An earlier delivery of the event set about putting it right, and ended before it could say that it had.",
  };
}

/** What is tried again may change something after all. */
function reopened(step: Step, index: number, { length }: readonly Step[]): Step {
  if (index < length - 1) return step;
  const again = { ...step };
  delete again.unchanged;
  return again;
}

function busy({ arn }: ResourceReference, milliseconds?: number): BusyError {
  return new BusyError(
    `Another delivery is at work on ${arn}; this one looks again when it is done.`,
    milliseconds,
  );
}

function remediationOf({ control, remediation }: Actor): Remediation<unknown> {
  if (remediation) return remediation;
  throw new PermanentError(`The control ${control.id} neither tells of events nor has a remediation.`);
}

function told(description: Resolved): Result {
  if (!description.report) return compliant(description.why);
  const { findings, facts } = description;
  return { outcome: "notified", findings, remedies: [], facts };
}

function goodState(evaluation: Exclude<Evaluation<unknown>, { state: "violation" }>): string {
  return evaluation.state === "absent" ? "The resource does not exist any more." : evaluation.why;
}

function compliant(why: string): Result {
  return { outcome: "compliant", findings: [], remedies: [], why };
}
