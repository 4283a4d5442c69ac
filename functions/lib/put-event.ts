/** Puts the functions' own events on the hub bus. */
import { PutEventsCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { RetryableError } from "../../controls/lib/errors";
import { classifyError } from "./classify-error";

interface HubEvent {
  source: string;
  detailType: string;
  /** ARNs. */
  resources?: readonly string[];
  detail: unknown;
}

/**
 * @param what the event in words, for errors: "an outcome"
 * @throws PermanentError or RetryableError when the bus didn't take the event
 */
export async function putEvent(
  client: Pick<EventBridgeClient, "send">,
  busName: string,
  { source, detailType, resources, detail }: HubEvent,
  what: string,
): Promise<void> {
  const entry = {
    EventBusName: busName,
    Source: source,
    DetailType: detailType,
    ...(resources ? { Resources: [...resources] } : {}),
    Detail: JSON.stringify(detail),
  };
  let failed;
  try {
    const { Entries: entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    failed = entries?.find(({ ErrorCode: code }) => code !== undefined);
  } catch (error) {
    throw classifyError(error, `putting ${what} on ${busName}`);
  }
  // PutEvents answers 200 even when it takes none of the events.
  if (failed)
    throw new RetryableError(
      `${busName} did not take ${what}: ${failed.ErrorCode ?? ""} ${failed.ErrorMessage ?? ""}`.trim(),
      { kind: "fault" },
    );
}
