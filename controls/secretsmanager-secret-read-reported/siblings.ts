/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "secrets-manager",
  noun: /Secret/,
  not: [
    [/^BatchGetSecretValue$/, "Secrets Manager records a GetSecretValue for each secret that it returns."],
    [/^(Describe|List)/, "It returns no secret value."],
    [/^(Cancel|Create|Delete|Put|Replicate|Restore|Rotate|Update)/, "It returns no secret value."],
  ],
};
