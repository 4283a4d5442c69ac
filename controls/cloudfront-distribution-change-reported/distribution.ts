/** Reads the calls that change distributions. */
import { isJsonObject, type EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Description } from "../lib/control";
import { detailValue, knownFacts, textIn } from "../lib/event-fields";
import type { ResourceShape } from "../lib/resources";

export const DISTRIBUTION: ResourceShape = {
  type: "AWS::CloudFront::Distribution",
  id: /^E[A-Z0-9]{5,20}$/,
  arn: ({ partition, account, id }) => `arn:${partition}:cloudfront::${account}:distribution/${id}`,
};

const DONE: Readonly<Record<string, string>> = { Create: "created", Update: "changed", Delete: "deleted" };

export function describeChange(event: EventBridgeEvent): Description {
  const id =
    textIn(event, "responseElements", "distribution", "id") ??
    textIn(event, "requestParameters", "id") ??
    "?";
  const verb = /^(Create|Update|Delete)/.exec(textIn(event, "eventName") ?? "")?.[1] ?? "";
  const config = (...path: string[]) =>
    detailValue(event, "responseElements", "distribution", "distributionConfig", ...path);
  const policy = config("defaultCacheBehavior", "viewerProtocolPolicy");
  const findings = [`The distribution ${id} was ${DONE[verb] ?? "touched"}.`];
  if (policy === "allow-all") findings.push("It serves its pages over plain HTTP too.");
  const enabled = config("enabled");
  return {
    report: true,
    findings,
    facts: knownFacts({
      Domain: textIn(event, "responseElements", "distribution", "domainName"),
      Names: listed(config("aliases", "items"), undefined),
      Origins: listed(config("origins", "items"), "domainName"),
      "Viewer protocol": typeof policy === "string" ? policy : undefined,
      Enabled: typeof enabled === "boolean" ? (enabled ? "yes" : "no") : undefined,
    }),
  };
}

/** The list's texts, or the field `name` of its objects; undefined when there are none. */
function listed(items: ReturnType<typeof detailValue>, name: string | undefined): string | undefined {
  const texts = (Array.isArray(items) ? items : []).map((item) =>
    name !== undefined && isJsonObject(item) ? item[name] : item,
  );
  return texts.filter((text) => typeof text === "string").join(", ") || undefined;
}
