/** How the command asks the function of undos to undo a fix, and what the function answers. */
import * as v from "valibot";
import { isOutcomeId } from "./ledger-keys";

const sentence = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1000));
const schema = v.object({
  undo: v.object({
    /** Of the outcome in the ledger. */
    outcome: v.pipe(v.string(), v.check(isOutcomeId)),
    /** Who asks, as STS names the caller. CloudTrail's record of the invocation is the proof. */
    by: sentence,
    reason: sentence,
    /** Exempts the resource until this day, so that the control leaves the state alone. Absent: it may be remediated again at once. */
    exemptUntil: v.optional(v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/))),
  }),
});
export type UndoRequest = v.InferOutput<typeof schema>["undo"];

export type UndoAnswer =
  | { undone: true; id: string; resource: string; remedies: string[]; exemptUntil?: string }
  | { undone: false; why: string };

/** @returns the request when the function was invoked with one */
export function undoRequest(event: unknown): UndoRequest | undefined {
  const parsed = v.safeParse(schema, event);
  return parsed.success ? parsed.output.undo : undefined;
}
