/** Advises against event source mappings that a Pulumi program disables. */
import { isTrue, preventionOf } from "../lib/prevention";
import { control } from "./control";

export const prevention = preventionOf(control, {
  "aws:lambda/eventSourceMapping:EventSourceMapping": (inputs, report) => {
    if (isTrue(inputs["enabled"], true)) return;
    report(
      "The mapping would be disabled: its function would receive nothing, without any error, and what waits in the source would expire. " +
        "Omit `enabled` or set it to true; remove a mapping that nobody needs from the program.",
    );
  },
});
