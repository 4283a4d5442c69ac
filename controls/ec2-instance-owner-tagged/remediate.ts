/** Sets the tags owner, creator and created-at on instances, their volumes and interfaces where they are missing. */
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Tag,
} from "@aws-sdk/client-ec2";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../lib/remediation";
import { whoDid } from "../lib/who-did";
import { partArn, type PARTS } from "./permissions";
import { TAG_KEYS, tagsOfLaunch, whoOf, type TagKey, type Who } from "./who";

/** By the id of the instance, a volume or an interface. */
export interface OwnerTags {
  /** With the keys as written there. */
  present: Record<string, Record<string, string>>;
  /** What the fix sets, for those that lack tags. */
  missing: Record<string, Partial<Record<TagKey, string>>>;
}

export const remediation: Remediation<Record<string, never>, OwnerTags> = {
  async evaluate({ resource, event, aws }: RemediationContext): Promise<Evaluation<OwnerTags>> {
    const client = new EC2Client(aws);
    const { account, region } = resource;
    const scope = { partition: partitionOf(region), account, region };
    // By filter, because an id that no longer exists is an error otherwise.
    const asked = { Filters: [{ Name: "instance-id", Values: [resource.id] }] };
    const { Reservations: reservations = [] } = await client.send(new DescribeInstancesCommand(asked));
    const instance = reservations
      .flatMap(({ Instances: instances = [] }) => instances)
      .find(({ InstanceId: id, State: state }) => id === resource.id && !GONE.includes(state?.Name ?? ""));
    if (!instance) return { state: "absent" };
    const group = instance.Tags?.find(({ Key }) => Key === "aws:autoscaling:groupName")?.Value;
    const who = event && whoOf(event, group);
    const tagged = [
      {
        id: resource.id,
        arn: resource.arn,
        tags: withLaunchTags(instance.Tags ?? [], event, "instance", resource.id),
      },
      ...(await partsOf(client, resource.id)).map(({ kind, id, tags }) => ({
        id,
        arn: partArn(scope, kind, id),
        tags: withLaunchTags(tags, event, kind, id),
      })),
    ];
    const lacking = tagged.flatMap(({ id, arn, tags }) => {
      const missing = missingOf(tags, who, event?.detail["eventName"] === "RunInstances");
      return Object.keys(missing).length > 0 ? [{ id, arn, missing }] : [];
    });
    const present = Object.fromEntries(tagged.map(({ id, tags }) => [id, presentOf(tags)]));
    if (lacking.length === 0)
      return {
        state: "compliant",
        why: "The instance, its volumes and interfaces have an owner.",
        after: { present, missing: {} },
      };
    return {
      state: "violation",
      findings: [
        ...lacking.map(({ id, missing }) => `${id} has no ${Object.keys(missing).join(", ")} tag.`),
        ...(event && !who ? [ownerUnknown(event)] : []),
      ],
      before: { present, missing: Object.fromEntries(lacking.map(({ id, missing }) => [id, missing])) },
      // Without an event the creator is unknown.
      remedies: who ? lacking.map(({ id, missing }) => `Tag ${id} with ${written(missing)}.`) : [],
      beside: lacking.map(({ arn }) => arn).filter((arn) => arn !== resource.arn),
    };
  },

  async fix(context: RemediationContext, { before }: Violation<OwnerTags>): Promise<void> {
    const client = new EC2Client(context.aws);
    for (const call of callsOf(before, context)) await client.send(new CreateTagsCommand(call));
  },

  async undo(context: RemediationContext, before: OwnerTags): Promise<void> {
    const client = new EC2Client(context.aws);
    // With the value given, a tag is deleted only while it has that value.
    for (const call of callsOf(before, context)) await client.send(new DeleteTagsCommand(call));
  },
};

/** One call for each set of tags, as many resources lack the same; only for those that the session reaches. */
function callsOf(
  { missing }: OwnerTags,
  { resource, beside }: RemediationContext,
): { Resources: string[]; Tags: Tag[] }[] {
  const reached = beside && new Set([resource.id, ...beside.map((arn) => arn.slice(arn.indexOf("/") + 1))]);
  const calls = new Map<string, string[]>();
  for (const [id, tags] of Object.entries(missing)) {
    if (reached?.has(id) === false) continue;
    const key = JSON.stringify(tags);
    calls.set(key, [...(calls.get(key) ?? []), id]);
  }
  return [...calls].map(([key, Resources]) => {
    const tags = Object.entries(JSON.parse(key) as Record<string, string>);
    return { Resources, Tags: tags.map(([Key, Value]) => ({ Key, Value })) };
  });
}

const ownerUnknown = (event: EventBridgeEvent): string =>
  whoDid(event)?.kind === "control"
    ? "A control started the instance again, so whose it is can't be told from the call."
    : "CloudTrail's record doesn't name the caller, so whose the instance is can't be told from the call.";

/** What was read, completed by what a launch set: a read may lag behind it, and a tag must not be overwritten for that. */
function withLaunchTags(read: Tag[], event: EventBridgeEvent | undefined, type: string, id: string): Tag[] {
  if (event?.detail["eventName"] !== "RunInstances") return read;
  const keys = new Set(read.map(({ Key: key }) => key));
  return [...read, ...tagsOfLaunch(event, type, id).filter(({ Key: key }) => !keys.has(key))];
}

const GONE = ["terminated", "shutting-down"];

interface Part {
  kind: (typeof PARTS)[number];
  id: string;
  tags: Tag[];
}

/** Volumes and network interfaces that are attached to the instance. */
async function partsOf(client: EC2Client, instance: string): Promise<Part[]> {
  const filter = { Filters: [{ Name: "attachment.instance-id", Values: [instance] }] };
  const [volumes, interfaces] = await Promise.all([
    client.send(new DescribeVolumesCommand(filter)),
    client.send(new DescribeNetworkInterfacesCommand(filter)),
  ]);
  // Check the filter's results again: tags on another instance's volume would be wrong.
  return [
    ...(volumes.Volumes ?? [])
      .filter(({ Attachments: attached }) => attached?.[0]?.InstanceId === instance)
      .map(({ VolumeId: id = "", Tags: tags = [] }): Part => ({ kind: "volume", id, tags })),
    ...(interfaces.NetworkInterfaces ?? [])
      .filter(({ Attachment: attached }) => attached?.InstanceId === instance)
      .map(({ NetworkInterfaceId: id = "", TagSet: tags = [] }): Part => ({
        kind: "network-interface",
        id,
        tags,
      })),
  ];
}

/** The tags with these keys, in upper or lower case. */
function presentOf(tags: Tag[]): Record<string, string> {
  const ours = tags.filter(({ Key: key = "" }) =>
    (TAG_KEYS as readonly string[]).includes(key.toLowerCase()),
  );
  return Object.fromEntries(ours.map(({ Key: key = "", Value: value = "" }) => [key, value]));
}

/** The principal that starts an instance need not have created it, so a start sets only the owner. */
function missingOf(tags: Tag[], who: Who | undefined, made: boolean): Partial<Record<TagKey, string>> {
  // An empty value names nobody.
  const present = new Set(
    tags.filter(({ Value: value }) => value?.trim()).map(({ Key: key }) => key?.toLowerCase()),
  );
  const wanted: Record<TagKey, string> = {
    owner: who?.owner ?? "",
    creator: who?.creator ?? "",
    "created-at": who?.at ?? "",
  };
  const keys = made ? TAG_KEYS : TAG_KEYS.slice(0, 1);
  return Object.fromEntries(keys.filter((key) => !present.has(key)).map((key) => [key, wanted[key]]));
}

const written = (tags: Partial<Record<TagKey, string>>): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
