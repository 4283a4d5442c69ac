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

/**
 * A message is delivered up to this many times before it ends in the dead-letter queue: only if its function was stopped each time, as
 * it handles every other failure itself.
 */
export const MAX_RECEIVES = 5;

/** The longest that SQS delays a message. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
export const LONGEST_QUEUE_DELAY_SECONDS = 900;

/** How long a disturbance may last before an event that it prevents ends in the dead-letter queue. */
export const DISTURBANCE_HOURS = 6;

/** People are notified of a disturbance once it has lasted this long. */
export const DISTURBANCE_NOTIFIED_MINUTES = 10;

/** How often an event is tried for which access is denied or that fails in an unknown way: a role may be about to be deployed. */
export const MOST_PERMANENT_ATTEMPTS = 4;

/**
 * Reads may lag behind the event that announces a change for about this long.
 * https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export const STALE_READ_SECONDS = 60;

/** An event about more resources is split into one message each. */
export const MOST_RESOURCES_AT_ONCE = 4;

/** How long a dead-letter queue keeps a message: the longest that SQS offers. */
export const DEAD_LETTER_RETENTION_DAYS = 14;

/** An older claim on a resource belongs to a function that has ended. */
export const LEASE_MILLISECONDS = CONTROL_TIMEOUT_SECONDS * 1000;

/** The longest that a control may take for one message. */
export const MESSAGE_MILLISECONDS = 30_000;
/** Reserved after it for the ledger and the outcome, before Lambda stops the function. */
export const CLOSING_MILLISECONDS = 10_000;

/**
 * A queue whose oldest message is older than this isn't worked off: longer than the longest delay of a look, which counts as age, and
 * two visibility timeouts.
 */
export const OLDEST_MESSAGE_SECONDS =
  LONGEST_QUEUE_DELAY_SECONDS + 2 * visibilityTimeoutSeconds(CONTROL_TIMEOUT_SECONDS) + 180;
