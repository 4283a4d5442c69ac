/** A message's share of time: when it is over, no further call is made, and those under way end. */
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import { CLOSING_MILLISECONDS, MESSAGE_MILLISECONDS } from "../../contract/limits";
import { RetryableError } from "../../controls/lib/errors";

type RequestHandler = NonNullable<AwsClientConfig["requestHandler"]>;

/** The part of the SDK's request handlers that is used here; others pass through. */
interface Handling {
  handle(request: unknown, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
}

/** How long a message may take when the function has so much time left; undefined: it must not begin. */
export function messageBudget(remainingMilliseconds: number): number | undefined {
  const budget = Math.min(MESSAGE_MILLISECONDS, remainingMilliseconds - CLOSING_MILLISECONDS);
  return budget > 0 ? budget : undefined;
}

/** The time of one message, which keeps no process awake. `close` when the message has ended. */
export interface Deadline {
  signal: AbortSignal;
  /** The same connections, but no call begins or goes on when the time is over. */
  limit(handler: RequestHandler): RequestHandler;
  close(): void;
}

/** Starts the time of a message. */
export function startDeadline(milliseconds: number): Deadline {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), milliseconds);
  timer.unref();
  const over = () =>
    new RetryableError(
      `The message took longer than the ${Math.round(milliseconds / 1000)} seconds it has; it will be tried again. What was done by then ` +
        "is in the ledger.",
    );
  return {
    signal: abort.signal,
    close: () => clearTimeout(timer),
    limit: (handler) => {
      const wrapped = Object.create(handler) as Handling;
      wrapped.handle = async (request, options) => {
        if (abort.signal.aborted) throw over();
        const given = options?.abortSignal;
        const signal = given ? AbortSignal.any([given, abort.signal]) : abort.signal;
        try {
          return await (handler as Handling).handle(request, { ...options, abortSignal: signal });
        } catch (error) {
          throw abort.signal.aborted && !given?.aborted ? over() : error;
        }
      };
      return wrapped as RequestHandler;
    },
  };
}
