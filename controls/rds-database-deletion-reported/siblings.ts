/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "rds",
  noun: /DBInstance|DBCluster/,
  not: [
    [
      /^Delete.*(Endpoint|ParameterGroup|AutomatedBackup|Snapshot)$/,
      "It deletes something else than the database.",
    ],
    [
      /^(Add|Remove)Role|^(Backtrack|Create|Copy|Failover|Modify|Promote|Purchase|Reboot|Reset|Restore|Start|Stop)/,
      "It deletes no database.",
    ],
  ],
};
