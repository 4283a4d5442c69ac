/**
 * What became of one event. Its way forks at every rule and target: each branch (bus, rule, target, queue, function, outcome) is judged by
 * itself, so that what came through on one hides nothing of what stopped on another.
 */
import type { JsonObject } from "@bailiwick/aws-events/record";
import type { Explanation, ExplainedStep, OutcomeQueues, TraceStep } from "./types";

const NO_QUEUES: OutcomeQueues = { reports: () => false, queueOf: () => undefined };

/** @param way with its steps in the order of time. */
export function explainPath(
  way: { eventId?: string; cloudTrailEventId?: string; steps: readonly TraceStep[] },
  queues: OutcomeQueues = NO_QUEUES,
): Explanation {
  const steps = way.steps.map(tell);
  const explanation: Explanation = { eventId: way.eventId, cloudTrailEventId: way.cloudTrailEventId, steps };
  const reasons = steps.flatMap((step, index) =>
    step.stopped === undefined || steps.slice(index + 1).some((later) => mended(step, later, queues))
      ? []
      : [step.stopped],
  );
  if (reasons.length > 0) explanation.stopped = [...new Set(reasons)].join(" ");
  const outcomes = steps.filter(({ stage }) => stage === "outcome");
  const waiting = new Set(
    steps.filter((step) => handedOver(step) && !answered(step, outcomes, queues)).map(({ text }) => text),
  );
  if (waiting.size > 0) explanation.pending = `${[...waiting].join(" ")} No outcome has been told since.`;
  if (outcomes.length > 0) explanation.outcomes = outcomes.map(({ text }) => text);
  return explanation;
}

/** Whether a target of this name, such as a queue, got the event. */
export const reachedTarget = ({ steps }: Explanation, name: string): boolean =>
  steps.some((step) => handedOver(step) && nameIn(step.data) === name);

/** To something that is no bus: a bus tells its own steps. */
const handedOver = ({ stage, stopped, data }: ExplainedStep): boolean =>
  stage === "target" && stopped === undefined && data?.["to"] !== "bus";

/** A queue with outcomes of its own waits for one of those. */
function answered(
  { data }: ExplainedStep,
  outcomes: readonly ExplainedStep[],
  queues: OutcomeQueues,
): boolean {
  const name = nameIn(data);
  if (name === undefined || !queues.reports(name)) return outcomes.length > 0;
  return outcomes.some((outcome) => isOutcomeOf(name, outcome, queues));
}

/** The event may go the same branch again, by a replay or out of a dead-letter queue: then the last time counts. */
function mended(stop: ExplainedStep, later: ExplainedStep, queues: OutcomeQueues): boolean {
  if (later.stopped !== undefined) return false;
  if (later.stage === "outcome") return isOutcomeOf(nameIn(stop.data), later, queues);
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

/** Of the target: the last part of its ARN. */
function nameIn(data: JsonObject | undefined): string | undefined {
  const target = data?.["target"];
  return typeof target === "string" ? target.split(/[:/]/).at(-1) : undefined;
}

function tell(step: TraceStep): ExplainedStep {
  const { stopped, ...rest } = step;
  if (stopped === undefined) return rest;
  return { ...rest, stopped: typeof stopped === "string" ? stopped : stopped() };
}
