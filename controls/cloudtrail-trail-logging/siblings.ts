/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "cloudtrail",
  noun: /Trail|Logging|Selectors/,
  not: [
    [
      /^CreateTrail$/,
      "A new trail logs nothing yet: StartLogging follows, and what weakens it later is an event.",
    ],
    [/^StartLogging$/, "It only makes a trail record more."],
  ],
};
