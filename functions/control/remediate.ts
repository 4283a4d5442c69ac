/** Makes a fix and verifies it. */
import { RetryableError } from "../../controls/lib/errors";
import type { Remediation, RemediationContext, Violation } from "../../controls/lib/remediation";
import { classifyError } from "../lib/classify-error";
import { evaluate, isState, stateOf } from "./resource-state";
import { contextsReaching, type SessionPurpose } from "./session";
import type { ControlRuntime, Work } from "./work";

interface Fix {
  runtime: ControlRuntime;
  work: Work;
  remediation: Remediation<unknown>;
  context: RemediationContext<unknown>;
  purpose: SessionPurpose;
}

/**
 * Fixes a violation whose resource is claimed, and reads the state again. @throws PermanentError or RetryableError, also when the
 * resource is still in violation
 * @returns what is still wrong and only a person can fix
 */
export async function remediate(fix: Fix, violation: Violation<unknown>): Promise<string[]> {
  const { work, remediation, context } = fix;
  await makeFix(fix, violation);
  work.acted = true;
  work.outcome.remedies = violation.remedies;
  const after = await evaluate(remediation, context, "verifying");
  work.after = stateOf(after);
  if (after.state !== "violation") return [];
  if (after.remedies.length === 0) return after.findings;
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
  evaluate(remediation, context, "verifying").then(
    (now) => isState(now, before),
    () => false,
  );
