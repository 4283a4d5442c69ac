/**
 * What became of one event. Its way forks at every rule and target: each branch (bus, rule, target, queue, function, outcome) is judged by
 * itself, so that what came through on one hides nothing of what stopped on another.
 */
import { controlName } from "../../../contract/names";
import type { JsonObject } from "@bailiwick/aws-events/record";
import type { Explanation, ExplainedStep, TraceStep } from "./trace";

/** @param way with its steps in the order of time. */
export function explainWay(way: {
  eventId?: string;
  cloudTrailEventId?: string;
  steps: readonly TraceStep[];
}): Explanation {
  const steps = way.steps.map(tell);
  const explanation: Explanation = { eventId: way.eventId, cloudTrailEventId: way.cloudTrailEventId, steps };
  const reasons = steps.flatMap((step, index) =>
    step.stopped === undefined || steps.slice(index + 1).some((later) => mended(step, later))
      ? []
      : [step.stopped],
  );
  if (reasons.length > 0) explanation.stopped = [...new Set(reasons)].join(" ");
  const outcomes = steps.filter(({ stage }) => stage === "outcome");
  const waiting = new Set(
    steps.filter((step) => handedOver(step) && !answered(step, outcomes)).map(({ text }) => text),
  );
  if (waiting.size > 0) explanation.pending = `${[...waiting].join(" ")} No outcome has been told since.`;
  if (outcomes.length > 0) explanation.outcomes = outcomes.map(({ text }) => text);
  return explanation;
}

/** Whether a control's queue got the event. */
export const reachedControl = ({ steps }: Explanation, controlId: string): boolean =>
  steps.some((step) => handedOver(step) && nameIn(step.data) === controlName(controlId));

/** To something that is no bus: a bus tells its own steps. */
const handedOver = ({ stage, stopped, data }: ExplainedStep): boolean =>
  stage === "target" && stopped === undefined && data?.["to"] !== "bus";

/** A control's queue waits for that control's outcome; of anything else none is known, so that any will do. */
function answered({ data }: ExplainedStep, outcomes: readonly ExplainedStep[]): boolean {
  const name = nameIn(data);
  if (name?.startsWith(CONTROL_PREFIX) !== true) return outcomes.length > 0;
  return outcomes.some((outcome) => namesQueue(outcome, name));
}

/** The event may go the same branch again, by a replay or out of a dead-letter queue: then the last time counts. */
function mended(stop: ExplainedStep, later: ExplainedStep): boolean {
  if (later.stopped !== undefined) return false;
  if (later.stage === "outcome") return namesQueue(later, nameIn(stop.data));
  if (later.stage !== "rule" && later.stage !== "target") return false;
  const branch = ["bus", "rule", "target"].filter((key) => stop.data?.[key] !== undefined);
  return (
    branch.length > 0 &&
    later.account === stop.account &&
    later.region === stop.region &&
    branch.every((key) => later.data?.[key] === stop.data?.[key])
  );
}

const CONTROL_PREFIX = controlName("");

/** A control's queue has the control's name. */
function namesQueue({ data }: ExplainedStep, queue: string | undefined): boolean {
  const control = data?.["control"];
  return typeof control === "string" && controlName(control) === queue;
}

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
