/** Creates and removes what drills need, so that nothing is left behind when a step fails. */
import { isDeepStrictEqual } from "node:util";
import type { Facts } from "../control";
import type { CheckResult } from "./drill";
import type { Outcome } from "../outcome";
import { isNamed } from "../errors";

/** The checks of a drill of a control that only reports: nothing is remediated, and the benign case can't change. */
export const REPORTS_ONLY = {
  check: () =>
    Promise.resolve<CheckResult>({ good: false, still: "A control that only reports remediates nothing." }),
  checkBenign: () => Promise.resolve<CheckResult>({ good: true }),
};

/** Compares the whole report with the expected one. */
export function sameReport(
  { findings, facts }: Outcome,
  expected: { findings: string[]; facts: Facts },
): CheckResult {
  const reported = { findings, facts };
  if (isDeepStrictEqual(reported, expected)) return { good: true };
  return {
    good: false,
    still: `It reported ${JSON.stringify(reported)} instead of ${JSON.stringify(expected)}.`,
  };
}

type Undo = () => Promise<unknown>;

/**
 * Runs `make`, which gives `undo` a step after each thing that it creates. If `make` fails, the steps run in reverse order before its
 * error is thrown.
 */
export async function allOrNothing<T>(make: (undo: (step: Undo) => void) => Promise<T>): Promise<T> {
  const steps: Undo[] = [];
  try {
    return await make((step) => steps.unshift(step));
  } catch (error) {
    await runAll(steps, []).catch((left: unknown) => {
      throw new AggregateError(
        [error, left],
        "A drill could not be prepared, and not all it had made could be removed.",
      );
    });
    throw error;
  }
}

/**
 * Runs every step in order, also after one has failed. Errors with a name in `gone` mean that there was nothing to remove; all others
 * are thrown together at the end.
 */
export async function runAll(steps: readonly Undo[], gone: readonly string[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      if (!isNamed(error, ...gone)) errors.push(error);
    }
  }
  if (errors.length > 0) {
    const messages = errors.map((error) =>
      error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    );
    throw new AggregateError(errors, `Not everything could be removed. ${messages.join("; ")}`);
  }
}
