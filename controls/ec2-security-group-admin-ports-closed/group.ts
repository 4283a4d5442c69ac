/** Which security groups an event is about. */
import { isJsonObject, type EventBridgeEvent } from "@bailiwick/aws-events/record";
import { detailValue } from "../lib/event-fields";
import { resourceFrom, type ResourceReference, type ResourceShape } from "../lib/resources";
import { tagsIn } from "../lib/tags";

export const GROUP: ResourceShape = {
  type: "AWS::EC2::SecurityGroup",
  id: /^sg-[0-9a-f]{8,17}$/,
  arn: ({ partition, account, region, id }) =>
    `arn:${partition}:ec2:${region}:${account}:security-group/${id}`,
};

/** The id is in one of three places: older callers send only groupName, and then only the response has it. */
export function groupOf(event: EventBridgeEvent): ResourceReference | undefined {
  return resourceFrom(
    event,
    GROUP,
    detailValue(event, "requestParameters", "groupId") ??
      detailValue(event, "requestParameters", "ModifySecurityGroupRulesRequest", "GroupId") ??
      detailValue(event, "responseElements", "securityGroupRuleSet", "items", 0, "groupId"),
  );
}

/** One call may tag up to a thousand resources of any type. */
export function taggedGroups(event: EventBridgeEvent, key: string) {
  const name = event.detail["eventName"];
  if (name !== "CreateTags" && name !== "DeleteTags") return [];
  const tags = tagsIn(detailValue(event, "requestParameters", "tagSet", "items"), "key", "value");
  const items = detailValue(event, "requestParameters", "resourcesSet", "items");
  if (!tags.has(key) || !Array.isArray(items)) return [];
  return items.flatMap((item) => {
    const resource = resourceFrom(event, GROUP, isJsonObject(item) ? item["resourceId"] : undefined);
    return resource ? [{ resource, value: name === "CreateTags" ? tags.get(key) : undefined }] : [];
  });
}
