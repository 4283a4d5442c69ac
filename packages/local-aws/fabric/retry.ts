/**
 * When a failed delivery is tried again: exponential backoff with jitter, at most 185 times and 24 hours unless the target says less
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html). AWS tells no figures of the backoff;
 * with these both limits are reached at about the same time.
 */
import type { RetryPolicy } from "./services";

const FIRST_SECONDS = 1;
const LONGEST_SECONDS = 480;
export const DEFAULT_RETRY_ATTEMPTS = 185;
export const DEFAULT_EVENT_AGE_SECONDS = 86_400;

export type NextTry =
  | { again: true; afterSeconds: number }
  | { again: false; condition: "MaximumRetryAttempts" | "MaximumEventAgeInSeconds" };

/**
 * @param retries how many retries there were.
 * @param ageSeconds since the first attempt, in the fabric's own time.
 * @param random 0 ≤ random < 1.
 */
export function nextTry(
  policy: RetryPolicy | undefined,
  retries: number,
  ageSeconds: number,
  random: number,
  askedSeconds = 0,
): NextTry {
  if (retries >= (policy?.MaximumRetryAttempts ?? DEFAULT_RETRY_ATTEMPTS))
    return { again: false, condition: "MaximumRetryAttempts" };
  const longest = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** retries);
  const afterSeconds = Math.max(askedSeconds, longest * (0.5 + random / 2));
  if (ageSeconds + afterSeconds > (policy?.MaximumEventAgeInSeconds ?? DEFAULT_EVENT_AGE_SECONDS))
    return { again: false, condition: "MaximumEventAgeInSeconds" };
  return { again: true, afterSeconds };
}
