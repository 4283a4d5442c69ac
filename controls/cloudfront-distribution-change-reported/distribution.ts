/** Reads the calls that change distributions. */
import { isJsonObject, type EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Description } from "../lib/control";
import { detailValue, knownFacts, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceReference, type ResourceShape } from "../lib/resources";

export const DISTRIBUTION: ResourceShape = {
  type: "AWS::CloudFront::Distribution",
  id: /^E[A-Z0-9]{5,20}$/,
  arn: ({ partition, account, id }) => `arn:${partition}:cloudfront::${account}:distribution/${id}`,
};

/** A tenant serves names of its own by the configuration of its distribution. */
export const TENANT: ResourceShape = {
  type: "AWS::CloudFront::DistributionTenant",
  id: /^dt_[A-Za-z0-9]{5,64}$/,
  arn: ({ partition, account, id }) => `arn:${partition}:cloudfront::${account}:distribution-tenant/${id}`,
};

/** What a call does, as a sentence after "The distribution E…". */
const DONE: Readonly<Record<string, string>> = {
  CreateDistribution: "was created",
  CreateDistributionWithTags: "was created",
  CopyDistribution: "was created as a copy",
  UpdateDistribution: "was changed",
  UpdateDistributionWithStagingConfig: "was changed to the configuration of its staging distribution",
  DeleteDistribution: "was deleted",
  AssociateAlias: "was given a name of another distribution",
  UpdateDomainAssociation: "was given a name of another distribution",
  AssociateDistributionWebACL: "was given another web ACL",
  DisassociateDistributionWebACL: "was deprived of its web ACL",
  CreateDistributionTenant: "was created",
  UpdateDistributionTenant: "was changed",
  DeleteDistributionTenant: "was deleted",
  AssociateDistributionTenantWebACL: "was given another web ACL",
  DisassociateDistributionTenantWebACL: "was deprived of its web ACL",
};

/** CloudTrail's names of the calls, without the version of the API. */
export const CHANGES = Object.keys(DONE);

const callOf = (event: EventBridgeEvent): string =>
  (textIn(event, "eventName") ?? "").replace(/20\d\d_\d\d_\d\d$/, "");

/** Calls name the distribution or the tenant; only the answer has the id of a new one. */
export function distributionOf(event: EventBridgeEvent): ResourceReference | undefined {
  const tenant =
    textIn(event, "responseElements", "distributionTenant", "id") ??
    textIn(event, "requestParameters", "targetResource", "distributionTenantId") ??
    (callOf(event).includes("Tenant") ? textIn(event, "requestParameters", "id") : undefined);
  if (tenant !== undefined) return resourceFrom(event, TENANT, tenant);
  const distribution =
    textIn(event, "responseElements", "distribution", "id") ??
    textIn(event, "requestParameters", "id") ??
    textIn(event, "requestParameters", "targetDistributionId") ??
    textIn(event, "requestParameters", "targetResource", "distributionId");
  return resourceFrom(event, DISTRIBUTION, distribution);
}

export function describeChange(event: EventBridgeEvent): Description {
  const resource = distributionOf(event);
  const what = resource?.type === TENANT.type ? "distribution tenant" : "distribution";
  const config = (...path: string[]) =>
    detailValue(event, "responseElements", "distribution", "distributionConfig", ...path);
  const policy = config("defaultCacheBehavior", "viewerProtocolPolicy");
  const findings = [`The ${what} ${resource?.id ?? "?"} ${DONE[callOf(event)] ?? "was touched"}.`];
  if (policy === "allow-all") findings.push("It serves its pages over plain HTTP too.");
  const enabled = config("enabled");
  return {
    report: true,
    findings,
    facts: knownFacts({
      Domain: textIn(event, "responseElements", "distribution", "domainName"),
      Names:
        listed(config("aliases", "items"), undefined) ??
        textIn(event, "requestParameters", "alias") ??
        listed(detailValue(event, "requestParameters", "domains"), "domain") ??
        textIn(event, "requestParameters", "domain"),
      "Web ACL": textIn(event, "requestParameters", "webACLArn"),
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
