/** The instances of drills. */
import {
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import type { AwsClientConfig } from "../aws-client";
import { isNamed } from "../errors";

/** AWS looks up its newest Amazon Linux under this name. */
const IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

/** Runs one small instance. @returns its id */
export async function runInstance(
  aws: AwsClientConfig,
  tags: Readonly<Record<string, string>>,
): Promise<string> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const kinds = ["instance", "volume", "network-interface"] as const;
  const TagSpecifications: TagSpecification[] = kinds.map((ResourceType) => ({ ResourceType, Tags }));
  const { Instances: instances } = await new EC2Client(aws).send(
    new RunInstancesCommand({
      ImageId: IMAGE,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      ...(Tags.length === 0 ? {} : { TagSpecifications }),
    }),
  );
  return instances?.[0]?.InstanceId ?? "";
}

/** Terminates the instance, if it exists. */
export async function terminateInstance(aws: AwsClientConfig, id: string): Promise<void> {
  try {
    await new EC2Client(aws).send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  } catch (error) {
    if (!isNamed(error, "InvalidInstanceID.NotFound")) throw error;
  }
}
