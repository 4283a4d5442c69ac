/** What AWS answers in the cases of message.txt. */
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { MessageCase, MessageCases } from "../lib/message-cases";

const INSTANCE = {
  InstanceId: "i-0a1b2c3d4e5f60718",
  InstanceType: "t3.micro" as const,
  LaunchTime: new Date("2026-01-09T06:00:00Z"),
  StateTransitionReason: "User initiated (2026-03-17 08:41:27 GMT)",
  Tags: [
    { Key: "keep-running", Value: "true" },
    { Key: "Name", Value: "licence-server" },
  ],
};

const instanceIn =
  (Name: "stopped" | "terminated"): NonNullable<MessageCase["aws"]> =>
  (mock) => {
    const Instances = [{ ...INSTANCE, State: { Name } }];
    mock(EC2Client)
      .on(DescribeInstancesCommand)
      .resolves({ Reservations: [{ Instances }] });
  };

export const cases: MessageCases = {
  "matching-stopped": { aws: instanceIn("stopped") },
  "matching-terminated": { aws: instanceIn("terminated") },
};
