/** The errors of a deployment, for people: the resource, the call, AWS's answer, what to do. */
import type { DeploymentResult, PolicyViolation } from "./types";

/** Anything that the engine refuses or couldn't do. */
export class EngineError extends Error {
  override name = "EngineError";
}

/** The failure of an operation on a resource. */
export interface ResourceFailure {
  urn: string;
  type: string;
  /** Name in the program. */
  name: string;
  operation: string;
  /** For example `s3:CreateBucket`. Undefined when no call was made. */
  call: string | undefined;
  /** AWS's error code. */
  code: string | undefined;
  /** A whole sentence. */
  message: string;
}

/** Some resources failed. Completed operations are in the state file and in `result`. */
export class DeploymentError extends EngineError {
  override name = "DeploymentError";
  constructor(
    readonly failures: ResourceFailure[],
    readonly result: DeploymentResult,
  ) {
    super(failures.map((failure) => failure.message).join("\n"));
  }
}

/** The program threw, logged an error, or ended before it registered its stack. Nothing was deleted. */
export class ProgramError extends EngineError {
  override name = "ProgramError";
  constructor(
    message: string,
    readonly result: DeploymentResult,
  ) {
    super(message);
  }
}

/** Mandatory policies stopped the deployment before anything was done. */
export class PolicyError extends EngineError {
  override name = "PolicyError";
  constructor(
    readonly violations: PolicyViolation[],
    readonly result: DeploymentResult,
  ) {
    super(
      [
        `${violations.length} mandatory policy violation${violations.length === 1 ? "" : "s"}; nothing was changed.`,
        ...violations.map((violation) => `${violation.policy}: ${violation.resource}: ${violation.message}`),
      ].join("\n"),
    );
  }
}

/** Stopped on request. Completed operations are in the state file. */
export class AbortedError extends EngineError {
  override name = "AbortedError";
  constructor(readonly result: DeploymentResult) {
    super(
      "The deployment was stopped. Completed operations are in the state file, and the next deployment continues from there.",
    );
  }
}

/** A call to AWS that failed; `call` like `s3:CreateBucket`. */
export class CallError extends Error {
  override name = "CallError";
  constructor(
    readonly call: string,
    readonly region: string,
    readonly code: string,
    readonly status: number | undefined,
    readonly answer: string,
    options: { cause: unknown },
  ) {
    super(
      `${call} in ${region} failed with ${code}${status === undefined ? "" : ` (HTTP ${status})`}: ${answer || "no message"}`,
      options,
    );
  }
}

/** An SDK error with its call. Other errors are returned unchanged. */
export function callError(error: unknown, call: string, region: string): unknown {
  if (error instanceof CallError || error instanceof EngineError || !(error instanceof Error)) return error;
  const { $metadata, code } = error as Error & { $metadata?: { httpStatusCode?: number }; code?: string };
  if ($metadata === undefined && code === undefined) return error;
  const name = error.name === "Error" ? (code ?? "Error") : error.name;
  return new CallError(call, region, name, $metadata?.httpStatusCode, error.message, { cause: error });
}

/** @returns whether the call failed because its resource doesn't exist. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof CallError)) return false;
  return error.status === 404 || /NotFound|NoSuch|NonExistent|DoesNotExist/.test(error.code);
}

const NOT_OFFERED = "The emulator does not offer this: leave the setting out for this stack.";

/** Advice about an AWS error, as a sentence. Empty if there is none. */
export function advice(error: unknown): string {
  if (!(error instanceof CallError)) return "";
  const { code, status, answer } = error;
  if (/ECONNREFUSED|ECONNRESET|EPIPE/.test(`${code} ${answer}`))
    return "Nothing answers there: is the local organization up?";
  if (/AccessDenied|NotAuthorized|Unauthorized|InvalidClientTokenId|SignatureDoesNotMatch/.test(code))
    return "Look at the policies of the principal that the resource's provider uses, and at the resource's own policy.";
  if (/unknown [a-z]* ?action|not (implemented|supported)/i.test(answer)) return NOT_OFFERED;
  if (status === 501 || /UnknownOperation|InvalidAction|NotImplemented|UnsupportedOperation/.test(code))
    return NOT_OFFERED;
  if (/AlreadyExists|AlreadyOwned|ResourceInUse|EntityAlready/.test(code))
    return "Something of that name exists and is not in this stack's state: remove it, or choose another name.";
  if (/BucketNotEmpty/.test(code)) return "Empty it, or set forceDestroy.";
  if (/DeleteConflict/.test(code)) return "Something that is not in this stack's state still uses it.";
  return "";
}
