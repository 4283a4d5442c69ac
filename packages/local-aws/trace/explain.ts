/**
 * Explains the path of one event. It forks at every rule and target, and each branch (bus, rule, target, queue, function, outcome) is
 * judged alone: a delivery on one branch hides no stop on another.
 */
import type { JsonObject } from "@bailiwick/aws-events/record";
import type { Explanation, ExplainedStep, OutcomeQueues, TraceStep } from "./types";

const NO_QUEUES: OutcomeQueues = { reports: () => false, queueOf: () => undefined };

/** @param path with its steps in the order of time. */
export function explainPath(
  path: { eventId?: string; cloudTrailEventId?: string; steps: readonly TraceStep[] },
  queues: OutcomeQueues = NO_QUEUES,
): Explanation {
  const steps = path.steps.map(explainStep);
  const explanation: Explanation = {
    eventId: path.eventId,
    cloudTrailEventId: path.cloudTrailEventId,
    steps,
  };
  const reasons = steps.flatMap((step, index) =>
    step.stopped === undefined || steps.slice(index + 1).some((later) => superseded(step, later, queues))
      ? []
      : [step.stopped],
  );
  if (reasons.length > 0) explanation.stopped = [...new Set(reasons)].join(" ");
  const outcomes = steps.filter(({ stage }) => stage === "outcome");
  const waiting = new Set(
    steps.filter((step) => isDelivery(step) && !hasOutcome(step, outcomes, queues)).map(({ text }) => text),
  );
  if (waiting.size > 0) explanation.pending = `${[...waiting].join(" ")} No outcome has been reported since.`;
  if (outcomes.length > 0) explanation.outcomes = outcomes.map(({ text }) => text);
  return explanation;
}

/** Whether a target of this name, such as a queue, received the event. */
export const reachedTarget = ({ steps }: Explanation, name: string): boolean =>
  steps.some((step) => isDelivery(step) && targetName(step.data) === name);

/** To a target other than a bus: a bus notes its own steps. */
const isDelivery = ({ stage, stopped, data }: ExplainedStep): boolean =>
  stage === "target" && stopped === undefined && data?.["to"] !== "bus";

/** A queue with outcomes of its own waits for one of those. */
function hasOutcome(
  { data }: ExplainedStep,
  outcomes: readonly ExplainedStep[],
  queues: OutcomeQueues,
): boolean {
  const name = targetName(data);
  if (name === undefined || !queues.reports(name)) return outcomes.length > 0;
  return outcomes.some((outcome) => isOutcomeOf(name, outcome, queues));
}

/** The event may take the same branch again, by a replay or from a dead-letter queue: then the last time counts. */
function superseded(stop: ExplainedStep, later: ExplainedStep, queues: OutcomeQueues): boolean {
  if (later.stopped !== undefined) return false;
  if (later.stage === "outcome") return isOutcomeOf(targetName(stop.data), later, queues);
  if (later.stage !== "rule" && later.stage !== "target") return false;
  const branch = ["bus", "rule", "target"].filter((key) => stop.data?.[key] !== undefined);
  return (
    branch.length > 0 &&
    later.account === stop.account &&
    later.region === stop.region &&
    branch.every((key) => later.data?.[key] === stop.data?.[key])
  );
}

const isOutcomeOf = (queue: string | undefined, { data }: ExplainedStep, queues: OutcomeQueues): boolean =>
  queue !== undefined && data !== undefined && queues.queueOf(data) === queue;

/** The last part of the target's ARN. */
function targetName(data: JsonObject | undefined): string | undefined {
  const target = data?.["target"];
  return typeof target === "string" ? target.split(/[:/]/).at(-1) : undefined;
}

function explainStep(step: TraceStep): ExplainedStep {
  const { stopped, ...rest } = step;
  if (stopped === undefined) return rest;
  return { ...rest, stopped: typeof stopped === "string" ? stopped : stopped() };
}
