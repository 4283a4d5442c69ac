/**
 * Classifies errors as retryable or permanent: a person must do something about a permanent one. Both fail a message's delivery. The
 * queue delivers it again until its redrive policy moves it to the dead-letter queue, from where it can be redriven once the cause is
 * gone. A permanent error doesn't take the message off the queue earlier, because a change made meanwhile (a role that is being
 * deployed) often resolves it, and every attempt starts by reading the state.
 */
import { PermanentError, RetryableError } from "../../controls/lib/errors";

const NETWORK_CODES = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
]);
const THROTTLING =
  /throttl|toomanyrequests|requestlimitexceeded|slowdown|bandwidthlimit|provisionedthroughput/i;
const TIMEOUT = /timeout/i;
const DENIED =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|InvalidClientTokenId|SignatureDoesNotMatch)$/;
/** Between reading and acting, the resource or a part of it disappeared, or another change began. */
const CHANGED = /conflict|operationaborted|notfound|nosuch|concurrent|incorrectstate/i;

interface SdkFault {
  code?: unknown;
  $metadata?: { httpStatusCode?: number };
}

/** The error as one of the two kinds. @param doing what failed, as in "reading bucket-1" */
export function classifyError(error: unknown, doing: string): PermanentError | RetryableError {
  if (error instanceof PermanentError || error instanceof RetryableError) return error;
  if (!(error instanceof Error))
    return new PermanentError(`Unexpected failure while ${doing}: ${String(error)}.`);
  const { code, $metadata: metadata } = error as SdkFault;
  const status = metadata?.httpStatusCode ?? 0;
  const what = `${error.name}: ${error.message}`;
  const retryable = (meaning: string) =>
    new RetryableError(`${meaning} while ${doing}; it will be retried. (${what})`, { cause: error });
  if (THROTTLING.test(error.name) || status === 429) return retryable("AWS limits the rate of calls");
  if ((typeof code === "string" && NETWORK_CODES.has(code)) || TIMEOUT.test(error.name))
    return retryable("AWS could not be reached");
  if (DENIED.test(error.name)) {
    return new PermanentError(
      `Access denied while ${doing}. Check the permissions and the trust of the control's role in that account, and what service ` +
        `control policies or resource policies deny. (${what})`,
      { cause: error },
    );
  }
  if (error.name === "ExpiredToken" || error.name === "ExpiredTokenException")
    return retryable("The session ran out");
  if (status === 409 || CHANGED.test(error.name)) return retryable("The resource changed");
  if (status >= 500) return retryable("AWS had an internal fault");
  return new PermanentError(`Unexpected failure while ${doing}. (${what})`, { cause: error });
}
