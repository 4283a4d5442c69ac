/** Reports changes to CloudFront distributions. */
import { apiCalls, detailValue, knownFacts, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceShape } from "../lib/resources";
import type { Control, Description } from "../lib/control";

export const DISTRIBUTION: ResourceShape = {
  type: "AWS::CloudFront::Distribution",
  id: /^E[A-Z0-9]{5,20}$/,
  arn: ({ partition, account, id }) => `arn:${partition}:cloudfront::${account}:distribution/${id}`,
};

const VERSION = "2020_05_31";
const DONE: Readonly<Record<string, string>> = { Create: "created", Update: "changed", Delete: "deleted" };

export const control: Control = {
  id: "cloudfront-distribution-change-reported",
  formerIds: ["cloudfront-distribution-change-told"],
  title: "CloudFront distribution created, changed or deleted",
  description:
    "A distribution decides where a website's visitors get its pages from. Each creation, change and deletion is reported with the " +
    "distribution's origins, its names and how it treats plain HTTP. CloudFront is global: its calls are recorded in us-east-1.",
  severity: "medium",
  frameworks: ["AWS FSBP CloudFront.3", "NIST 800-53 r5 CM-3"],
  resourceType: DISTRIBUTION.type,
  global: true,
  pattern: apiCalls("cloudfront", [
    ...[
      "CreateDistribution",
      "CreateDistributionWithTags",
      "UpdateDistribution",
      "DeleteDistribution",
    ].flatMap((name) => [`${name}${VERSION}`, name]),
  ]),
  resource: (event) =>
    resourceFrom(
      event,
      DISTRIBUTION,
      detailValue(event, "responseElements", "distribution", "id") ??
        detailValue(event, "requestParameters", "id"),
    ),
  permissions: () => [],
  remediationSteps:
    "If nobody expected the change, compare the distribution's configuration with the program that manages it, and deploy that program " +
    "again. Check new origins first: they see what visitors send.",
  unpreventable:
    "Changing a distribution is no fault, and a change made by a program has been reviewed with it.",
  describe(event): Description {
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
  },
};

/** The list's texts, or the field `name` of its objects; undefined when there are none. */
function listed(items: ReturnType<typeof detailValue>, name: string | undefined): string | undefined {
  const texts = (Array.isArray(items) ? items : []).map((item) =>
    name !== undefined && typeof item === "object" && item !== null && !Array.isArray(item)
      ? item[name]
      : item,
  );
  return texts.filter((text) => typeof text === "string").join(", ") || undefined;
}
