/** EC2 instances, their volumes and network interfaces are tagged with their owner. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Control } from "../lib/control";
import { INSTANCE, type ResourceReference, resourceFrom } from "../lib/resources";
import { apiCalls, detailValue } from "../lib/event-fields";
import { permissions } from "./permissions";

/** All instances that the call ran or started. */
function instancesOf(event: EventBridgeEvent): ResourceReference[] {
  const items = detailValue(event, "responseElements", "instancesSet", "items");
  return (Array.isArray(items) ? items : []).flatMap(
    (_, index) =>
      resourceFrom(
        event,
        INSTANCE,
        detailValue(event, "responseElements", "instancesSet", "items", index, "instanceId"),
      ) ?? [],
  );
}

export const control: Control = {
  id: "ec2-instance-owner-tagged",
  title: "EC2 instances, their volumes and interfaces are tagged with their owner",
  description:
    "An instance that nobody claims is patched by nobody and paid for by everybody. Instances that are run or started get the tags " +
    "owner, creator and created-at from the call, and so do their volumes and network interfaces; instances of Auto Scaling get their " +
    "group as owner. An existing tag is never overwritten, in upper or lower case.",
  severity: "low",
  frameworks: ["AWS Well-Architected COST 3", "NIST 800-53 r5 CM-8", "CIS Controls 8.1 1.1"],
  resourceType: INSTANCE.type,
  pattern: apiCalls("ec2", ["RunInstances", "StartInstances"]),
  resource: (event) => instancesOf(event)[0],
  furtherResources: (event) => instancesOf(event).slice(1),
  ...permissions,
  remediationSteps:
    "Tag the instance, its volumes and its interfaces with `owner`: the person or team responsible for it. Let the program that " +
    "creates instances set the tag, for example with its provider's default tags.",
};
