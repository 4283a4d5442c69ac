/** What AWS answers in the cases of message.txt. */
import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
} from "@aws-sdk/client-eventbridge";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { MessageCases } from "../lib/message-cases";
import { sdkError } from "../lib/testing";
import { DEPLOYED } from "./testing";

export const cases: MessageCases = {
  "matching-disable-rule": {
    deployed: DEPLOYED,
    aws: (mock) => {
      mock(EventBridgeClient)
        .on(DescribeRuleCommand)
        .resolves({ State: "DISABLED", EventPattern: '{"source":["aws.s3"]}' })
        .on(ListTargetsByRuleCommand)
        .resolves({ Targets: [] });
    },
  },
  "matching-delete-role": {
    deployed: DEPLOYED,
    aws: (mock) => {
      mock(IAMClient).on(GetRoleCommand).rejects(sdkError("NoSuchEntityException"));
    },
  },
  "matching-function-code": { deployed: DEPLOYED },
};
