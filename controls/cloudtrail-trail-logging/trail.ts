/** Which trail an event is about. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { detailValue } from "../lib/event-fields";
import { resourceFrom, type ResourceReference, type ResourceShape } from "../lib/resources";
import { tagsIn } from "../lib/tags";

export const TRAIL: ResourceShape = {
  type: "AWS::CloudTrail::Trail",
  id: /^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/,
  arn: ({ partition, account, region, id }) => `arn:${partition}:cloudtrail:${region}:${account}:trail/${id}`,
};

/** Calls name a trail by its name, which is valid in its home region, or by its ARN, which contains the home region. */
export function trailOf(event: EventBridgeEvent): ResourceReference | undefined {
  const named =
    detailValue(event, "requestParameters", "name") ?? detailValue(event, "requestParameters", "trailName");
  return resourceFrom(event, TRAIL, named);
}

export function taggedTrail(event: EventBridgeEvent, key: string) {
  const name = event.detail["eventName"];
  if (name !== "AddTags" && name !== "RemoveTags") return [];
  const tags = tagsIn(detailValue(event, "requestParameters", "tagsList"), "key", "value");
  const named = detailValue(event, "requestParameters", "resourceId");
  const resource = tags.has(key) ? resourceFrom(event, TRAIL, named) : undefined;
  return resource ? [{ resource, value: name === "AddTags" ? tags.get(key) : undefined }] : [];
}
