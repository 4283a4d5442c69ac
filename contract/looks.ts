/**
 * Looks: messages on a control's queue that say "look at this resource (again)". A look is the EventBridge event that led to it, with
 * this note beside it, so whatever reads the queue or its dead letters reads one form. EventBridge never delivers an event with such a
 * field, so a look comes from the function itself, its schedules, or the command.
 */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import * as v from "valibot";

/** Why a resource is looked at again, and whether that goes on with the same event or begins something new. */
export const LOOK_REASONS = {
  /** The event isn't finished: its outcome follows. */
  "not-visible": "continues",
  changing: "continues",
  failed: "continues",
  busy: "continues",
  /** One call was about many resources: each has a message of its own. */
  shared: "continues",
  /** The event is finished; what the look finds is an outcome of its own. */
  unconfirmed: "begins",
  breaker: "begins",
  "breaker-closed": "begins",
  "exemption-ended": "begins",
} as const;

export type LookReason = keyof typeof LOOK_REASONS;

const text = v.pipe(v.string(), v.minLength(1));

const schema = v.object({
  reason: v.picklist(Object.keys(LOOK_REASONS) as LookReason[]),
  /** The part of the ledger's key that stands for the event. */
  event: text,
  resource: v.object({ account: text, region: text, type: text, id: text, arn: text }),
  /** How many deliveries preceded it. */
  attempt: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Milliseconds since 1970: when the first of these deliveries was. Absent: this is the first. */
  since: v.optional(v.number()),
  /** The same, of the latest delivery. */
  previous: v.optional(v.number()),
  /** The kinds of the failures so far. */
  failures: v.array(text),
});
export type Look = v.InferOutput<typeof schema>;

/** @returns the note of a message; undefined for a plain event. Throws what valibot throws for a malformed note. */
export function lookIn(message: unknown): Look | undefined {
  if (typeof message !== "object" || message === null || !("look" in message)) return undefined;
  return v.parse(schema, message.look);
}

/** The source of a look that no event led to: the command closed a circuit breaker. Its detail says nothing. */
export const LOOK_SOURCE = "bailiwick.look";
const LOOK_DETAIL_TYPE = "Look Again";

/** The event of a look that no event led to. */
export const lookEvent = (
  { account, region, arn }: Look["resource"],
  id: string,
  time: string,
): EventBridgeEvent => ({
  version: "0",
  id,
  "detail-type": LOOK_DETAIL_TYPE,
  source: LOOK_SOURCE,
  account,
  time,
  region,
  resources: [arn],
  detail: {},
});

/** What a ledger notes about the next look at a resource, and what an outcome says of it. */
export interface NextLook {
  /** ISO 8601. */
  at: string;
  /** A sentence. */
  because: string;
}
