/** The two kinds of failure that the runtime distinguishes. Messages are for people: what happened, to what, what to do. */

/** A retry changes nothing until a person acts. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
  readonly retryable = false;
}

/** A retry of the same event may succeed: throttling, a network fault, a resource that changed meanwhile. */
export class RetryableError extends Error {
  override readonly name = "RetryableError";
  readonly retryable = true;
}

/** Whether an SDK threw this error under one of these names (`NoSuchBucket`, `InvalidGroup.NotFound`). */
export function isNamed(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}
