/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "cloudfront",
  noun: /Distribution|Alias|DomainAssociation/,
  not: [
    [/StreamingDistribution/, "AWS ended streaming distributions on 2020-12-31; none can be created."],
    [/^CreateInvalidation/, "It empties caches and changes no configuration."],
  ],
};
