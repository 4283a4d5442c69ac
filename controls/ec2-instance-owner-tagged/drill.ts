/** Runs an instance without tags, and starts one that is tagged completely. */
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  StartInstancesCommand,
  StopInstancesCommand,
  type Tag,
} from "@aws-sdk/client-ec2";
import { setTimeout as sleep } from "node:timers/promises";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { AwsClientConfig } from "../lib/aws-client";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { runInstance, terminateInstance } from "../lib/drill/instance";
import { INSTANCE } from "../lib/resources";
import { TAG_KEYS } from "./who";

interface Instances {
  /** Set by the offending call. */
  nameless?: string;
  owned: string;
}

const OWNED = {
  Owner: "team-harbour",
  creator: "arn:aws:iam::123456789012:role/pipeline",
  "created-at": "2026-03-17T08:41:27Z",
};

export const drill: Drill<Record<string, never>, Instances> = {
  async prepare({ aws }) {
    const owned = await runInstance(aws, OWNED);
    try {
      const client = new EC2Client(aws);
      // The emulator doesn't tag the volume, although the call says so.
      const volumes = Object.keys(await allTags(aws, owned)).filter((id) => id !== owned);
      if (volumes.length > 0)
        await client.send(new CreateTagsCommand({ Resources: volumes, Tags: asTags(OWNED) }));
      // A pending instance can't be stopped.
      await waitForState(aws, owned, "running");
      await client.send(new StopInstancesCommand({ InstanceIds: [owned] }));
      await waitForState(aws, owned, "stopped");
      return { owned };
    } catch (error) {
      await terminateInstance(aws, owned);
      throw error;
    }
  },

  async offend({ aws }, fixture) {
    fixture.nameless = await runInstance(aws, {});
  },

  async check({ aws }, { nameless = "" }) {
    const tags = await allTags(aws, nameless);
    const lacking = Object.entries(tags).filter(
      ([, each]) => !TAG_KEYS.every((key) => each.some(({ Key }) => Key === key)),
    );
    if (lacking.length === 0) return { good: true };
    return {
      good: false,
      still: `${lacking.map(([id, each]) => `${id} has the tags ${listed(each)}`).join("; ")}.`,
    };
  },

  async benign({ aws }, { owned }) {
    await new EC2Client(aws).send(new StartInstancesCommand({ InstanceIds: [owned] }));
  },

  async checkBenign({ aws }, { owned }) {
    const tags = listed((await allTags(aws, owned))[owned] ?? []);
    const expected = listed(asTags(OWNED));
    return tags === expected
      ? { good: true }
      : { good: false, still: `${owned} has the tags ${tags} instead of ${expected}.` };
  },

  async cleanUp({ aws }, { nameless, owned }) {
    if (nameless !== undefined) await terminateInstance(aws, nameless);
    await terminateInstance(aws, owned);
  },

  resources: (context, { nameless, owned }) => ({
    // Known only once the offending call was made.
    offended: arnOf(context, nameless ?? "i-00000000"),
    benign: arnOf(context, owned),
  }),
};

async function allTags(aws: AwsClientConfig, id: string): Promise<Record<string, Tag[]>> {
  const client = new EC2Client(aws);
  const { Reservations: reservations } = await client.send(
    new DescribeInstancesCommand({ InstanceIds: [id] }),
  );
  const { Volumes: volumes = [] } = await client.send(
    new DescribeVolumesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [id] }] }),
  );
  return Object.fromEntries([
    [id, reservations?.[0]?.Instances?.[0]?.Tags ?? []],
    ...volumes
      .filter(({ Attachments: attached }) => attached?.[0]?.InstanceId === id)
      .map(({ VolumeId: volume = "", Tags: tags = [] }) => [volume, tags] as const),
  ]);
}

async function waitForState(aws: AwsClientConfig, id: string, wanted: string): Promise<void> {
  for (let attempt = 1; attempt <= 60; attempt++) {
    const asked = new DescribeInstancesCommand({ InstanceIds: [id] });
    const { Reservations: reservations } = await new EC2Client(aws).send(asked);
    if (reservations?.[0]?.Instances?.[0]?.State?.Name === wanted) return;
    await sleep(2_000);
  }
  throw new Error(`The instance ${id} is not ${wanted} after two minutes.`);
}

const asTags = (tags: Record<string, string>): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const listed = (tags: Tag[]): string =>
  tags
    .map(({ Key, Value }) => `${Key}=${Value}`)
    .sort()
    .join(", ");

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return INSTANCE.arn({ partition: partitionOf(region), account, region, id });
}
