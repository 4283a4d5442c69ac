/** What AWS answers in the cases of message.txt. */
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import type { MessageCases } from "../lib/message-cases";
import { DOCUMENT } from "./policy";

export const cases: MessageCases = {
  "matching-create": {
    aws: (mock) => {
      mock(IAMClient)
        .on(ListAttachedUserPoliciesCommand)
        .resolves({ AttachedPolicies: [] })
        .on(GetPolicyCommand)
        .resolves({ Policy: { DefaultVersionId: "v1" } })
        .on(GetPolicyVersionCommand)
        .resolves({ PolicyVersion: { Document: encodeURIComponent(JSON.stringify(DOCUMENT)) } });
    },
  },
};
