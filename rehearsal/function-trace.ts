/**
 * Adds to an event's trace what the control's function did about it, as later events show: the session it assumed, the calls it made
 * with it, and the outcome it reported.
 */
import { OUTCOME_DETAIL_TYPE, OUTCOME_SOURCE } from "../contract/hub-events";
import { controlName } from "../contract/names";
import type { EventBridgeEvent, Json, JsonObject } from "@bailiwick/aws-events/record";
import type { BusPlace } from "@bailiwick/local-aws";
import { createTrace, preciseNow, type Trace } from "@bailiwick/local-aws/trace";

const CONTROL_PREFIX = controlName("");

/** A trace that knows the controls: a control's queue has the control's name and waits for that control's outcome. */
export const createControlTrace = (): Trace =>
  createTrace({
    outcomes: {
      reports: (queue) => queue.startsWith(CONTROL_PREFIX),
      queueOf: ({ control }) => (typeof control === "string" ? controlName(control) : undefined),
    },
  });

/** Sessions of functions are named after the event: its id, and as much of the control's as fits. */
const SESSION_NAME = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-./;

/**
 * Notes what an event that has arrived on a bus shows of a function's work.
 * @param at the bus that the event arrived on
 * @param hub the bus that the functions report to. Everybody in the organization can put events with the functions' source there, so
 * only those of its own account count, as for the rules that notify people.
 */
export function noteFunctionWork(
  trace: Pick<Trace, "note" | "has">,
  event: EventBridgeEvent,
  at: BusPlace,
  hub: BusPlace,
): void {
  if (event.source === OUTCOME_SOURCE && event["detail-type"] === OUTCOME_DETAIL_TYPE) {
    if (event.account === hub.account && isSame(at, hub)) noteOutcome(trace, event);
  } else if (event["detail-type"] === "AWS API Call via CloudTrail" && event.source.startsWith("aws."))
    noteCall(trace, event);
}

const isSame = (one: BusPlace, other: BusPlace): boolean =>
  one.account === other.account && one.region === other.region && one.bus === other.bus;

function noteOutcome(trace: Pick<Trace, "note">, { account, region, detail }: EventBridgeEvent): void {
  const { eventId, control, outcome, error, durationMilliseconds: duration } = detail;
  if (typeof eventId !== "string") return;
  const where = { eventId, account, region };
  const at = preciseNow();
  if (typeof duration === "number") {
    const text = `The function of ${textOf(control)} began with it.`;
    trace.note({ ...where, stage: "function", at: at - duration, text });
  }
  const said = typeof error === "string" ? `: ${error}` : "";
  trace.note({
    ...where,
    at,
    stage: "outcome",
    text: `The control ${textOf(control)} reported its outcome: ${textOf(outcome)}${said}.`,
    data: detail,
  });
}

function noteCall(trace: Pick<Trace, "note" | "has">, { account, region, detail }: EventBridgeEvent): void {
  const { eventName, eventSource, errorCode, requestParameters, userIdentity } = detail;
  const caller = objectOf(userIdentity);
  const taken = eventName === "AssumeRole" ? objectOf(requestParameters) : undefined;
  // Both accounts have a record of an AssumeRole: the caller's is enough.
  if (taken && caller["accountId"] !== account) return;
  const session = textOf(taken ? taken["roleSessionName"] : textOf(caller["arn"]).split("/").at(-1));
  const eventId = SESSION_NAME.exec(session)?.[1];
  if (eventId === undefined || !trace.has(eventId)) return;
  const what = taken
    ? `The function took a session of ${textOf(taken["roleArn"])}`
    : `With its session it called ${textOf(eventSource)}'s ${textOf(eventName)}`;
  const failed = typeof errorCode === "string" ? `: ${errorCode}` : "";
  trace.note({ eventId, account, region, stage: "function", text: `${what}${failed}.` });
}

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const textOf = (value: Json | undefined): string =>
  typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
