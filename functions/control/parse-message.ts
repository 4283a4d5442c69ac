/** The message of a control's queue: an event, or a look at one resource, which repeats the event that led to it. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { lookIn, type Look } from "../../contract/looks";
import { MALFORMED, PermanentError } from "../../controls/lib/errors";
import { parseEvent } from "../lib/event";

/** @throws PermanentError that lists every fault */
export function parseMessage(body: string): { event: EventBridgeEvent; look?: Look } {
  const event = parseEvent(body);
  try {
    const look = lookIn(JSON.parse(body));
    return { event, ...(look ? { look } : {}) };
  } catch (error) {
    throw new PermanentError(
      `The message asks for a look that can't be understood: ${(error as Error).message}`,
      {
        cause: error,
        kind: MALFORMED,
      },
    );
  }
}
