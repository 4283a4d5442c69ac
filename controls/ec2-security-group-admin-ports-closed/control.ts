/** No security group opens a port of remote administration to the internet. */
import * as v from "valibot";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Control } from "../lib/control";
import { tagsIn } from "../lib/tags";
import { apiCalls, detailValue } from "../lib/event-fields";
import { resourceFrom, type ResourceShape } from "../lib/resources";
import { parametersOf, wholeNumber } from "../lib/parameters";

export interface AdminPorts {
  /** The ports to keep closed, 0–65535, for TCP and UDP alike. Default 22 (SSH) and 3389 (RDP). */
  ports: number[];
}

export const GROUP: ResourceShape = {
  type: "AWS::EC2::SecurityGroup",
  id: /^sg-[0-9a-f]{8,17}$/,
  arn: ({ partition, account, region, id }) =>
    `arn:${partition}:ec2:${region}:${account}:security-group/${id}`,
};

export const parameters = parametersOf({
  ports: v.optional(
    v.pipe(
      v.array(wholeNumber(0, 65_535), "a list of ports"),
      v.minLength(1, "at least one port; to check none, set the control's mode to off"),
      v.maxLength(50, "at most 50 ports"),
    ),
    [22, 3389],
  ),
});

export const control: Control<AdminPorts> = {
  id: "ec2-security-group-admin-ports-closed",
  title: "Security groups keep administration ports closed to the internet",
  description:
    "Scanners find SSH and RDP that are open to the internet within minutes, and try stolen passwords from then on. A rule that lets " +
    "the whole internet reach one of these ports, alone, in a range or as all traffic, is revoked; all other rules remain.",
  severity: "high",
  frameworks: [
    "CIS AWS Foundations 3.0 5.2",
    "CIS AWS Foundations 3.0 5.3",
    "AWS FSBP EC2.13",
    "AWS FSBP EC2.14",
    "PCI DSS 4.0 1.3.1",
  ],
  resourceType: GROUP.type,
  pattern: apiCalls("ec2", ["AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules"]),
  // The id is in one of three places: older callers send only groupName, and then only the response has it.
  resource: (event) =>
    resourceFrom(
      event,
      GROUP,
      detailValue(event, "requestParameters", "groupId") ??
        detailValue(event, "requestParameters", "ModifySecurityGroupRulesRequest", "GroupId") ??
        detailValue(event, "responseElements", "securityGroupRuleSet", "items", 0, "groupId"),
    ),
  permissions: (scope) => [
    // EC2's Describe calls take no resources; they only read, and only in the session's region.
    {
      Sid: "ReadRules",
      Effect: "Allow",
      Action: ["ec2:DescribeSecurityGroupRules", "ec2:DescribeTags"],
      Resource: "*",
      ...(scope.region === "*"
        ? {}
        : { Condition: { StringEquals: { "aws:RequestedRegion": scope.region } } }),
    },
    {
      Sid: "RevokeRules",
      Effect: "Allow",
      Action: "ec2:RevokeSecurityGroupIngress",
      Resource: GROUP.arn(scope),
    },
  ],
  undoPermissions: (scope) => [
    {
      Sid: "RestoreRules",
      Effect: "Allow",
      Action: "ec2:AuthorizeSecurityGroupIngress",
      Resource: GROUP.arn(scope),
    },
  ],
  tagging: {
    pattern: (key) => ({
      ...apiCalls("ec2", ["CreateTags", "DeleteTags"]),
      detail: {
        ...apiCalls("ec2", ["CreateTags", "DeleteTags"]).detail,
        requestParameters: { tagSet: { items: { key: [key] } } },
      },
    }),
    resources: taggedGroups,
  },
  parameters,
  remediationSteps:
    "Remove the inbound rule, or narrow its source to the addresses of your offices or your VPN, or to another security group. For " +
    "access to instances use Session Manager or EC2 Instance Connect Endpoint, which need no open port.",
};

/** One call may tag up to a thousand resources of any type. */
function taggedGroups(event: EventBridgeEvent, key: string) {
  const name = event.detail["eventName"];
  if (name !== "CreateTags" && name !== "DeleteTags") return [];
  const tags = tagsIn(detailValue(event, "requestParameters", "tagSet", "items"), "key", "value");
  const items = detailValue(event, "requestParameters", "resourcesSet", "items");
  if (!tags.has(key) || !Array.isArray(items)) return [];
  return items.flatMap((item) => {
    const id =
      typeof item === "object" && item !== null && !Array.isArray(item) ? item["resourceId"] : undefined;
    const resource = resourceFrom(event, GROUP, id);
    return resource ? [{ resource, value: name === "CreateTags" ? tags.get(key) : undefined }] : [];
  });
}
