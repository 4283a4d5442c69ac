/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "route-53",
  noun: /HostedZone|ResourceRecordSets/,
  not: [[/^UpdateHostedZone(Comment|Features)$/, "It changes no record and no name server."]],
};
