/** The time limit of one message: once it has passed, no further call begins, and calls in progress end. */
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import { CLOSING_MILLISECONDS, MESSAGE_MILLISECONDS } from "../../contract/limits";
import { RetryableError } from "../../controls/lib/errors";

type RequestHandler = NonNullable<AwsClientConfig["requestHandler"]>;

/** The part of the SDK's request handlers that is used here. */
interface CallHandler {
  handle(request: unknown, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
}

/** How long a message may take when the function has this much time left; undefined: it must not begin. */
export function messageBudget(remainingMilliseconds: number): number | undefined {
  const budget = Math.min(MESSAGE_MILLISECONDS, remainingMilliseconds - CLOSING_MILLISECONDS);
  return budget > 0 ? budget : undefined;
}

/** The running time limit of one message. `close` it when the message has ended. */
export interface Deadline {
  signal: AbortSignal;
  /** The same connections, with calls that end when the time is over. */
  limit(handler: RequestHandler): RequestHandler;
  close(): void;
}

export function startDeadline(milliseconds: number): Deadline {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), milliseconds);
  timer.unref();
  const timedOut = () =>
    new RetryableError(
      `The message took longer than the ${Math.round(milliseconds / 1000)} seconds it has; it will be retried. What was done by then ` +
        "is in the ledger.",
    );
  return {
    signal: abort.signal,
    close: () => clearTimeout(timer),
    limit: (handler) => {
      const wrapped = Object.create(handler) as CallHandler;
      wrapped.handle = async (request, options) => {
        if (abort.signal.aborted) throw timedOut();
        const given = options?.abortSignal;
        const signal = given ? AbortSignal.any([given, abort.signal]) : abort.signal;
        try {
          return await (handler as CallHandler).handle(request, { ...options, abortSignal: signal });
        } catch (error) {
          throw abort.signal.aborted && !given?.aborted ? timedOut() : error;
        }
      };
      return wrapped as RequestHandler;
    },
  };
}
