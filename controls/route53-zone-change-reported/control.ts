/** Reports changes to hosted zones. */
import type { Json } from "@bailiwick/aws-events/record";
import { apiCalls, detailValue, knownFacts, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceShape } from "../lib/resources";
import type { Control, Description } from "../lib/control";

export const ZONE: ResourceShape = {
  type: "AWS::Route53::HostedZone",
  id: /^Z[A-Z0-9]{1,31}$/,
  arn: ({ partition, id }) => `arn:${partition}:route53:::hostedzone/${id}`,
};

/** Records that others rely on: who receives the domain's mail, may issue its certificates, serves its records. */
const SENSITIVE = ["NS", "MX", "CAA", "DS", "SOA"];
const MOST_RECORDS = 10;

export const control: Control = {
  id: "route53-zone-change-reported",
  formerIds: ["route53-zone-change-told"],
  title: "Hosted zone created or deleted, or sensitive DNS record changed",
  description:
    "Whoever controls a domain's zone receives its mail and gets certificates in its name. Creations and deletions of zones are " +
    "reported, and so are changes to NS, MX, CAA, DS and SOA records. Changes to addresses and texts, which programs make all day, are " +
    "not. Route 53 is global: its calls are recorded in us-east-1.",
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
    "If nobody expected the change, restore the records (the call in CloudTrail shows what changed), check the delegation at the " +
    "registrar, and look for certificates issued meanwhile in the certificate transparency logs.",
  unpreventable: "Changing records is no fault, and a change made by a program has been reviewed with it.",
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
        const sentences = (Array.isArray(changes) ? changes : []).flatMap(sensitive);
        if (sentences.length === 0)
          return { report: false, why: "No NS, MX, CAA, DS or SOA record was changed." };
        const more =
          sentences.length > MOST_RECORDS ? [`… and ${sentences.length - MOST_RECORDS} more.`] : [];
        return {
          report: true,
          findings: [...sentences.slice(0, MOST_RECORDS), ...more],
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
