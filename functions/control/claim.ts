/** Claims a resource for one event, unless a circuit breaker is open or opens. */
import { LEASE_MILLISECONDS } from "../../contract/limits";
import type { Entry, Step } from "../../contract/ledger-records";
import { RetryableError } from "../../controls/lib/errors";
import type { OpenBreaker } from "../../controls/lib/outcome";
import type { Violation } from "../../controls/lib/remediation";
import type { ResourceReference } from "../../controls/lib/resources";
import { classifyError } from "../lib/classify-error";
import { breakerReport, findOpenBreaker, newBreaker, recentActions } from "./breaker";
import type { Known } from "./ledger/ledger";
import type { ControlRuntime, Work } from "./work";

/** Another delivery works on the resource, or was faster: nothing is wrong, but the message must be retried. */
export class BusyError extends RetryableError {}

export const busy = ({ arn }: ResourceReference) =>
  new BusyError(`Another delivery is working on ${arn}; this one is retried when that has finished.`);

/** An entry keeps as many steps as fit into one item of DynamoDB. */
const MOST_STEPS = 5;

/** The circuit breaker that is open, or opens now because the resource was remediated too often. @throws BusyError */
export async function findOrOpenBreaker(
  { control, settings, ledger, clock }: ControlRuntime,
  { resource, outcome }: Work,
  known: Known,
): Promise<OpenBreaker | undefined> {
  const now = clock();
  const limits = settings.breaker;
  const open = findOpenBreaker(known, now);
  if (open) return breakerReport(open.breaker, open.scope, false, resource);
  const actions = recentActions(known.resource.body.actions, limits, now);
  if (actions.length < limits.resourceActions) return undefined;
  const principals = [...actions.map(({ principal }) => principal), outcome.principal];
  const breaker = newBreaker(control.id, resource.arn, actions.length, principals, limits, now);
  if (!(await ledger.writeResource(known, { ...known.resource.body, breaker }))) throw busy(resource);
  return breakerReport(breaker, "resource", true, resource);
}

/**
 * Claims the resource for this event and enters the state before into the ledger. @throws BusyError when another delivery was faster
 * @returns the account's circuit breaker when this is one action too many
 */
export async function claimResource(
  { control, settings, ledger, clock }: ControlRuntime,
  work: Work,
  known: Known,
  violation: Violation<unknown>,
): Promise<OpenBreaker | undefined> {
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
  const total = count + known.earlierActions;
  const limits = settings.breaker;
  if (total <= limits.accountActions) return undefined;
  const breaker = newBreaker(control.id, resource.account, total - 1, [outcome.principal], limits, now);
  const opened = await ledger.openAccountBreaker(known, resource.account, breaker);
  return breakerReport(breaker, "account", opened, resource);
}

function actingEntry(
  { outcome, attempt }: Work,
  { id, entry }: Known,
  { before, beside = [], remedies, findings }: Violation<unknown>,
  now: number,
): Entry {
  const at = new Date(now).toISOString();
  const steps = entry?.body.steps ?? [];
  const step: Step = {
    at,
    attempt,
    before,
    ...(beside.length > 0 ? { beside } : {}),
    remedies,
    findings,
  };
  // An attempt that changed nothing leaves the same state before.
  const isSame = JSON.stringify(steps.at(-1)?.before) === JSON.stringify(before);
  return {
    outcome: { ...outcome, id, remedies },
    status: "acting",
    published: false,
    at: entry?.body.at ?? at,
    steps: isSame ? steps.map(clearUnchanged) : [...steps.slice(-MOST_STEPS + 1), step],
  };
}

/** The last step is retried, and may change something this time. */
function clearUnchanged(step: Step, index: number, { length }: readonly Step[]): Step {
  if (index < length - 1) return step;
  const retried = { ...step };
  delete retried.unchanged;
  return retried;
}
