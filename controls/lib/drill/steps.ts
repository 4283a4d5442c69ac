/** Making and removing what drills need, so that nothing stays behind when a step fails half-way. */
import { isDeepStrictEqual } from "node:util";
import type { Facts } from "../control";
import type { CheckResult } from "./drill";
import type { Outcome } from "../outcome";
import { isNamed } from "../errors";

/** The sides of a drill of a control that only tells: nothing is put right, and nothing of the look-alike can change. */
export const REPORTS_ONLY = {
  check: () =>
    Promise.resolve<CheckResult>({ good: false, still: "A control that only tells puts nothing right." }),
  checkBenign: () => Promise.resolve<CheckResult>({ good: true }),
};

/** Compares what was told with what was to be told, whole. */
export function sameReport(
  { findings, facts }: Outcome,
  expected: { findings: string[]; facts: Facts },
): CheckResult {
  const told = { findings, facts };
  if (isDeepStrictEqual(told, expected)) return { good: true };
  return { good: false, still: `It told ${JSON.stringify(told)} instead of ${JSON.stringify(expected)}.` };
}

type Undo = () => Promise<unknown>;

/**
 * Runs `make`, which hands `undo` a way back after each thing it makes. When `make` fails, they run in reverse order before its error
 * is thrown on.
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
