/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "lambda",
  noun: /EventSourceMapping/,
  not: [[/^CreateEventSourceMapping$/, "A new mapping that is off may not be in use yet."]],
};
