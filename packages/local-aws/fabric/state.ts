/** Which events a rule receives, by its state. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { RuleState } from "./services";

/** To EventBridge, calls with these names are reads, except two calls that return credentials. */
const READS = /^(Describe|Get|List)/;
const RETURNS_CREDENTIALS = new Set(["GetFederationToken", "GetSessionToken"]);

/**
 * Whether it is a management event of CloudTrail that only reads, which rules in state ENABLED don't receive
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html).
 */
export function isReadOnlyManagementEvent(event: EventBridgeEvent): boolean {
  if (!event["detail-type"].endsWith("via CloudTrail")) return false;
  const { eventName, eventSource, eventCategory, managementEvent } = event.detail;
  if (typeof eventName !== "string" || !READS.test(eventName)) return false;
  if (eventCategory === "Data" || managementEvent === false) return false;
  return !(eventSource === "sts.amazonaws.com" && RETURNS_CREDENTIALS.has(eventName));
}

/** Why a rule in this state doesn't receive the event; undefined if it does. */
export function reasonWithheld(state: RuleState, event: EventBridgeEvent): string | undefined {
  if (state === "DISABLED") return "the rule is DISABLED";
  if (state === "ENABLED" && isReadOnlyManagementEvent(event)) {
    return (
      "read-only management events reach only rules in state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, " +
      "and this one is ENABLED"
    );
  }
  return undefined;
}
