/** Starts the policy pack: once, since a process may hold one PolicyPack only. */
import { PolicyPack, type Policies } from "@pulumi/policy";

export function startPack(policies: Policies): void {
  new PolicyPack("bailiwick", { policies });
}
