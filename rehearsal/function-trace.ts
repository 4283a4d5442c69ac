/**
 * What a control's function did about an event, as the events that follow show it: the session it took, the calls it made with it, the
 * outcome it told. Adds them to the way of the event that led to them.
 */
import { OUTCOME_DETAIL_TYPE, OUTCOME_SOURCE } from "../contract/hub-events";
import type { EventBridgeEvent, Json, JsonObject } from "@bailiwick/aws-events/record";
import { preciseNow, type Trace } from "@bailiwick/local-aws/trace";

/** Sessions of functions are named after the event: its id, and as much of the control's as fits. */
const SESSION_NAME = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-./;

/** Where an event has arrived. */
export interface BusPlace {
  account: string;
  region: string;
  bus: string;
}

/**
 * @param at the bus that the event arrived on
 * @param hub the bus that the functions report to; without it no outcome is believed. Everybody in the organization can put events with
 * the functions' source there, so that only its own account's count, as for the rules that tell people.
 */
export function noteWork(
  trace: Pick<Trace, "note" | "has">,
  event: EventBridgeEvent,
  at: BusPlace,
  hub: BusPlace | undefined,
): void {
  if (event.source === OUTCOME_SOURCE && event["detail-type"] === OUTCOME_DETAIL_TYPE) {
    if (hub !== undefined && event.account === hub.account && isSame(at, hub)) noteOutcome(trace, event);
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
    text: `The control ${textOf(control)} told its outcome: ${textOf(outcome)}${said}.`,
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
