/** The trail's resource policies, all known at preview. */
import type { TrailSettings } from "../../config";
import { arn } from "../../contract/names";
import type { ResourcePolicyStatement } from "./policy-documents";

interface TrailPolicyArgs {
  partition: string;
  organizationId: string;
  managementAccountId: string;
  logArchiveAccountId: string;
  trailArn: string;
  /** The roles that deploy in the log archive account. */
  deployers: string[];
}

/**
 * What would undo the protection of the log files. Object Lock keeps their versions; these keep what surrounds them.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
const UNDOING = {
  bucket: [
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketNotification",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
  ],
  objects: ["s3:BypassGovernanceRetention", "s3:PutObjectLegalHold", "s3:PutObjectRetention"],
};

/**
 * The root user of the log archive account may still write the policies of bucket and key: AWS lets it for buckets in any case, and a
 * key whose policy nobody can write is lost. The guardrail's policy for that account refuses both to the root user.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 */
const onlyDeployers = (deployers: string[]) => ({ ArnNotLike: { "aws:PrincipalArn": deployers } });

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
    statements.push(
      {
        Sid: "NobodyDeletes",
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteBucket"],
        Resource: [bucketArn, `${bucketArn}/*`],
      },
      {
        Sid: "OnlyDeploymentsChangeBucket",
        Effect: "Deny",
        Principal: "*",
        Action: UNDOING.bucket,
        Resource: bucketArn,
        Condition: onlyDeployers(args.deployers),
      },
      {
        Sid: "OnlyDeploymentsChangeRetention",
        Effect: "Deny",
        Principal: "*",
        Action: UNDOING.objects,
        Resource: `${bucketArn}/*`,
        Condition: onlyDeployers(args.deployers),
      },
    );
  return statements;
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html */
export function logKeyPolicy(args: TrailPolicyArgs, protectEvidence: boolean): ResourcePolicyStatement[] {
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
    ...(protectEvidence ? keyProtection(args.deployers, owner.AWS) : []),
  ];
}

/** Without the key no log file can be read. */
const keyProtection = (deployers: string[], root: string): ResourcePolicyStatement[] => [
  {
    Sid: "OnlyDeploymentsEndKey",
    Effect: "Deny",
    Principal: "*",
    Action: [
      "kms:DeleteAlias",
      "kms:DisableKey",
      "kms:DisableKeyRotation",
      "kms:ScheduleKeyDeletion",
      "kms:UpdateAlias",
    ],
    Resource: "*",
    Condition: onlyDeployers(deployers),
  },
  {
    Sid: "OnlyDeploymentsWritePolicy",
    Effect: "Deny",
    Principal: "*",
    Action: "kms:PutKeyPolicy",
    Resource: "*",
    Condition: onlyDeployers([...deployers, root]),
  },
];

/** The bucket's name, known at preview. */
export const logBucketName = ({
  settings,
  logArchiveAccountId,
  homeRegion,
}: {
  settings: Pick<TrailSettings, "bucketName">;
  logArchiveAccountId: string;
  homeRegion: string;
}): string => settings.bucketName ?? `bailiwick-trail-${logArchiveAccountId}-${homeRegion}`;
