/** Makes a fix and verifies it. */
import { RetryableError } from "../../controls/lib/errors";
import type { Remediation, RemediationContext, Violation } from "../../controls/lib/remediation";
import { classifyError } from "../lib/classify-error";
import { evaluate, evaluateFinal, isState, stateOf } from "./resource-state";
import { contextsReaching, type SessionPurpose } from "./session";
import type { ControlRuntime, Work } from "./work";

interface Fix {
  runtime: ControlRuntime;
  work: Work;
  remediation: Remediation<unknown>;
  context: RemediationContext<unknown>;
  purpose: SessionPurpose;
}

/** The state after a fix, as far as it can be seen. */
type Fixed =
  /** `remaining`: what is still wrong and only a person can fix. */
  | { state: "final"; remaining: string[] }
  /** It is on its way to a final state, or not visible yet. */
  | { state: "changing" | "unseen"; because: string };

/**
 * Fixes a violation whose resource is claimed, and reads the state again. @param isFirst this event has made no fix of this state
 * before @throws PermanentError or RetryableError, also when the resource is in violation after more than one fix
 */
export async function remediate(fix: Fix, violation: Violation<unknown>, isFirst: boolean): Promise<Fixed> {
  const { work, remediation, context } = fix;
  await makeFix(fix, violation);
  work.acted = true;
  work.outcome.remedies = violation.remedies;
  const after = await evaluate(remediation, context, "verifying");
  if (after.state === "changing") return { state: "changing", because: after.what };
  work.after = stateOf(after);
  if (after.state !== "violation") return { state: "final", remaining: [] };
  if (after.remedies.length === 0) return { state: "final", remaining: after.findings };
  if (isFirst && isState(after, violation.before))
    return { state: "unseen", because: "The fix is not visible yet." };
  throw new RetryableError(
    `${work.resource.arn} is still, or again, in violation after it was remediated; it will be retried. If this goes on, find out what ` +
      `else changes it. (${after.findings.join(" ")})`,
  );
}

async function makeFix(fix: Fix, violation: Violation<unknown>): Promise<void> {
  const { runtime, work, remediation, context, purpose } = fix;
  const { beside = [] } = violation;
  let began = false;
  try {
    for await (const reached of contextsReaching(runtime, context, { ...purpose, task: "fix", beside })) {
      began = true;
      await remediation.fix(reached, violation);
    }
  } catch (error) {
    const failure = classifyError(error, `changing ${work.resource.arn}`);
    if (!began || (!failure.retryable && (await isUnchanged(violation, remediation, context))))
      work.unchanged = true;
    throw failure;
  }
}

/** Whether a refused fix left the state as it was: of several calls an earlier one may have succeeded. */
const isUnchanged = (
  { before }: Violation<unknown>,
  remediation: Remediation<unknown>,
  context: RemediationContext<unknown>,
): Promise<boolean> =>
  evaluateFinal(remediation, context, "verifying").then(
    (now) => isState(now, before),
    () => false,
  );
