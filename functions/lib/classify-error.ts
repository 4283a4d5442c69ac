/**
 * Classifies errors as retryable or permanent: a person must do something about a permanent one. Either way the event is looked at
 * again: after a retryable one until the disturbance is over, after a permanent one a few times, because a change made meanwhile (a
 * role that is being deployed) often resolves it, and every attempt starts by reading the state.
 */
import { isThrottlingError, isTransientError } from "@smithy/core/retry";
import { PermanentError, RetryableError } from "../../controls/lib/errors";

const DENIED =
  /accessdenied|unauthorized|notauthorized|authorizationerror|authfailure|forbidden|invalidclienttokenid|unrecognizedclient|signaturedoesnotmatch/i;
/** An account's limit, which isn't about the rate of calls: `LimitExceeded` of IAM, `VpcLimitExceeded`, `ServiceQuotaExceededException`. */
const LIMIT = /(limit|quota)s?exceeded/i;
/** Between reading and acting, the resource or a part of it disappeared, or another change began or hasn't ended. */
const CHANGED =
  /conflict|operationaborted|notfound|nosuch|concurrent|(incorrect|invalid)\w*state|resourceinuse|inuseexception|notready|inprogress|notstabilized/i;
const EXPIRED = /^(ExpiredToken(Exception)?|RequestExpired)$/;

type SdkError = Parameters<typeof isThrottlingError>[0];

/** The error as one of the two kinds. @param doing what failed, as in "reading bucket-1" */
export function classifyError(error: unknown, doing: string): PermanentError | RetryableError {
  if (error instanceof PermanentError || error instanceof RetryableError) return error;
  if (!(error instanceof Error))
    return new PermanentError(`Unexpected failure while ${doing}: ${String(error)}.`);
  const sdkError = error as SdkError;
  const status = sdkError.$metadata?.httpStatusCode ?? 0;
  const what = `${error.name}: ${error.message}`;
  const retryable = (kind: string, meaning: string) =>
    new RetryableError(`${meaning} while ${doing}; it will be retried. (${what})`, { cause: error, kind });
  // Of the names that the SDK takes for throttling, one is an account's limit too, and then has the status of a conflict.
  if (isThrottlingError(sdkError) && status !== 409)
    return retryable("throttled", "AWS limits the rate of calls");
  if (LIMIT.test(error.name))
    return new PermanentError(
      `A limit of the account is reached while ${doing}. Delete what isn't needed, or request a higher quota. (${what})`,
      { cause: error, kind: "limit" },
    );
  if (EXPIRED.test(error.name)) return retryable("expired", "The session ran out");
  if (DENIED.test(error.name) || status === 403)
    return new PermanentError(
      `Access denied while ${doing}. Check the permissions and the trust of the control's role in that account, and what service ` +
        `control policies or resource policies deny. (${what})`,
      { cause: error, kind: "denied" },
    );
  if (CHANGED.test(error.name) || status === 409) return retryable("changed", "The resource changed");
  if (status >= 500) return retryable("fault", "AWS had an internal fault");
  if (isTransientError(sdkError) || /timeout/i.test(error.name))
    return retryable("unreachable", "AWS could not be reached");
  return new PermanentError(`Unexpected failure while ${doing}. (${what})`, { cause: error });
}
