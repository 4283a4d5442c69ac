/**
 * When a failed delivery is retried: exponential backoff with jitter, up to 185 times and 24 hours unless the target sets less
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html). AWS publishes no figures of the backoff;
 * with these, both limits are reached at about the same time.
 */
import type { RetryPolicy } from "./services";

const FIRST_SECONDS = 1;
const LONGEST_SECONDS = 480;
const DEFAULT_RETRY_ATTEMPTS = 185;
const DEFAULT_EVENT_AGE_SECONDS = 86_400;

type RetryDecision = { retry: true; afterSeconds: number } | NoMoreRetries;

export interface NoMoreRetries {
  retry: false;
  condition: "MaximumRetryAttempts" | "MaximumEventAgeInSeconds";
}

/**
 * @param retries how many retries were made.
 * @param ageSeconds since the first attempt, in the fabric's own time.
 * @param random 0 ≤ random < 1.
 */
export function nextRetry(
  policy: RetryPolicy | undefined,
  retries: number,
  ageSeconds: number,
  random: number,
  askedSeconds = 0,
): RetryDecision {
  if (retries >= (policy?.MaximumRetryAttempts ?? DEFAULT_RETRY_ATTEMPTS))
    return { retry: false, condition: "MaximumRetryAttempts" };
  const longest = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** retries);
  const afterSeconds = Math.max(askedSeconds, longest * (0.5 + random / 2));
  if (ageSeconds + afterSeconds > (policy?.MaximumEventAgeInSeconds ?? DEFAULT_EVENT_AGE_SECONDS))
    return { retry: false, condition: "MaximumEventAgeInSeconds" };
  return { retry: true, afterSeconds };
}
