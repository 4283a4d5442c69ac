/** Time limits and counts that hold only if queue, function and message agree on them. */

/** Lambda stops a control's function after this long. */
export const CONTROL_TIMEOUT_SECONDS = 60;
export const NOTIFIER_TIMEOUT_SECONDS = 30;

/**
 * How long a message stays hidden once a function has it. AWS advises six times the function's timeout, so that a batch in progress
 * isn't delivered again. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const visibilityTimeoutSeconds = (functionTimeoutSeconds: number, batchingSeconds = 0) =>
  6 * functionTimeoutSeconds + batchingSeconds;

/** A message is delivered up to this many times before it ends in the dead-letter queue. */
export const MAX_RECEIVES = 5;

/** How long a dead-letter queue keeps a message: the longest that SQS offers. */
export const DEAD_LETTER_RETENTION_DAYS = 14;

/** An older claim on a resource belongs to a function that has ended. */
export const LEASE_MILLISECONDS = CONTROL_TIMEOUT_SECONDS * 1000;

/** The longest that a control may take for one message. */
export const MESSAGE_MILLISECONDS = 30_000;
/** Reserved after it for the ledger and the outcome, before Lambda stops the function. */
export const CLOSING_MILLISECONDS = 10_000;
