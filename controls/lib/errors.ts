/** The two kinds of failure that the function which runs controls tells apart. Messages are for people: what happened, to what, what to do. */

/** Trying again changes nothing until a person does something. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
  readonly retryable = false;
}

/** The same event may well succeed in a moment: throttling, a network fault, a resource that changed meanwhile. */
export class RetryableError extends Error {
  override readonly name = "RetryableError";
  readonly retryable = true;
}

/** Whether an SDK threw this error under one of these names (`NoSuchBucket`, `InvalidGroup.NotFound`). */
export function isNamed(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}
