/** Publishes outcomes on the hub bus. */
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { OUTCOME_DETAIL_TYPE, OUTCOME_SOURCE } from "../../contract/hub-events";
import type { Outcome } from "../../controls/lib/outcome";
import { putEvent } from "../lib/put-event";

/** A security group may have a thousand rules; an event must stay below EventBridge's limit of size. */
const MOST_SENTENCES = 50;
/** Texts from an event are as long as its sender wants. */
const LONGEST_TEXT = 2000;

/** The outcome with lists and texts of bounded length. */
export function boundedOutcome(outcome: Outcome): Outcome {
  return boundedValue(outcome) as Outcome;
}

function boundedValue(value: unknown): unknown {
  if (typeof value === "string")
    return value.length <= LONGEST_TEXT ? value : `${value.slice(0, LONGEST_TEXT)}…`;
  if (Array.isArray(value)) {
    const kept = value.slice(0, MOST_SENTENCES).map(boundedValue);
    return value.length > kept.length ? [...kept, `… and ${value.length - kept.length} more.`] : kept;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, boundedValue(each)]));
}

/** @throws PermanentError or RetryableError when the bus didn't take the outcome */
export async function publishOutcome(
  client: EventBridgeClient,
  busName: string,
  outcome: Outcome,
): Promise<void> {
  const event = {
    source: OUTCOME_SOURCE,
    detailType: OUTCOME_DETAIL_TYPE,
    resources: outcome.resource ? [outcome.resource.arn] : [],
    detail: boundedOutcome(outcome),
  };
  await putEvent(client, busName, event, "an outcome");
}
