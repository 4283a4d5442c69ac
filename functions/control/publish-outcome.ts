/** Makes what became of an event known: as an event on the hub bus, a metric and a log line. */
import { PutEventsCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { OUTCOME_DETAIL_TYPE, OUTCOME_SOURCE } from "../../contract/hub-events";
import type { Outcome } from "../../controls/lib/outcome";
import { RetryableError } from "../../controls/lib/errors";
import { classify } from "../lib/classify-error";

/** A security group may have a thousand rules; an event must stay below EventBridge's limit of size. */
const MOST_SENTENCES = 50;
/** What is taken from an event is as long as its sender wants. */
const LONGEST_TEXT = 2000;

/** The outcome with lists and texts of bounded length. */
export function bounded(outcome: Outcome): Outcome {
  return cut(outcome) as Outcome;
}

function cut(value: unknown): unknown {
  if (typeof value === "string")
    return value.length <= LONGEST_TEXT ? value : `${value.slice(0, LONGEST_TEXT)}…`;
  if (Array.isArray(value)) {
    const kept = value.slice(0, MOST_SENTENCES).map(cut);
    return value.length > kept.length ? [...kept, `… and ${value.length - kept.length} more.`] : kept;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cut(each)]));
}

/** Puts the outcome on the hub bus. Throws PermanentError or RetryableError when the bus didn't take it. */
export async function putOutcome(
  client: EventBridgeClient,
  busName: string,
  outcome: Outcome,
): Promise<void> {
  const entry = {
    EventBusName: busName,
    Source: OUTCOME_SOURCE,
    DetailType: OUTCOME_DETAIL_TYPE,
    Resources: outcome.resource ? [outcome.resource.arn] : [],
    Detail: JSON.stringify(bounded(outcome)),
  };
  let failed;
  try {
    const { Entries: entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    failed = entries?.find(({ ErrorCode: code }) => code !== undefined);
  } catch (error) {
    throw classify(error, `putting an outcome on ${busName}`);
  }
  // PutEvents answers 200 even when it takes none of the events.
  if (failed) {
    throw new RetryableError(
      `${busName} did not take an outcome: ${failed.ErrorCode ?? ""} ${failed.ErrorMessage ?? ""}`.trim(),
    );
  }
}
