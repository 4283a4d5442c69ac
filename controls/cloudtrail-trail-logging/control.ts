/** Trails log, and their log files can be verified. */
import type { Control } from "../lib/control";
import { apiCalls } from "../lib/event-fields";
import { parameters, type TrailRequirements } from "./parameters";
import { permissions } from "./permissions";
import { taggedTrail, TRAIL, trailOf } from "./trail";

export { parameters, type TrailRequirements };

export const control: Control<TrailRequirements> = {
  id: "cloudtrail-trail-logging",
  title: "CloudTrail trails log all management events and validate their files",
  description:
    "An intruder who wants to stay unseen first stops the trail, or narrows what it records. A trail that was stopped is started " +
    "again, and its management events and file validation are restored; the organization's own trail gets back its members, regions, " +
    "bucket, key and Insights too. A deleted trail, failing deliveries and a call that diverts another trail are reported.",
  severity: "critical",
  frameworks: [
    "CIS AWS Foundations 3.0 3.1",
    "CIS AWS Foundations 3.0 3.2",
    "AWS FSBP CloudTrail.1",
    "AWS FSBP CloudTrail.4",
  ],
  resourceType: TRAIL.type,
  pattern: apiCalls(
    "cloudtrail",
    ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "PutInsightSelectors"],
    // Insights of an event data store of CloudTrail Lake.
    { requestParameters: { eventDataStore: [{ exists: false }] } },
  ),
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
