/** What AWS answers in the cases of message.txt. */
import { GetUserPolicyCommand, IAMClient, ListMFADevicesCommand } from "@aws-sdk/client-iam";
import type { MessageCases } from "../lib/message-cases";
import { sdkError } from "../lib/testing";

export const cases: MessageCases = {
  "matching-create": {
    aws: (mock) => {
      mock(IAMClient)
        .on(ListMFADevicesCommand)
        .resolves({ MFADevices: [] })
        .on(GetUserPolicyCommand)
        .rejects(sdkError("NoSuchEntityException"));
    },
  },
};
