/** A bucket that CloudTrail accepts for a trail. */
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  type BucketLocationConstraint,
  type S3Client,
} from "@aws-sdk/client-s3";

export interface TrailBucketOptions {
  bucket: string;
  /** ARNs of the trails that may write into it. */
  trails: readonly string[];
  /** `o-…`, if one of them is an organization trail. */
  organizationId?: string;
  /** Default eu-west-1. */
  region?: string;
}

/** Creates the bucket with the policy that CloudTrail's guide requires. */
export async function makeTrailBucket(s3: S3Client, options: TrailBucketOptions): Promise<void> {
  const { bucket: Bucket, region = "eu-west-1" } = options;
  const LocationConstraint = region as BucketLocationConstraint;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: trailBucketPolicy(options) }));
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
export function trailBucketPolicy({ bucket, trails, organizationId }: TrailBucketOptions): string {
  const arn = `arn:aws:s3:::${bucket}`;
  const accounts = trails.map((trail) => trail.split(":")[4] ?? "");
  const folders = organizationId === undefined ? accounts : [...accounts, organizationId];
  const common = { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" } };
  const bySource = { "aws:SourceArn": trails };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { ...common, Action: "s3:GetBucketAcl", Resource: arn, Condition: { StringEquals: bySource } },
      {
        ...common,
        Action: "s3:PutObject",
        Resource: folders.map((folder) => `${arn}/AWSLogs/${folder}/*`),
        Condition: { StringEquals: { ...bySource, "s3:x-amz-acl": "bucket-owner-full-control" } },
      },
    ],
  });
}
