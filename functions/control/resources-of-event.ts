/** Which resources an event is about, and what it says of their exemption. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { modeOf } from "../../contract/control-settings";
import { exemptionTagKey } from "../../contract/names";
import type { CatalogueEntry } from "../../controls/lib/control";
import { MALFORMED, PermanentError } from "../../controls/lib/errors";
import type { ResourceReference } from "../../controls/lib/resources";
import { classifyError } from "../lib/classify-error";
import { allowedPrincipal } from "./exemptions";
import type { ControlRuntime } from "./work";

/**
 * The resources to read, in governed accounts in which the control isn't off, and how many are in others. An event that sets or removes the exempting tag is recorded
 * first, with whether its caller may exempt, because the tag itself doesn't say who set it.
 * @throws PermanentError when the event names no resource, RetryableError when the ledger can't be written
 */
export async function resourcesOfEvent(
  { control, settings, ledger }: ControlRuntime,
  event: EventBridgeEvent,
): Promise<{ resources: ResourceReference[]; ungoverned: number }> {
  const resources = await namedResources({ control, settings, ledger }, event);
  const governed = resources.filter(({ account }) => settings.governedAccounts.includes(account));
  return {
    resources: governed.filter(({ account }) => modeOf(settings, account) !== "off"),
    ungoverned: resources.length - governed.length,
  };
}

async function namedResources(
  { control, settings, ledger }: Pick<ControlRuntime, "control" | "settings" | "ledger">,
  event: EventBridgeEvent,
): Promise<ResourceReference[]> {
  const tagged =
    settings.taggers.length > 0 ? (control.tagging?.resources(event, exemptionTagKey(control.id)) ?? []) : [];
  if (tagged.length === 0)
    return distinct([resourceOf(control, event), ...(control.furtherResources?.(event) ?? [])]);
  const { eventTime, errorCode } = event.detail;
  const at = typeof eventTime === "string" ? eventTime : event.time;
  const principal = allowedPrincipal(event, settings.taggers);
  for (const { resource, value } of errorCode === undefined ? tagged : []) {
    const setting = value === undefined ? undefined : { value, ...(principal ? { principal } : {}) };
    try {
      await ledger.recordTagging(control.id, resource.arn, at, setting);
    } catch (error) {
      throw classifyError(error, `recording who tagged ${resource.arn}`);
    }
  }
  return tagged.map(({ resource }) => resource);
}

function resourceOf(control: CatalogueEntry, event: EventBridgeEvent): ResourceReference {
  const resource = control.resource(event);
  if (resource) return resource;
  throw new PermanentError(
    `The event ${event.id} names no ${control.resourceType} that could exist. If it is genuine, the control ${control.id} must be ` +
      "changed to find the resource that it names.",
    { kind: MALFORMED },
  );
}

const distinct = (resources: ResourceReference[]): ResourceReference[] => [
  ...new Map(resources.map((resource) => [resource.arn, resource])).values(),
];
