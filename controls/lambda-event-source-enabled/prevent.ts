/** Points out event source mappings that a Pulumi program switches off. */
import { isTrue, preventionOf } from "../lib/prevention";
import { control } from "./control";

export const prevention = preventionOf(control, {
  "aws:lambda/eventSourceMapping:EventSourceMapping": (inputs, report) => {
    if (isTrue(inputs["enabled"], true)) return;
    report(
      "The mapping would be disabled: its function receives nothing, without any error, until what waits in the source has expired. " +
        "Leave `enabled` out or set it to true; take a mapping that nobody needs out of the program.",
    );
  },
});
