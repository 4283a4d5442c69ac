/** What AWS answers in the cases of message.txt. */
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { MessageCases } from "../lib/message-cases";

const PARAMETER = {
  Name: "/harbour/db/password",
  Type: "SecureString" as const,
  Tier: "Standard" as const,
  Version: 4,
  LastModifiedUser: "arn:aws:sts::210987654321:assumed-role/Developer/maria.lindqvist",
};

export const cases: MessageCases = {
  "matching-update": {
    aws: (mock) => {
      mock(SSMClient)
        .on(DescribeParametersCommand)
        .resolves({ Parameters: [PARAMETER] });
    },
  },
  "matching-delete": {
    aws: (mock) => {
      mock(SSMClient).on(DescribeParametersCommand).resolves({ Parameters: [] });
    },
  },
};
