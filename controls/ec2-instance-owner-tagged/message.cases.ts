/** What AWS answers in the cases of message.txt. */
import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import type { MessageCases } from "../lib/message-cases";

const INSTANCE = {
  InstanceId: "i-0a1b2c3d4e5f60718",
  InstanceType: "t3.micro" as const,
  State: { Name: "running" as const },
  Tags: [{ Key: "Name", Value: "crane" }],
};

export const cases: MessageCases = {
  "matching-run-by-role": {
    aws: (mock) => {
      const Attachments = [{ InstanceId: INSTANCE.InstanceId }];
      mock(EC2Client)
        .on(DescribeInstancesCommand)
        .resolves({ Reservations: [{ Instances: [INSTANCE] }] })
        .on(DescribeVolumesCommand)
        .resolves({ Volumes: [{ VolumeId: "vol-0a1b2c3d", Attachments }] })
        .on(DescribeNetworkInterfacesCommand)
        .resolves({ NetworkInterfaces: [] });
    },
  },
};
