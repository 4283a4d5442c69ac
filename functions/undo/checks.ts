/** Whether a fix may be undone: the outcome, an earlier undo of it, and the state must allow it. */
import { modeOf } from "../../contract/control-settings";
import { isOver } from "../../contract/exemptions";
import type { Entry } from "../../contract/ledger-records";
import type { UndoRequest } from "../../contract/undo";
import type { ResourceReference } from "../../controls/lib/resources";
import type { Versioned } from "../control/ledger/ledger";
import { isState, type FinalState } from "../control/resource-state";
import type { UndoRuntime } from "./runtime";

export type IdentifiedEntry = Versioned<Entry> & { id: string };

/** Why this outcome can't be undone, whatever the state is. @param earlier an unfinished undo of it */
export function refusalOf(
  { control, settings, clock }: UndoRuntime,
  { outcome: id, exemptUntil }: UndoRequest,
  found: Versioned<Entry> | undefined,
  earlier: IdentifiedEntry | undefined,
): string | undefined {
  if (!found) return `The ledger has no outcome ${id}.`;
  const { outcome, steps, undoneBy, status, after } = found.body;
  if (undoneBy !== undefined && !earlier) return `The outcome ${id} was undone before, by ${undoneBy}.`;
  if (status !== "done" || outcome.outcome !== "remediated" || steps.length === 0)
    return `The outcome ${id} is "${outcome.outcome}": only what was remediated can be undone.`;
  if (after === undefined)
    return "The state after the fix is not known, so it can't be compared with the present state.";
  const { account } = outcome.resource ?? { account: "" };
  const mode = modeOf(settings, account);
  if (mode !== "enforce")
    return (
      `The control ${control.id} is in mode ${mode} in account ${account}, where nothing may be changed for it: set it to enforce, or ` +
      "change the resource by hand."
    );
  if (exemptUntil !== undefined && isOver(exemptUntil, clock())) return `The day ${exemptUntil} is over.`;
  return undefined;
}

/** The latest undo of this outcome, if it may have changed something but didn't report that. */
export async function unfinishedUndo(
  { ledger }: UndoRuntime,
  { undoneBy, undoing }: Entry,
): Promise<IdentifiedEntry | undefined> {
  const id = undoneBy ?? undoing;
  const entry = id === undefined ? undefined : await ledger.entry(id);
  if (id === undefined || !entry) return undefined;
  const { status, outcome, steps } = entry.body;
  const isFinished =
    status === "done" && (outcome.outcome !== "failed" || steps.every(({ unchanged }) => unchanged));
  return isFinished ? undefined : { id, ...entry };
}

/** Why the present state is not the one after the fix. @param earlier an unfinished undo of it */
export function stateRefusal(
  now: FinalState,
  { after }: Entry,
  { arn }: ResourceReference,
  earlier: IdentifiedEntry | undefined,
): string | undefined {
  if (now.state === "absent") return `${arn} does not exist any more.`;
  if (isState(now, after)) return undefined;
  const unreported = earlier ? ` The undo ${earlier.id} did not report how far it got.` : "";
  return `The state of ${arn} has moved on since the fix: check it, and change it by hand if necessary.${unreported}`;
}
