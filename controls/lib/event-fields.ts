/** How controls declare their CloudTrail calls, and how they read fields of an event, which callers may have written as they like. */
import type { EventPattern } from "@bailiwick/aws-events";
import {
  isJsonObject,
  type EventBridgeEvent,
  type Json,
  type JsonObject,
} from "@bailiwick/aws-events/record";
import type { Facts } from "./control";

/**
 * The pattern of successful API calls of one service, as CloudTrail hands them to EventBridge. `service` is the first label of the
 * event source (`s3` of `s3.amazonaws.com`), `names` are CloudTrail's names of the calls, versioned forms included. Failed calls
 * carry an `errorCode` and are left out: nothing changed. `fields` narrows it to calls with these fields of the event's detail.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export function apiCalls(service: string, names: string[], fields: JsonObject = {}): EventPattern {
  return {
    source: [`aws.${service}`],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventSource: [`${service}.amazonaws.com`],
      eventName: names,
      errorCode: [{ exists: false }],
      ...fields,
    },
  };
}

/** The value at `path` inside an event's detail; undefined where any part of the path is absent. */
export function detailValue(event: EventBridgeEvent, ...path: (string | number)[]): Json | undefined {
  let value: Json | undefined = event.detail;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as JsonObject)[step];
  }
  return value;
}

/** The text at `path` inside an event's detail, also as the only one of a list, as CloudTrail writes HTTP headers; undefined where there is none, or an empty one. */
export function textIn(event: EventBridgeEvent, ...path: (string | number)[]): string | undefined {
  const found = detailValue(event, ...path);
  const value = Array.isArray(found) && found.length === 1 ? found[0] : found;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * What a record says was asked for: a call's parameters; for what a service did by itself, the details of that, such as Control Tower's
 * of a new account. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/non-api-aws-service-events.html
 */
export function fieldsOf({ detail }: EventBridgeEvent): JsonObject {
  const { requestParameters, serviceEventDetails } = detail;
  return {
    ...(isJsonObject(serviceEventDetails) ? serviceEventDetails : {}),
    ...(isJsonObject(requestParameters) ? requestParameters : {}),
  };
}

/** The facts that are known. */
export function knownFacts(facts: Readonly<Record<string, string | undefined>>): Facts {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
