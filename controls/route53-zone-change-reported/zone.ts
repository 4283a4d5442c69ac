/** Reads the calls that change hosted zones. */
import { isJsonObject, type EventBridgeEvent, type Json } from "@bailiwick/aws-events/record";
import type { Description } from "../lib/control";
import { detailValue, knownFacts, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceReference, type ResourceShape } from "../lib/resources";

export const ZONE: ResourceShape = {
  type: "AWS::Route53::HostedZone",
  id: /^Z[A-Z0-9]{1,31}$/,
  arn: ({ partition, id }) => `arn:${partition}:route53:::hostedzone/${id}`,
};

/** Records that others rely on: who receives the domain's mail, may issue its certificates, serves its records. */
const SENSITIVE = ["NS", "MX", "CAA", "DS", "SOA"];
const MOST_RECORDS = 10;

export function zoneOf(event: EventBridgeEvent): ResourceReference | undefined {
  return resourceFrom(
    event,
    ZONE,
    (
      textIn(event, "requestParameters", "hostedZoneId") ??
      textIn(event, "requestParameters", "id") ??
      textIn(event, "responseElements", "hostedZone", "id")
    )?.replace(/^\/?hostedzone\//, ""),
  );
}

export function describeChange(event: EventBridgeEvent): Description {
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
    case "EnableHostedZoneDNSSEC":
    case "DisableHostedZoneDNSSEC": {
      const done =
        event.detail["eventName"] === "EnableHostedZoneDNSSEC" ? "signed with" : "no longer signed with";
      return { report: true, findings: [`The hosted zone ${id ?? "?"} is ${done} DNSSEC.`], facts: {} };
    }
    case "AssociateVPCWithHostedZone":
    case "DisassociateVPCFromHostedZone": {
      const done =
        event.detail["eventName"] === "AssociateVPCWithHostedZone" ? "resolves" : "no longer resolves";
      const vpc = (name: string) =>
        textIn(event, "requestParameters", "vPC", name) ?? textIn(event, "requestParameters", "VPC", name);
      const network = vpc("vPCId") ?? vpc("VPCId") ?? "?";
      return {
        report: true,
        findings: [`The VPC ${network} ${done} names of the hosted zone ${id ?? "?"}.`],
        facts: knownFacts({ Region: vpc("vPCRegion") ?? vpc("VPCRegion") }),
      };
    }
    default: {
      const changes = detailValue(event, "requestParameters", "changeBatch", "changes");
      const sentences = (Array.isArray(changes) ? changes : []).flatMap(sensitive);
      if (sentences.length === 0)
        return { report: false, why: "No NS, MX, CAA, DS or SOA record was changed." };
      const more = sentences.length > MOST_RECORDS ? [`… and ${sentences.length - MOST_RECORDS} more.`] : [];
      return {
        report: true,
        findings: [...sentences.slice(0, MOST_RECORDS), ...more],
        facts: knownFacts({ "Hosted zone": id }),
      };
    }
  }
}

function sensitive(change: Json): string[] {
  if (!isJsonObject(change)) return [];
  const { action, resourceRecordSet: set } = change;
  if (!isJsonObject(set)) return [];
  const { name, type } = set;
  if (typeof type !== "string" || !SENSITIVE.includes(type)) return [];
  const done = action === "DELETE" ? "deleted" : action === "CREATE" ? "created" : "changed";
  return [`The ${type} record of ${typeof name === "string" ? name : "?"} was ${done}.`];
}
