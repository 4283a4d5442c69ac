/** Trails log, and their log files can be verified. */
import * as v from "valibot";
import type { Control } from "../lib/control";
import { apiCalls } from "../lib/event-fields";
import { parametersOf } from "../lib/parameters";
import { permissions } from "./permissions";
import { taggedTrail, TRAIL, trailOf } from "./trail";

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

export const control: Control<TrailRequirements> = {
  id: "cloudtrail-trail-logging",
  title: "CloudTrail trails log all management events and validate their files",
  description:
    "An intruder who wants to stay unseen first stops the trail, or narrows what it records. A trail that was stopped is started " +
    "again, and its management events and file validation are restored. A deleted trail can't be restored, so it is reported.",
  severity: "critical",
  frameworks: [
    "CIS AWS Foundations 3.0 3.1",
    "CIS AWS Foundations 3.0 3.2",
    "AWS FSBP CloudTrail.1",
    "AWS FSBP CloudTrail.4",
  ],
  resourceType: TRAIL.type,
  pattern: apiCalls("cloudtrail", ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"]),
  resource: trailOf,
  requiresTrailReads: true,
  alwaysAtOnce: true,
  ...permissions,
  tagging: {
    pattern: (key) =>
      apiCalls("cloudtrail", ["AddTags", "RemoveTags"], { requestParameters: { tagsList: { key: [key] } } }),
    resources: taggedTrail,
  },
  parameters,
  remediationSteps:
    "Start logging on the trail, make it record all management events (read and write), and enable log file validation. If it was " +
    "deleted, create it again with the same bucket; the files it delivered are still there. Then find out who changed it, and why.",
};
