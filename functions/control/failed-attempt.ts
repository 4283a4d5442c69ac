/** What follows a failed attempt: another one, later and later, or the dead-letter queue. */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import {
  DISTURBANCE_HOURS,
  DISTURBANCE_NOTIFIED_MINUTES,
  MOST_PERMANENT_ATTEMPTS,
} from "../../contract/limits";
import type { Look } from "../../contract/looks";
import { MALFORMED, type PermanentError, type RetryableError } from "../../controls/lib/errors";
import { lookOf, nextAttemptAt, nextLookOf, sendLook } from "./look-again";
import type { LookAgain, ControlRuntime, RecordableWork, Work } from "./work";

type Failure = PermanentError | RetryableError;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Seconds: what is permanent may still be resolved by a deployment in progress. */
const PERMANENT_DELAYS = [10, 60, 300];
/** SQS takes attributes of up to its message's size; nobody reads more. */
const LONGEST_REASON = 1000;

/** The attempt that follows this failure; undefined: it is given up. */
export function nextAttempt(
  failure: Failure,
  { attempt, since, failures }: Pick<Work, "attempt" | "since" | "failures">,
  now: number,
): LookAgain | undefined {
  const { kind, retryable, message } = failure;
  const look = (at: number): LookAgain => ({ reason: "failed", at, because: message });
  if (kind === MALFORMED) return undefined;
  if (retryable)
    return now - since < DISTURBANCE_HOURS * HOUR
      ? look(nextAttemptAt(now, attempt, Math.random()))
      : undefined;
  const earlier = failures.filter((each) => each === kind).length;
  if (earlier + 1 >= MOST_PERMANENT_ATTEMPTS) return undefined;
  return look(now + 1000 * (PERMANENT_DELAYS[earlier] ?? 300));
}

/** Adds to the outcome what kind of failure it is, and what follows. */
export function describeFailure(
  { outcome, since, failures, previous = since }: RecordableWork,
  { message, retryable, kind }: Failure,
  next: LookAgain | undefined,
  now: number,
): void {
  const lasting = since + DISTURBANCE_NOTIFIED_MINUTES * MINUTE;
  Object.assign(outcome, {
    outcome: "failed",
    error: message,
    retryable,
    failure: {
      kind,
      isFirst: !failures.includes(kind),
      isLasting: previous < lasting && now >= lasting,
      since: new Date(since).toISOString(),
      givenUp: next === undefined,
    },
    ...(next ? { nextLook: nextLookOf(next) } : {}),
  });
}

/** Sends the next attempt. */
export async function retryLater(
  runtime: ControlRuntime,
  work: Work,
  { kind }: Failure,
  next: LookAgain,
): Promise<void> {
  const look = lookOf({ ...work, failures: [...work.failures, kind], previous: runtime.clock() }, next);
  await sendLook(runtime, work.event, look, next.at);
}

/** Puts what can't be handled into the dead-letter queue, from where it begins anew when it is resent. @param body of its message */
export async function giveUp(
  { sqs, settings }: ControlRuntime,
  body: string,
  { message }: Failure,
): Promise<void> {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: settings.deadLetterQueueUrl,
      MessageBody: body,
      MessageAttributes: {
        ERROR_MESSAGE: { DataType: "String", StringValue: message.slice(0, LONGEST_REASON) },
      },
    }),
  );
}

/** The body of a message about one resource of an event, whose attempts begin anew. */
export function freshBody({ event, subject, resource }: Work): string {
  const look: Look = { reason: "failed", event: subject.event, resource, attempt: 0, failures: [] };
  return JSON.stringify({ ...event, look });
}
