/** Stops an instance that is marked to keep running, and one that isn't. */
import {
  DescribeInstancesCommand,
  EC2Client,
  StopInstancesCommand,
  waitUntilInstanceRunning,
} from "@aws-sdk/client-ec2";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { AwsClientConfig } from "../lib/aws-client";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { runInstance, terminateInstance } from "../lib/drill/instance";
import { allOrNothing, runAll } from "../lib/drill/steps";
import { INSTANCE } from "../lib/resources";
import type { Protection } from "./control";

interface Instances {
  kept: string;
  free: string;
}

export const drill: Drill<Protection, Instances> = {
  prepare: ({ aws, parameters: { tagKey, tagValue } }) =>
    allOrNothing(async (undo) => {
      const kept = await runInstance(aws, { [tagKey]: tagValue });
      undo(() => terminateInstance(aws, kept));
      const free = await runInstance(aws, { Name: "drill" });
      undo(() => terminateInstance(aws, free));
      return { kept, free };
    }),

  offend: ({ aws }, { kept }) => stop(aws, kept),

  async check({ aws }, { kept }) {
    const state = await stateOf(aws, kept);
    const good = state === "running";
    return good ? { good } : { good, still: `The instance ${kept} is ${state}.` };
  },

  benign: ({ aws }, { free }) => stop(aws, free),

  async checkBenign({ aws }, { free }) {
    const state = await stateOf(aws, free);
    const good = state === "stopped" || state === "stopping";
    return good ? { good } : { good, still: `The instance ${free} is ${state}.` };
  },

  cleanUp: ({ aws }, { kept, free }) =>
    runAll([() => terminateInstance(aws, kept), () => terminateInstance(aws, free)], []),

  resources: (context, { kept, free }) => ({
    offended: arnOf(context, kept),
    benign: arnOf(context, free),
  }),
};

/** A pending instance can't be stopped. */
async function stop(aws: AwsClientConfig, id: string): Promise<void> {
  const client = new EC2Client(aws);
  const InstanceIds = [id];
  await waitUntilInstanceRunning({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 5 }, { InstanceIds });
  await client.send(new StopInstancesCommand({ InstanceIds }));
}

async function stateOf(aws: AwsClientConfig, id: string): Promise<string> {
  const { Reservations: found } = await new EC2Client(aws).send(
    new DescribeInstancesCommand({ InstanceIds: [id] }),
  );
  return found?.[0]?.Instances?.[0]?.State?.Name ?? "gone";
}

function arnOf({ account, aws: { region } }: DrillContext<Protection>, id: string): string {
  return INSTANCE.arn({ partition: partitionOf(region), account, region, id });
}
