/** What AWS answers in the cases of message.txt. */
import {
  CloudTrailClient,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
} from "@aws-sdk/client-cloudtrail";
import type { MessageCases } from "../lib/message-cases";
import { sdkError } from "../lib/testing";

export const cases: MessageCases = {
  "matching-stop-by-name": {
    aws: (mock) => {
      const everything = { ReadWriteType: "All" as const, IncludeManagementEvents: true };
      mock(CloudTrailClient)
        .on(GetTrailCommand)
        .resolves({ Trail: { IsMultiRegionTrail: true, LogFileValidationEnabled: true } })
        .on(GetTrailStatusCommand)
        .resolves({ IsLogging: false })
        .on(GetEventSelectorsCommand)
        .resolves({ EventSelectors: [everything] });
    },
  },
  "matching-delete": {
    aws: (mock) => {
      mock(CloudTrailClient).on(GetTrailCommand).rejects(sdkError("TrailNotFoundException"));
    },
  },
};
