/** Making and removing what drills need, so that nothing stays behind when a step fails half-way. */
import { isNamed } from "./errors";

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
