/** Reports what CloudTrail Insights finds unusual. */
import type { Control } from "../lib/control";
import { describeInsight, INSIGHT, insightOf } from "./insight";

export const control: Control = {
  id: "cloudtrail-insight-reported",
  formerIds: ["cloudtrail-insight-told"],
  title: "Unusual rate of API calls or errors",
  description:
    "CloudTrail Insights learns how often each API is called and fails, and records when that becomes unusual. The beginning and the " +
    "end of each unusual activity are reported, with the rates and who made most of the calls. Only a trail with Insights enabled " +
    "(bailiwick:trail.insights) has such events.",
  severity: "medium",
  frameworks: ["NIST 800-53 r5 AU-6(1)", "NIST 800-53 r5 SI-4"],
  resourceType: INSIGHT.type,
  pattern: {
    source: ["aws.cloudtrail"],
    "detail-type": ["AWS Insight via CloudTrail"],
    detail: { eventType: ["AwsCloudTrailInsight"] },
  },
  resource: insightOf,
  remediationSteps:
    "Open the insight in CloudTrail and compare its calls by principal. A new program explains most insights; a key that " +
    "suddenly calls everything is suspicious.",
  unpreventable: "Insights are about the rate of calls while the account is in use.",
  describe: describeInsight,
};
