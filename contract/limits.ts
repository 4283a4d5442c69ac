/** Time limits and counts that hold only if queue, function and message agree on them. */

/** Lambda ends a control's function after so long. */
export const CONTROL_TIMEOUT_SECONDS = 60;
export const NOTIFIER_TIMEOUT_SECONDS = 30;

/**
 * How long a message stays hidden once a function has it: AWS's advice, so that a batch under way isn't delivered again.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const visibilityTimeoutSeconds = (functionTimeoutSeconds: number, batchingSeconds = 0) =>
  6 * functionTimeoutSeconds + batchingSeconds;

/** So often a message is delivered before it ends in the dead-letter queue. */
export const MAX_RECEIVES = 5;

/** A claim on a resource that is older belongs to a function that has ended. */
export const LEASE_MILLISECONDS = CONTROL_TIMEOUT_SECONDS * 1000;

/** No longer than this may a control take for one message. */
export const MESSAGE_MILLISECONDS = 30_000;
/** What is left after it for the ledger and the outcome, before Lambda ends the function. */
export const CLOSING_MILLISECONDS = 10_000;
