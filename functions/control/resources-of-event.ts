/** Which resources an event is about, and what it says of their exemption. */
import type { ResourceReference } from "../../controls/lib/resources";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { resourceOf, type Actor } from "./process-event";
import { exemptionTagKey } from "../../contract/names";
import { allowedPrincipal } from "./exemptions";
import { classify } from "../lib/classify-error";
import { modeOf } from "../../contract/control-settings";

/**
 * The resources to look at. Of an event that sets or removes the exempting tag it is first kept what it did, and whether by someone who
 * may: the tag itself doesn't say. Throws PermanentError when the event names no resource, RetryableError when the ledger can't be written.
 */
export async function targetsOf(actor: Actor, event: EventBridgeEvent): Promise<ResourceReference[]> {
  const { control, settings, ledger } = actor;
  const on = ({ account }: ResourceReference) => modeOf(settings, account) !== "off";
  const tagged =
    settings.taggers.length > 0 ? (control.tagging?.resources(event, exemptionTagKey(control.id)) ?? []) : [];
  if (tagged.length === 0)
    return distinct([resourceOf(control, event), ...(control.furtherResources?.(event) ?? [])]).filter(on);
  const at = typeof event.detail["eventTime"] === "string" ? event.detail["eventTime"] : event.time;
  const principal = allowedPrincipal(event, settings.taggers);
  const failed = event.detail["errorCode"] !== undefined;
  for (const { resource, value } of failed ? [] : tagged) {
    const setting = value === undefined ? undefined : { value, ...(principal ? { principal } : {}) };
    try {
      await ledger.keepGrant(control.id, resource.arn, at, setting);
    } catch (error) {
      throw classify(error, `keeping who tagged ${resource.arn}`);
    }
  }
  return tagged.map(({ resource }) => resource).filter(on);
}

const distinct = (resources: ResourceReference[]): ResourceReference[] => [
  ...new Map(resources.map((resource) => [resource.arn, resource])).values(),
];
