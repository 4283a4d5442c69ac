/** Every EC2 instance says who it belongs to, and so do its volumes and network interfaces. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Control, PermissionScope, PolicyStatement, ResourceReference } from "../lib/control";
import { apiCalls, detailValue, resourceFrom, type ResourceShape } from "../lib/event-fields";
import { TAG_KEYS } from "./who";

export const INSTANCE: ResourceShape = {
  type: "AWS::EC2::Instance",
  id: /^i-[0-9a-f]{8,17}$/,
  arn: ({ partition, account, region, id }) => `arn:${partition}:ec2:${region}:${account}:instance/${id}`,
};

/** What belongs to an instance and is tagged with it. */
export const PARTS = ["volume", "network-interface"] as const;

export const partArn = (
  { partition, account, region }: Pick<PermissionScope, "partition" | "account" | "region">,
  kind: (typeof PARTS)[number],
  id: string,
): string => `arn:${partition}:ec2:${region}:${account}:${kind}/${id}`;

/** What may be tagged: the role is for any instance's parts; a session is for those of the one at hand, once they were found. */
const taggable = ({ partition, account, region, id, beside = [] }: PermissionScope): string[] => [
  INSTANCE.arn({ partition, account, region, id }),
  ...(id === "*" ? PARTS.map((kind) => partArn({ partition, account, region }, kind, "*")) : beside),
];

const ONLY_THESE_TAGS = { "ForAllValues:StringEquals": { "aws:TagKeys": [...TAG_KEYS] } };

/** All that the call ran or started. */
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
  title: "EC2 instances, their volumes and interfaces name their owner",
  description:
    "An instance that nobody claims is patched by nobody and paid by everybody. Instances that are run or started get the tags owner, " +
    "creator and created-at from the call that made them, and so do their volumes and network interfaces; those of Auto Scaling get their " +
    "group as owner. A tag that is there already, in whatever case, is never overwritten.",
  severity: "low",
  frameworks: ["AWS Well-Architected COST 3", "NIST 800-53 r5 CM-8", "CIS Controls 8.1 1.1"],
  resourceType: INSTANCE.type,
  pattern: apiCalls("ec2", ["RunInstances", "StartInstances"]),
  resource: (event) => instancesOf(event)[0],
  furtherResources: (event) => instancesOf(event).slice(1),
  permissions: (scope): PolicyStatement[] => [
    // EC2's Describe calls know no resources; they read, and only in the session's region.
    {
      Sid: "ReadInstances",
      Effect: "Allow",
      Action: ["ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeNetworkInterfaces"],
      Resource: "*",
      ...(scope.region === "*"
        ? {}
        : { Condition: { StringEquals: { "aws:RequestedRegion": scope.region } } }),
    },
    {
      Sid: "TagOwner",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: taggable(scope),
      Condition: ONLY_THESE_TAGS,
    },
  ],
  undoPermissions: (scope): PolicyStatement[] => [
    {
      Sid: "TakeOwnerBack",
      Effect: "Allow",
      Action: "ec2:DeleteTags",
      Resource: taggable(scope),
      Condition: ONLY_THESE_TAGS,
    },
  ],
  remediationSteps:
    "Tag the instance, its volumes and its interfaces with `owner`: a person or a team that answers for it. Let the program that makes " +
    "instances set the tag itself, for example by default tags of its provider.",
};
