/** The exemption that goes with an undo, so that the control doesn't remediate the restored state again. */
import type { UndoRequest } from "../../contract/undo";
import { PermanentError } from "../../controls/lib/errors";
import type { ResourceReference } from "../../controls/lib/resources";
import type { Pinned } from "../control/ledger/ledger";
import type { UndoRuntime } from "./runtime";

/** Leaves the exemption that the request asks for. */
export async function leaveExemption(
  { control, ledger }: UndoRuntime,
  { by: owner, reason, exemptUntil: expires }: UndoRequest,
  { arn: resource }: ResourceReference,
): Promise<Pinned | undefined> {
  if (expires === undefined) return undefined;
  return ledger.pin({ control: control.id, resource, owner, reason, expires });
}

/**
 * The failure of an undo, with what it left behind. Reverts the exemption of an undo that changed nothing, unless someone else has
 * changed the exemption meanwhile.
 */
export async function withConsequences(
  { ledger }: UndoRuntime,
  { message }: Error,
  changed: boolean,
  pinned: Pinned | undefined,
): Promise<PermanentError> {
  const isReverted = pinned && !changed && (await ledger.unpin(pinned).catch(() => false));
  const sentences = [message];
  if (changed) sentences.push("All or part of the state before may be restored: check it.");
  // A half restored resource that isn't exempted would be remediated again while someone checks it.
  if (pinned && !isReverted)
    sentences.push(
      `The exemption that goes with the undo stays: \`bailiwick exemptions remove ${pinned.item.id}\` ends it.`,
    );
  return new PermanentError(sentences.join(" "));
}
