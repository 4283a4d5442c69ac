/** Advises against databases that a single call could delete, or that would leave no final snapshot. */
import { eachKnown, isTrue, preventionOf, type Inputs, type Judge } from "../lib/prevention";
import { control } from "./control";

const WEAKNESSES: readonly { appliesTo: (inputs: Inputs) => boolean; message: string }[] = [
  {
    appliesTo: (inputs) => !isTrue(inputs["deletionProtection"], false),
    message:
      "A single call, or a slip in the program, could delete the database. Set `deletionProtection: true`.",
  },
  {
    appliesTo: (inputs) =>
      isTrue(inputs["skipFinalSnapshot"], false) && isTrue(inputs["deleteAutomatedBackups"], true),
    message:
      "Its deletion would leave nothing to restore. Set `skipFinalSnapshot: false` with a `finalSnapshotIdentifier`, or keep its backups " +
      "with `deleteAutomatedBackups: false`.",
  },
];

const judge: Judge = (inputs, report) => {
  // A replica has no data of its own, and RDS takes no final snapshot of it.
  if (isGiven(inputs["replicateSourceDb"]) || isGiven(inputs["replicationSourceIdentifier"])) return;
  eachKnown(WEAKNESSES, ({ appliesTo, message }) => {
    if (appliesTo(inputs)) report(message);
  });
};

export const prevention = preventionOf(
  control,
  { "aws:rds/instance:Instance": judge, "aws:rds/cluster:Cluster": judge },
  { advisoryBecause: "The control reports deletions; a database that can be deleted doesn't violate it." },
);

const isGiven = (source: unknown): boolean => typeof source === "string" && source !== "";
