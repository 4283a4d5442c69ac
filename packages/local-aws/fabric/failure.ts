/**
 * Why a target did not receive an event, in the codes that EventBridge writes on dead letters
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
 */

type FailureCode =
  | "CONNECTION_FAILURE"
  | "ERROR_FROM_TARGET"
  | "FAILED_TO_ASSUME_ROLE"
  | "INTERNAL_ERROR"
  | "INVALID_JSON"
  | "INVALID_PARAMETER"
  | "NO_PERMISSIONS"
  | "NO_RESOURCE"
  | "SDK_CLIENT_ERROR"
  | "THIRD_ACCOUNT_HOP_DETECTED"
  | "THIRD_REGION_HOP_DETECTED"
  | "THROTTLING"
  | "TIMEOUT";

export class DeliveryFailure extends Error {
  override name = "DeliveryFailure";
  /** @param retryAfterSeconds the target's own wish, if it has one. */
  constructor(
    readonly code: FailureCode,
    message: string,
    readonly retryable = false,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

const MISSING = /NotFound|NonExistent|DoesNotExist|NoSuch/i;
const DENIED = /AccessDenied|NotAuthorized|Authorization/i;
const THROTTLED = /Throttl|TooManyRequests|LimitExceeded|SlowDown/i;

/** What an AWS call's error means for the delivery: missing or denied is final, throttled or broken is retried. */
export function failureOf(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  const { name, message, code, $metadata } = error as Error & {
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const text = `${name}: ${message}`;
  if (code !== undefined && /^E[A-Z]+$/.test(code))
    return new DeliveryFailure("CONNECTION_FAILURE", text, true);
  if (MISSING.test(name)) return new DeliveryFailure("NO_RESOURCE", text);
  if (THROTTLED.test(name)) return new DeliveryFailure("THROTTLING", text, true);
  if (DENIED.test(name)) return new DeliveryFailure("NO_PERMISSIONS", text);
  if (name === "TimeoutError" || name === "AbortError") return new DeliveryFailure("TIMEOUT", text, true);
  const status = $metadata?.httpStatusCode;
  if (status === undefined || status >= 500) return new DeliveryFailure("INTERNAL_ERROR", text, true);
  return new DeliveryFailure("SDK_CLIENT_ERROR", text);
}
