/** The EventBridge event in a queue's message. */
import * as v from "valibot";
import type { EventBridgeEvent, JsonObject } from "@bailiwick/aws-events/record";
import { listFaults } from "../../contract/schema-faults";
import { MALFORMED, PermanentError } from "../../controls/lib/errors";
import { whoDid } from "../../controls/lib/who-did";

const text = v.pipe(v.string(), v.minLength(1));

const envelope = v.object({
  version: v.literal("0"),
  id: text,
  "detail-type": text,
  source: text,
  account: v.pipe(v.string(), v.regex(/^\d{12}$/, "Expected 12 digits")),
  time: text,
  region: v.pipe(v.string(), v.regex(/^[a-z]{2,4}(-[a-z]{2,10}){1,2}-\d{1,2}$/, "Expected a region")),
  resources: v.array(v.string()),
  detail: v.record(v.string(), v.unknown()),
});

/** Reads a message's body. @throws PermanentError that lists every fault of the envelope */
export function parseEvent(body: string): EventBridgeEvent {
  let raw: unknown;
  try {
    raw = JSON.parse(body);
  } catch (error) {
    throw new PermanentError("The message is not JSON, so no event can be read from it.", {
      cause: error,
      kind: MALFORMED,
    });
  }
  const parsed = v.safeParse(envelope, raw);
  if (!parsed.success)
    throw new PermanentError(`The message is not an EventBridge event. ${listFaults(parsed.issues)}.`, {
      kind: MALFORMED,
    });
  return { ...parsed.output, detail: parsed.output.detail as JsonObject };
}

/** The facts that an outcome repeats from its event, as far as the event has them. */
export function eventFacts(event: EventBridgeEvent): {
  eventId: string;
  cloudTrailEventId?: string;
  eventName?: string;
  principal?: string;
  sourceIpAddress?: string;
  userAgent?: string;
  time: string;
} {
  const { eventID, eventName, eventTime, sourceIPAddress, userAgent } = event.detail;
  const who = whoDid(event);
  // A control's own session only remediates: it isn't who made what is found wrong afterwards.
  const principal = who?.kind === "control" ? undefined : who?.principal;
  return {
    eventId: event.id,
    ...(typeof eventID === "string" ? { cloudTrailEventId: eventID } : {}),
    ...(typeof eventName === "string" ? { eventName } : {}),
    ...(principal === undefined ? {} : { principal }),
    ...(typeof sourceIPAddress === "string" ? { sourceIpAddress: sourceIPAddress } : {}),
    ...(typeof userAgent === "string" ? { userAgent } : {}),
    time: typeof eventTime === "string" ? eventTime : event.time,
  };
}
