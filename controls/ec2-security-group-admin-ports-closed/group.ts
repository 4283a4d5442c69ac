/** Which security groups, or which prefix list, an event is about. */
import { isJsonObject, type EventBridgeEvent } from "@bailiwick/aws-events/record";
import { detailValue, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceReference, type ResourceShape } from "../lib/resources";
import { tagsIn } from "../lib/tags";

export const GROUP: ResourceShape = {
  type: "AWS::EC2::SecurityGroup",
  id: /^sg-[0-9a-f]{8,17}$/,
  arn: ({ partition, account, region, id }) =>
    `arn:${partition}:ec2:${region}:${account}:security-group/${id}`,
};

export const PREFIX_LIST: ResourceShape = {
  type: "AWS::EC2::PrefixList",
  id: /^pl-[0-9a-f]{8,17}$/,
  arn: ({ partition, account, region, id }) => `arn:${partition}:ec2:${region}:${account}:prefix-list/${id}`,
};

/**
 * A group's id is in one of three places: older callers send only groupName, and then only the response has it. EC2's younger calls
 * have an object around their parameters.
 */
export function groupOf(event: EventBridgeEvent): ResourceReference | undefined {
  const name = textIn(event, "eventName") ?? "";
  if (name.includes("ManagedPrefixList"))
    return resourceFrom(
      event,
      PREFIX_LIST,
      detailValue(event, "requestParameters", `${name}Request`, "PrefixListId") ??
        detailValue(event, "requestParameters", "prefixListId"),
    );
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
