/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "dynamodb",
  noun: /Table/,
  not: [
    [/^(Delete|Update)Table$/, "It is about a table that exists."],
    [/GlobalTable/, "It adds replicas to a table that exists, which its program or its owner made."],
    [/^UpdateTableReplicaAutoScaling$/, "It changes the capacity of replicas that exist."],
    [/^ExportTable/, "It copies a table to a bucket."],
  ],
};
