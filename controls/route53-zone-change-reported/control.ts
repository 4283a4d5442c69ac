/** Whoever answers for a domain learns of changes of its hosted zone. */
import type { Json } from "@bailiwick/aws-events/record";
import {
  apiCalls,
  detailValue,
  knownFacts,
  resourceFrom,
  textIn,
  type ResourceShape,
} from "../lib/event-fields";
import type { Control, Description } from "../lib/control";

export const ZONE: ResourceShape = {
  type: "AWS::Route53::HostedZone",
  id: /^Z[A-Z0-9]{1,31}$/,
  arn: ({ partition, id }) => `arn:${partition}:route53:::hostedzone/${id}`,
};

/** Records that others trust a domain by: who receives its mail, who may issue certificates for it, who answers for it. */
const SENSITIVE = ["NS", "MX", "CAA", "DS", "SOA"];
const MOST_RECORDS = 10;

export const control: Control = {
  id: "route53-zone-change-reported",
  title: "Creations and deletions of hosted zones, and changes of what domains are trusted by, are told",
  description:
    "Who holds a domain's zone receives its mail and gets certificates in its name. Zones that are created or deleted are told, and so " +
    "are changes of NS, MX, CAA, DS and SOA records; addresses and texts, which programs change all day, are not. Route 53 is global: " +
    "its calls are recorded in us-east-1.",
  severity: "medium",
  frameworks: ["NIST 800-53 r5 CM-3", "NIST 800-53 r5 SC-20"],
  resourceType: ZONE.type,
  global: true,
  pattern: apiCalls("route53", ["CreateHostedZone", "DeleteHostedZone", "ChangeResourceRecordSets"]),
  resource: (event) =>
    resourceFrom(
      event,
      ZONE,
      (
        textIn(event, "requestParameters", "hostedZoneId") ??
        textIn(event, "requestParameters", "id") ??
        textIn(event, "responseElements", "hostedZone", "id")
      )?.replace(/^\/?hostedzone\//, ""),
    ),
  permissions: () => [],
  remediationSteps:
    "If nobody expected the change: put the records back as the change in CloudTrail shows them, check the delegation at the registrar " +
    "and look for certificates issued meanwhile in the certificate transparency logs.",
  describe(event): Description {
    const name =
      textIn(event, "responseElements", "hostedZone", "name") ?? textIn(event, "requestParameters", "name");
    const id = (
      textIn(event, "requestParameters", "hostedZoneId") ?? textIn(event, "requestParameters", "id")
    )?.replace(/^.*\//, "");
    const privateZone = detailValue(event, "responseElements", "hostedZone", "config", "privateZone");
    switch (event.detail["eventName"]) {
      case "CreateHostedZone": {
        const kind = privateZone === true ? "private" : "public";
        return {
          report: true,
          findings: [`The ${kind} hosted zone ${name ?? "?"} was created.`],
          facts: knownFacts({ Domain: name }),
        };
      }
      case "DeleteHostedZone":
        return { report: true, findings: [`The hosted zone ${id ?? "?"} was deleted.`], facts: {} };
      default: {
        const changes = detailValue(event, "requestParameters", "changeBatch", "changes");
        const told = (Array.isArray(changes) ? changes : []).flatMap(sensitive);
        if (told.length === 0)
          return { report: false, why: "No record was changed that the domain is trusted by." };
        const more = told.length > MOST_RECORDS ? [`… and ${told.length - MOST_RECORDS} more.`] : [];
        return {
          report: true,
          findings: [...told.slice(0, MOST_RECORDS), ...more],
          facts: knownFacts({ "Hosted zone": id }),
        };
      }
    }
  },
};

function sensitive(change: Json): string[] {
  if (typeof change !== "object" || change === null || Array.isArray(change)) return [];
  const { action, resourceRecordSet: set } = change;
  if (typeof set !== "object" || set === null || Array.isArray(set)) return [];
  const { name, type } = set;
  if (typeof type !== "string" || !SENSITIVE.includes(type)) return [];
  const done = action === "DELETE" ? "deleted" : action === "CREATE" ? "created" : "changed";
  return [`The ${type} record of ${typeof name === "string" ? name : "?"} was ${done}.`];
}
