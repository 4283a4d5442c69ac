/** Every EC2 instance says who it belongs to, and so do its volumes and network interfaces. */
import type { Control, PolicyStatement } from "../control";
import { apiCalls, detailValue, resourceFrom, type ResourceShape } from "../cloudtrail-events";
import { TAG_KEYS } from "./who";

export const INSTANCE: ResourceShape = {
  type: "AWS::EC2::Instance",
  id: /^i-[0-9a-f]{8,17}$/,
  arn: ({ partition, account, region, id }) => `arn:${partition}:ec2:${region}:${account}:instance/${id}`,
};

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
  // A call may make several: the first stands for all, the others are read from the event.
  resource: (event) =>
    resourceFrom(
      event,
      INSTANCE,
      detailValue(event, "responseElements", "instancesSet", "items", 0, "instanceId"),
    ),
  permissions: ({ partition, account, region }): PolicyStatement[] => [
    // EC2's Describe calls know no resources; they read, and only in the session's region.
    {
      Sid: "ReadInstances",
      Effect: "Allow",
      Action: ["ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeNetworkInterfaces"],
      Resource: "*",
      ...(region === "*" ? {} : { Condition: { StringEquals: { "aws:RequestedRegion": region } } }),
    },
    // One call may concern many instances with volumes, whose ids the event's resource can't tell: the keys narrow it instead.
    {
      Sid: "TagOwner",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: ["instance", "volume", "network-interface"].map(
        (kind) => `arn:${partition}:ec2:${region}:${account}:${kind}/*`,
      ),
      Condition: {
        "ForAllValues:StringEquals": { "aws:TagKeys": [...TAG_KEYS] },
      },
    },
  ],
  remediationSteps:
    "Tag the instance, its volumes and its interfaces with `owner`: a person or a team that answers for it. Let the program that makes " +
    "instances set the tag itself, for example by default tags of its provider.",
};
