/** The outcomes that functions report on the hub bus, as the organization's trace has them. */
import type { Outcome } from "../../controls/lib/outcome";
import type { Trace } from "@bailiwick/local-aws/trace";
import type { OutcomeFeed } from "./types";

export function outcomeFeed(trace: Pick<Trace, "watch">): OutcomeFeed {
  return {
    subscribe: (listener) =>
      trace.watch(({ stage, data }) => {
        if (stage === "outcome" && data !== undefined) listener(data as unknown as Outcome);
      }),
  };
}
