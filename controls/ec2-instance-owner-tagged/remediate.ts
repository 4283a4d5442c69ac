/** Sets the tags owner, creator and created-at on instances, their volumes and interfaces where they are missing. */
import {
  CreateTagsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  EC2Client,
  paginateDescribeInstances,
  type Instance,
  type Tag,
} from "@aws-sdk/client-ec2";
import type { EventBridgeEvent, Json } from "../../events/record";
import { detailValue } from "../cloudtrail-events";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../control";
import { INSTANCE } from "./control";
import { TAG_KEYS, whoOf, type TagKey, type Who } from "./who";

/** What is missing of each resource, by its id. An undo takes just these tags away again; CreateTags is all the role has, so there is none. */
export interface MissingTags {
  missing: Record<string, Partial<Record<TagKey, string>>>;
}

export const remediation: Remediation<Record<string, never>, MissingTags> = {
  async evaluate({ resource, event, aws }: RemediationContext): Promise<Evaluation<MissingTags>> {
    const client = new EC2Client(aws);
    const instances: Instance[] = [];
    const ids = instanceIds(event, resource.id);
    // By filter, because an id that is gone is an error otherwise.
    const filter = { Filters: [{ Name: "instance-id", Values: ids }] };
    for await (const page of paginateDescribeInstances({ client }, filter)) {
      for (const { Instances: each = [] } of page.Reservations ?? [])
        instances.push(
          ...each.filter(
            ({ InstanceId: id = "", State: state }) => ids.includes(id) && !GONE.includes(state?.Name ?? ""),
          ),
        );
    }
    if (instances.length === 0) return { state: "absent" };
    const missing: MissingTags["missing"] = {};
    const tagged = await withParts(client, instances);
    for (const { id, tags, group } of tagged) {
      const who = event && whoOf(event, group);
      const lacks = missingOf(tags, who, event?.detail["eventName"] === "RunInstances");
      if (Object.keys(lacks).length > 0) missing[id] = lacks;
    }
    const lacking = Object.keys(missing);
    if (lacking.length === 0) return { state: "compliant", why: "All have an owner." };
    return {
      state: "violation",
      findings: lacking.map((id) => `${id} has no ${Object.keys(missing[id] ?? {}).join(", ")} tag.`),
      before: { missing },
      // Without an event nobody knows who it was.
      remedies:
        event && whoOf(event, undefined)
          ? lacking.map((id) => `Tag ${id} with ${written(missing[id] ?? {})}.`)
          : [],
    };
  },

  async fix({ aws }: RemediationContext, { before }: Violation<MissingTags>): Promise<void> {
    const client = new EC2Client(aws);
    // Many resources lack the same: one call for each set of tags.
    const calls = new Map<string, string[]>();
    for (const [id, tags] of Object.entries(before.missing)) {
      const key = JSON.stringify(tags);
      calls.set(key, [...(calls.get(key) ?? []), id]);
    }
    for (const [key, Resources] of calls) {
      const tags = Object.entries(JSON.parse(key) as Record<string, string>);
      const Tags = tags.map(([Key, Value]) => ({ Key, Value }));
      await client.send(new CreateTagsCommand({ Resources, Tags }));
    }
  },
};

const GONE = ["terminated", "shutting-down"];

interface Tagged {
  id: string;
  tags: Tag[];
  /** The Auto Scaling group of the instance it belongs to. */
  group: string | undefined;
}

async function withParts(client: EC2Client, instances: Instance[]): Promise<Tagged[]> {
  const groups = new Map(
    instances.map(({ InstanceId: id = "", Tags: tags }) => [
      id,
      tags?.find(({ Key }) => Key === "aws:autoscaling:groupName")?.Value,
    ]),
  );
  const filter = { Filters: [{ Name: "attachment.instance-id", Values: [...groups.keys()] }] };
  const [volumes, interfaces] = await Promise.all([
    client.send(new DescribeVolumesCommand(filter)),
    client.send(new DescribeNetworkInterfacesCommand(filter)),
  ]);
  // What a filter let through is looked at once more: tags on a stranger's volume would be wrong.
  const isOurs = (id: string | undefined) => id !== undefined && groups.has(id);
  return [
    ...instances.map(({ InstanceId: id = "", Tags: tags = [] }) => ({ id, tags, group: groups.get(id) })),
    ...(volumes.Volumes ?? [])
      .filter(({ Attachments: attached }) => isOurs(attached?.[0]?.InstanceId))
      .map(({ VolumeId: id = "", Tags: tags = [], Attachments: attached }) => ({
        id,
        tags,
        group: groups.get(attached?.[0]?.InstanceId ?? ""),
      })),
    ...(interfaces.NetworkInterfaces ?? [])
      .filter(({ Attachment: attached }) => isOurs(attached?.InstanceId))
      .map(({ NetworkInterfaceId: id = "", TagSet: tags = [], Attachment: attached }) => ({
        id,
        tags,
        group: groups.get(attached?.InstanceId ?? ""),
      })),
  ];
}

/** Who starts an instance need not have made it, so a start tells the owner only. */
function missingOf(tags: Tag[], who: Who | undefined, made: boolean): Partial<Record<TagKey, string>> {
  const present = new Set(tags.map(({ Key: key }) => key?.toLowerCase()));
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

/** All instances of the call. */
function instanceIds(event: EventBridgeEvent | undefined, first: string): string[] {
  const items: Json | undefined = event && detailValue(event, "responseElements", "instancesSet", "items");
  const ids = (Array.isArray(items) ? items : []).map((item) =>
    typeof item === "object" && item !== null && !Array.isArray(item) ? item["instanceId"] : undefined,
  );
  return [
    ...new Set([first, ...ids.filter((id): id is string => typeof id === "string" && INSTANCE.id.test(id))]),
  ];
}
