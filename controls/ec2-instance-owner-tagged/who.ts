/** Who created or started an instance, in the form of its tags. */
import { isJsonObject, type EventBridgeEvent, type JsonObject } from "@bailiwick/aws-events/record";
import { detailValue, textIn } from "../lib/event-fields";
import { tagsIn } from "../lib/tags";
import { whoDid } from "../lib/who-did";

/** As the SDK has it. */
interface Tag {
  Key: string;
  Value: string;
}

/** The tags this control sets, and no others. */
export const TAG_KEYS = ["owner", "creator", "created-at"] as const;
export type TagKey = (typeof TAG_KEYS)[number];

/** Tag values take letters, digits, spaces and _ . : / = + - @, at most 256. */
const toTagValue = (text: string): string => text.replace(/[^\p{L}\p{N} _.:/=+\-@]/gu, "-").slice(0, 256);

export interface Who {
  /** A person where there is one: user name, session name, or the role of a program. */
  owner: string;
  /** The principal's ARN, or the service's name. */
  creator: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** Undefined if the event doesn't say who did it: it names nobody, or a control that remediated what somebody did before. */
export function whoOf(event: EventBridgeEvent, group: string | undefined): Who | undefined {
  const caller = whoDid(event);
  if (caller === undefined || caller.kind === "control") return undefined;
  const at = textIn(event, "eventTime") ?? event.time;
  // Nobody created these by hand: the owner of the group owns its instances.
  const owner = group === undefined ? caller.name : `auto-scaling-group/${group}`;
  return { owner: toTagValue(owner), creator: toTagValue(caller.principal), at };
}

/**
 * The tags that a launch itself set, by its request and its answer, which has those of a launch template as well. `type`: `instance`,
 * `volume` or `network-interface`. A read right after the call need not have them yet.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
 */
export function tagsOfLaunch(event: EventBridgeEvent, type: string, id: string): Tag[] {
  const asked = itemsIn(event, "requestParameters", "tagSpecificationSet").filter(
    (each) => each["resourceType"] === type,
  );
  const answered = itemsIn(event, "responseElements", "instancesSet").filter(
    (each) => each["instanceId"] === id,
  );
  return [...asked.map(({ tags }) => tags), ...answered.map(({ tagSet }) => tagSet)].flatMap((tags) =>
    // CloudTrail writes a list of the request as it is, and one of the answer into an object.
    [...tagsIn(isJsonObject(tags) ? tags["items"] : tags, "key", "value")].map(([Key, Value]) => ({
      Key,
      Value,
    })),
  );
}

function itemsIn(event: EventBridgeEvent, ...path: string[]): JsonObject[] {
  const items = detailValue(event, ...path, "items");
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}
