/** The violation that both programs remediate: a bucket whose policy is public. */
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import type { Organization } from "@bailiwick/local-aws";

export const CONTROL = "s3-bucket-policy-not-public";

/** Makes a public bucket without an event that a deployed function would receive: not through the gateway. @returns the event */
export async function offend(organization: Organization, account: string, Bucket: string): Promise<object> {
  const region = organization.homeRegion;
  const s3 = new S3Client({
    ...organization.aws(account, region),
    endpoint: organization.emulator.url,
    forcePathStyle: true,
  });
  await makeBucket(s3, Bucket, region);
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: publicPolicy(Bucket) }));
  s3.destroy();
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "AWS API Call via CloudTrail",
    source: "aws.s3",
    account,
    time: new Date().toISOString(),
    region,
    resources: [],
    detail: {
      eventVersion: "1.11",
      eventID: randomUUID(),
      eventSource: "s3.amazonaws.com",
      eventName: "PutBucketPolicy",
      awsRegion: region,
      recipientAccountId: account,
      userIdentity: { type: "Root", arn: `arn:aws:iam::${account}:root`, accountId: account },
      requestParameters: { bucketName: Bucket },
    },
  };
}

export async function makeBucket(s3: S3Client, Bucket: string, region: string): Promise<void> {
  const place = { LocationConstraint: region as "eu-west-1" };
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: place }));
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
}

export const publicPolicy = (bucket: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Anyone",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  });

export async function isPublic(
  organization: Organization,
  account: string,
  Bucket: string,
): Promise<boolean> {
  const config = { ...organization.aws(account), endpoint: organization.emulator.url, forcePathStyle: true };
  const s3 = new S3Client(config);
  try {
    await s3.send(new GetBucketPolicyCommand({ Bucket }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchBucketPolicy") return false;
    throw error;
  } finally {
    s3.destroy();
  }
}
