/** The state of a resource, as its control reads it. */
import { isDeepStrictEqual } from "node:util";
import type { Evaluation, Remediation, RemediationContext } from "../../controls/lib/remediation";
import { RetryableError } from "../../controls/lib/errors";
import { classifyError } from "../lib/classify-error";

/** What is known of a resource in a final state. */
export type FinalState = Exclude<Evaluation<unknown>, { state: "changing" }>;

/** Reads the state. @throws PermanentError or RetryableError */
export async function evaluate(
  remediation: Remediation<unknown>,
  context: RemediationContext<unknown>,
  doing: "reading" | "verifying",
): Promise<Evaluation<unknown>> {
  try {
    return await remediation.evaluate(context);
  } catch (error) {
    throw classifyError(error, `${doing} ${context.resource.arn}`);
  }
}

/** Reads a final state. @throws PermanentError or RetryableError, also while the resource is between two states */
export async function evaluateFinal(
  remediation: Remediation<unknown>,
  context: RemediationContext<unknown>,
  doing: "reading" | "verifying",
): Promise<FinalState> {
  const evaluation = await evaluate(remediation, context, doing);
  if (evaluation.state === "changing") throw new RetryableError(evaluation.what, { kind: "changed" });
  return evaluation;
}

/** The state as the control gives it; undefined: it doesn't know it, or the resource is gone. */
export function stateOf(evaluation: FinalState): unknown {
  if (evaluation.state === "absent") return undefined;
  return evaluation.state === "violation" ? evaluation.before : evaluation.after;
}

/** Whether a state is the one in the ledger, which keeps it as JSON. */
export const isState = (now: FinalState, recorded: unknown): boolean =>
  isDeepStrictEqual(
    JSON.parse(JSON.stringify(stateOf(now) ?? null)),
    JSON.parse(JSON.stringify(recorded ?? null)),
  );

/** Pauses between reads: EC2's answers may lag a change by some seconds. */
const READ_AGAIN_MILLISECONDS = [250, 500, 1000, 2000, 4000];

/**
 * Whether the state is still `before` after a call that may have changed it. Reads until it differs, or until a change must have been
 * visible. https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export async function isStill(
  before: unknown,
  remediation: Remediation<unknown>,
  context: RemediationContext<unknown>,
  sleep: (milliseconds: number) => Promise<unknown>,
): Promise<boolean> {
  for (const pause of [...READ_AGAIN_MILLISECONDS, undefined]) {
    if (!isState(await evaluateFinal(remediation, context, "verifying"), before)) return false;
    if (pause !== undefined) await sleep(pause);
  }
  return true;
}
