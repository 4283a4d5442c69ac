/** What a stack demands of its trails. */
import * as v from "valibot";
import { parametersOf } from "../lib/parameters";

export interface TrailRequirements {
  /** Whether a single-region trail is reported. Default true. */
  multiRegion: boolean;
  /** Event sources whose management events a trail may leave out, as `kms.amazonaws.com` for its volume. Default none. */
  mayExclude: string[];
}

const EXCLUDABLE = ["kms.amazonaws.com", "rdsdata.amazonaws.com"] as const;

export const parameters = parametersOf({
  multiRegion: v.optional(v.boolean("true or false"), true),
  // The two that CloudTrail's basic selectors can leave out.
  mayExclude: v.optional(
    v.pipe(
      v.array(v.picklist(EXCLUDABLE, EXCLUDABLE.join(" or ")), "a list of event sources"),
      v.metadata({ example: `[${EXCLUDABLE[0]}]` }),
    ),
    [],
  ),
});
