/** The trail's resource policies, all known at preview. */
import { arn } from "../../contract/names";
import type { ResourcePolicyStatement } from "./policy-documents";

interface TrailPolicyArgs {
  partition: string;
  organizationId: string;
  managementAccountId: string;
  logArchiveAccountId: string;
  trailArn: string;
}

const CLOUDTRAIL = { Service: "cloudtrail.amazonaws.com" };

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
export function logBucketPolicy(
  args: TrailPolicyArgs,
  bucketName: string,
  protectEvidence: boolean,
): ResourcePolicyStatement[] {
  const bucketArn = arn(args.partition, "s3", "", "", bucketName);
  const fromTrail = { "aws:SourceArn": args.trailArn };
  const logs = `${bucketArn}/AWSLogs`;
  const statements: ResourcePolicyStatement[] = [
    {
      Sid: "TrailChecksAcl",
      Effect: "Allow",
      Principal: CLOUDTRAIL,
      Action: "s3:GetBucketAcl",
      Resource: bucketArn,
      Condition: { StringEquals: fromTrail },
    },
    {
      Sid: "TrailWrites",
      Effect: "Allow",
      Principal: CLOUDTRAIL,
      Action: "s3:PutObject",
      Resource: [`${logs}/${args.managementAccountId}/*`, `${logs}/${args.organizationId}/*`],
      Condition: { StringEquals: { ...fromTrail, "s3:x-amz-acl": "bucket-owner-full-control" } },
    },
    {
      Sid: "OnlyTls",
      Effect: "Deny",
      Principal: "*",
      // Every action, so that nothing is ever sent in clear text.
      Action: "s3:*",
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ];
  if (protectEvidence)
    statements.push({
      Sid: "NobodyDeletes",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteBucket"],
      Resource: [bucketArn, `${bucketArn}/*`],
    });
  return statements;
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html */
export function logKeyPolicy(args: TrailPolicyArgs): ResourcePolicyStatement[] {
  const fromTrail = { "aws:SourceArn": args.trailArn };
  const anyTrail = arn(args.partition, "cloudtrail", "*", args.managementAccountId, "trail/*");
  const owner = { AWS: arn(args.partition, "iam", "", args.logArchiveAccountId, "root") };
  // In a key policy `*` is this key.
  const Resource = "*";
  return [
    // Without it the account's IAM policies would have no effect, and nobody could manage the key.
    { Sid: "AccountManagesKey", Effect: "Allow", Principal: owner, Action: "kms:*", Resource },
    {
      Sid: "TrailEncrypts",
      Effect: "Allow",
      Principal: CLOUDTRAIL,
      Action: "kms:GenerateDataKey*",
      Resource,
      Condition: {
        StringEquals: fromTrail,
        StringLike: { "kms:EncryptionContext:aws:cloudtrail:arn": anyTrail },
      },
    },
    {
      // The bucket has a data key (S3 Bucket Key), which S3 decrypts on behalf of the writer: without it CreateTrail fails.
      Sid: "TrailUsesBucketKey",
      Effect: "Allow",
      Principal: CLOUDTRAIL,
      Action: "kms:Decrypt",
      Resource,
      Condition: { StringEquals: fromTrail },
    },
    {
      Sid: "TrailDescribesKey",
      Effect: "Allow",
      Principal: CLOUDTRAIL,
      Action: "kms:DescribeKey",
      Resource,
      Condition: { StringEquals: fromTrail },
    },
  ];
}
