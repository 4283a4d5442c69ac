/** Reads the events of CloudTrail Insights. */
import { isJsonObject, type EventBridgeEvent, type Json } from "@bailiwick/aws-events/record";
import type { Description } from "../lib/control";
import { detailValue, knownFacts, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceReference, type ResourceShape } from "../lib/resources";

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

export function insightOf(event: EventBridgeEvent): ResourceReference | undefined {
  const [name = "", source = ""] = [text(insight(event, "eventName")), text(insight(event, "eventSource"))];
  return resourceFrom(event, INSIGHT, `${name}.${source}`);
}

export function describeInsight(event: EventBridgeEvent): Description {
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
}

const insight = (event: EventBridgeEvent, ...path: (string | number)[]): Json | undefined =>
  detailValue(event, "insightDetails", ...path);

const text = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** CloudTrail's averages are per minute. */
const rate = (value: Json | undefined): string | undefined =>
  typeof value === "number" ? `${Number(value.toPrecision(3))} a minute` : undefined;

function principals(event: EventBridgeEvent): string | undefined {
  const attributions = insight(event, "insightContext", "attributions");
  for (const attribution of Array.isArray(attributions) ? attributions : []) {
    if (!isJsonObject(attribution)) continue;
    const { attribute, insight: most } = attribution;
    if (attribute !== "userIdentityArn" || !Array.isArray(most)) continue;
    const names = most.map((each) => (isJsonObject(each) ? each["value"] : undefined));
    return (
      names
        .filter((name) => typeof name === "string")
        .slice(0, MOST_PRINCIPALS)
        .join(", ") || undefined
    );
  }
  return undefined;
}
