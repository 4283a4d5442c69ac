/** Reports changes to hosted zones. */
import type { Control } from "../lib/control";
import { apiCalls } from "../lib/event-fields";
import { describeChange, ZONE, zoneOf } from "./zone";

export const control: Control = {
  id: "route53-zone-change-reported",
  formerIds: ["route53-zone-change-told"],
  title: "Hosted zone created or deleted, or sensitive DNS record changed",
  description:
    "Whoever controls a domain's zone receives its mail and gets certificates in its name. Creations and deletions of zones are " +
    "reported, and so are changes to NS, MX, CAA, DS and SOA records, to DNSSEC and to the VPCs of private zones. Changes to addresses and texts, which programs make all day, are " +
    "not. Route 53 is global: its calls are recorded in us-east-1.",
  severity: "medium",
  frameworks: ["NIST 800-53 r5 CM-3", "NIST 800-53 r5 SC-20"],
  resourceType: ZONE.type,
  global: true,
  pattern: apiCalls("route53", [
    "CreateHostedZone",
    "DeleteHostedZone",
    "ChangeResourceRecordSets",
    "EnableHostedZoneDNSSEC",
    "DisableHostedZoneDNSSEC",
    "AssociateVPCWithHostedZone",
    "DisassociateVPCFromHostedZone",
  ]),
  resource: zoneOf,
  remediationSteps:
    "If nobody expected the change, restore the records (the call in CloudTrail shows what changed), check the delegation at the " +
    "registrar, and look for certificates issued meanwhile in the certificate transparency logs.",
  unpreventable: "Changing records is no fault, and a change made by a program has been reviewed with it.",
  describe: describeChange,
};
