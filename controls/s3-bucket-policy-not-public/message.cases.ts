/** What AWS answers in the cases of message.txt. */
import { GetBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import type { MessageCase, MessageCases } from "../lib/message-cases";

const granting = (Sid: string, Principal: unknown): MessageCase => ({
  aws: (mock) => {
    const Resource = "arn:aws:s3:::harbour-brochures/*";
    const Statement = [{ Sid, Effect: "Allow", Principal, Action: "s3:GetObject", Resource }];
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    mock(S3Client).on(GetBucketPolicyCommand).resolves({ Policy });
  },
});

export const cases: MessageCases = {
  "matching-public-read": granting("Web", "*"),
  "matching-public-read to an outside account": granting("Partner", { AWS: "444455556666" }),
};
