/** What AWS answers in the cases of message.txt. */
import { DescribeSecurityGroupRulesCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { MessageCases } from "../lib/message-cases";

const OPENING = {
  SecurityGroupRuleId: "sgr-0e9b6a41c7d2f3580",
  IsEgress: false,
  IpProtocol: "tcp",
  FromPort: 3389,
  ToPort: 3389,
  CidrIpv4: "0.0.0.0/0",
};

export const cases: MessageCases = {
  "matching-flat": {
    aws: (mock) => {
      mock(EC2Client)
        .on(DescribeSecurityGroupRulesCommand)
        .resolves({ SecurityGroupRules: [OPENING] });
    },
  },
};
