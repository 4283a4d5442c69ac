/** Reports what CloudTrail Insights finds unusual. */
import type { Json } from "@bailiwick/aws-events/record";
import { detailValue, knownFacts, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceShape } from "../lib/resources";
import type { Control, Description } from "../lib/control";

const TYPES: Readonly<Record<string, string>> = {
  ApiCallRateInsight: "called",
  ApiErrorRateInsight: "failing",
};
const MOST_PRINCIPALS = 3;

export const INSIGHT: ResourceShape = {
  type: "AWS::CloudTrail::Insight",
  id: /^[A-Za-z0-9]{1,128}\.[A-Za-z0-9.-]{1,128}$/,
  // An insight has no ARN: this one names the API in the account and region.
  arn: ({ partition, account, region, id }) =>
    `arn:${partition}:cloudtrail:${region}:${account}:insight/${id}`,
};

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
  resource: (event) =>
    resourceFrom(
      event,
      INSIGHT,
      `${text(insight(event, "eventName")) ?? ""}.${text(insight(event, "eventSource")) ?? ""}`,
    ),
  permissions: () => [],
  remediationSteps:
    "Open the insight in CloudTrail and compare its calls by principal. A new program explains most insights; a key that " +
    "suddenly calls everything is suspicious.",
  unpreventable: "Insights are about the rate of calls while the account is in use.",
  describe(event): Description {
    const what = TYPES[text(insight(event, "insightType")) ?? ""] ?? "used";
    const code = text(insight(event, "errorCode"));
    const name = `${text(insight(event, "eventSource"))?.split(".")[0] ?? "?"}:${text(insight(event, "eventName")) ?? "?"}`;
    const ended = insight(event, "state") === "End";
    const usual = insight(event, "insightContext", "statistics", "baseline", "average");
    const unusual = insight(event, "insightContext", "statistics", "insight", "average");
    return {
      report: true,
      findings: [
        ended
          ? `${name} is back to being ${what} as often as usual.`
          : `${name} is ${what} unusually often${code === undefined ? "" : ` with ${code}`}.`,
      ],
      facts: knownFacts({
        "Usual rate": rate(usual),
        "Unusual rate": rate(unusual),
        "Mostly by": principals(event),
        Insight: textIn(event, "sharedEventID"),
      }),
    };
  },
};

type Event = Parameters<Control["resource"]>[0];

const insight = (event: Event, ...path: (string | number)[]): Json | undefined =>
  detailValue(event, "insightDetails", ...path);

const text = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** CloudTrail's averages are per minute. */
const rate = (value: Json | undefined): string | undefined =>
  typeof value === "number" ? `${Number(value.toPrecision(3))} a minute` : undefined;

function principals(event: Event): string | undefined {
  const attributions = insight(event, "insightContext", "attributions");
  for (const attribution of Array.isArray(attributions) ? attributions : []) {
    if (typeof attribution !== "object" || attribution === null || Array.isArray(attribution)) continue;
    const { attribute, insight: most } = attribution;
    if (attribute !== "userIdentityArn" || !Array.isArray(most)) continue;
    const names = most.map((each) =>
      typeof each === "object" && each !== null && !Array.isArray(each) ? each["value"] : undefined,
    );
    return (
      names
        .filter((name) => typeof name === "string")
        .slice(0, MOST_PRINCIPALS)
        .join(", ") || undefined
    );
  }
  return undefined;
}
