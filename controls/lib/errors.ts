/** The two kinds of failure that the runtime distinguishes. Messages are for people: what happened, to what, what to do. */

interface FailureOptions extends ErrorOptions {
  /** Failures of one kind have one cause: `denied`, `throttled`, `unreachable` … */
  kind?: string;
}

/** A retry changes nothing until a person acts. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
  readonly retryable = false;
  readonly kind: string;

  constructor(message: string, { kind = "unexpected", ...options }: FailureOptions = {}) {
    super(message, options);
    this.kind = kind;
  }
}

/** The kind of a failure that no later attempt can overcome: the message itself is wrong. */
export const MALFORMED = "malformed";

/** A retry of the same event may succeed: throttling, a network fault, a resource that changed meanwhile. */
export class RetryableError extends Error {
  override readonly name: string = "RetryableError";
  readonly retryable = true;
  readonly kind: string;

  constructor(message: string, { kind = "unfinished", ...options }: FailureOptions = {}) {
    super(message, options);
    this.kind = kind;
  }
}

/** Whether an SDK threw this error under one of these names (`NoSuchBucket`, `InvalidGroup.NotFound`). */
export function isNamed(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}
