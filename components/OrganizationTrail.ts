import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { TrailSettings } from "../config";
import { arn } from "../contract/names";
import { policyText, trustPolicyText, type ResourcePolicyStatement } from "./lib/policy-documents";

export interface OrganizationTrailArgs {
  partition: string;
  /** The organization's id, `o-…`: its members' log files lie under it. */
  organizationId: string;
  managementAccountId: string;
  logArchiveAccountId: string;
  /** The trail's home region. The trail itself covers every region. */
  region: string;
  settings: TrailSettings;
  /**
   * Keeps log bucket, key and trail from deletion, by Pulumi and by bucket policy. @default true
   */
  protectEvidence?: boolean;
  /** Providers of the two accounts. */
  providers: { management: aws.Provider; logArchive: aws.Provider };
}

const DATA_RESOURCE_TYPES = {
  s3: "AWS::S3::Object",
  lambda: "AWS::Lambda::Function",
  dynamodb: "AWS::DynamoDB::Table",
} as const;

/** The `${…}` by which data events of all resources of a service are asked for. */
const allResources = (partition: string) => ({
  s3: `arn:${partition}:s3`,
  lambda: `arn:${partition}:lambda`,
  dynamodb: `arn:${partition}:dynamodb`,
});

/**
 * The organization trail: recorded in the management account, kept in the log archive account, encrypted with a key of its own.
 * Without it no `AWS API Call via CloudTrail` event exists and no rule fires.
 *
 * CloudTrail must be a trusted service of the organization
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html).
 */
export class OrganizationTrail extends pulumi.ComponentResource {
  readonly trail: aws.cloudtrail.Trail;
  readonly bucket: aws.s3.Bucket;
  readonly key: aws.kms.Key;
  readonly logGroup: aws.cloudwatch.LogGroup | undefined;

  constructor(name: string, args: OrganizationTrailArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:OrganizationTrail", name, args, opts);
    const { settings, region, partition } = args;
    const evidence = args.protectEvidence ?? true;
    const archived = { parent: this, provider: args.providers.logArchive };
    const managed = { parent: this, provider: args.providers.management };
    const bucketName = logBucketName(args);
    const trailArn = arn(partition, "cloudtrail", region, args.managementAccountId, `trail/${settings.name}`);

    this.key = new aws.kms.Key(
      `${name}-key`,
      {
        region,
        description: `Log files of the organization trail ${settings.name}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: policyText(keyPolicy(args, trailArn)),
      },
      { ...archived, protect: evidence },
    );
    new aws.kms.Alias(
      `${name}-key-alias`,
      { region, name: "alias/bailiwick-trail", targetKeyId: this.key.keyId },
      archived,
    );

    this.bucket = new aws.s3.Bucket(
      `${name}-logs`,
      { region, bucket: bucketName, forceDestroy: !evidence },
      { ...archived, protect: evidence },
    );
    const policy = this.lockBucket(`${name}-logs`, args, bucketPolicy(args, bucketName, trailArn));

    const cloudWatch = settings.cloudWatchLogs ? this.cloudWatchLogs(name, args) : undefined;
    this.logGroup = cloudWatch?.logGroup;
    this.trail = new aws.cloudtrail.Trail(
      name,
      {
        region,
        name: settings.name,
        s3BucketName: bucketName,
        kmsKeyId: this.key.arn,
        isOrganizationTrail: true,
        isMultiRegionTrail: true,
        includeGlobalServiceEvents: true,
        enableLogFileValidation: true,
        enableLogging: true,
        eventSelectors: [
          {
            includeManagementEvents: true,
            readWriteType: settings.managementEvents,
            dataResources: settings.dataEvents.map((service) => ({
              type: DATA_RESOURCE_TYPES[service],
              values: [allResources(partition)[service]],
            })),
          },
        ],
        insightSelectors:
          settings.insights.length === 0
            ? undefined
            : settings.insights.map((insightType) => ({ insightType })),
        cloudWatchLogsGroupArn: cloudWatch && pulumi.interpolate`${cloudWatch.logGroup.arn}:*`,
        cloudWatchLogsRoleArn: cloudWatch?.role.arn,
      },
      // CreateTrail tries to write to the bucket and refuses one that it may not write to.
      { ...managed, dependsOn: [policy, ...(cloudWatch ? [cloudWatch.rolePolicy] : [])], protect: evidence },
    );

    this.registerOutputs({ trailArn: this.trail.arn, bucketName: this.bucket.bucket, keyArn: this.key.arn });
  }

  /** Private, versioned, encrypted, aging into cheaper storage. @returns the bucket policy, on which the trail depends. */
  private lockBucket(name: string, args: OrganizationTrailArgs, statements: ResourcePolicyStatement[]) {
    const { region, settings } = args;
    const bucket = this.bucket.bucket;
    const options = { parent: this, provider: args.providers.logArchive };
    const publicAccess = new aws.s3.BucketPublicAccessBlock(
      `${name}-public-access`,
      {
        region,
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      options,
    );
    new aws.s3.BucketOwnershipControls(
      `${name}-ownership`,
      { region, bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      options,
    );
    const versioning = new aws.s3.BucketVersioning(
      `${name}-versioning`,
      { region, bucket, versioningConfiguration: { status: "Enabled" } },
      options,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        region,
        bucket,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: this.key.arn },
            bucketKeyEnabled: true,
          },
        ],
      },
      options,
    );
    new aws.s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        region,
        bucket,
        rules: [
          {
            id: "age",
            status: "Enabled",
            filter: { prefix: "" },
            transitions: [{ days: settings.coldStorageAfterDays, storageClass: "GLACIER_IR" }],
            expiration: { days: settings.retentionDays },
            noncurrentVersionExpiration: { noncurrentDays: settings.retentionDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          },
        ],
      },
      { ...options, dependsOn: [versioning] },
    );
    // Both change what may be written into the policy: one after the other, S3 refuses concurrent changes.
    return new aws.s3.BucketPolicy(
      `${name}-policy`,
      { region, bucket, policy: policyText(statements) },
      { ...options, dependsOn: [publicAccess] },
    );
  }

  private cloudWatchLogs(name: string, args: OrganizationTrailArgs) {
    const { region, partition, settings, managementAccountId } = args;
    const options = { parent: this, provider: args.providers.management };
    const logGroupName = `bailiwick/trail/${settings.name}`;
    const logGroup = new aws.cloudwatch.LogGroup(
      `${name}-log-group`,
      { region, name: logGroupName, retentionInDays: settings.cloudWatchLogRetentionDays },
      options,
    );
    const role = new aws.iam.Role(
      `${name}-log-role`,
      {
        name: "bailiwick-trail-logs",
        description: "Lets CloudTrail write the organization trail into its log group",
        // CloudTrail says for no trail which one it is when it takes this role, so that it can't be pinned to one:
        // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
        assumeRolePolicy: trustPolicyText({ Principal: { Service: "cloudtrail.amazonaws.com" } }),
      },
      options,
    );
    const streams = arn(
      partition,
      "logs",
      region,
      managementAccountId,
      `log-group:${logGroupName}:log-stream:`,
    );
    const rolePolicy = new aws.iam.RolePolicy(
      `${name}-log-role-policy`,
      {
        name: "write",
        role: role.name,
        policy: policyText([
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            // The trail makes a stream per account and region, each named <organization or account>_CloudTrail_<region>.
            Resource: [`${streams}${args.organizationId}_*`, `${streams}${managementAccountId}_CloudTrail_*`],
          },
        ]),
      },
      options,
    );
    return { logGroup, role, rolePolicy };
  }
}

/** The bucket's name, known at preview. */
export function logBucketName(
  args: Pick<OrganizationTrailArgs, "settings" | "logArchiveAccountId" | "region">,
): string {
  return args.settings.bucketName ?? `bailiwick-trail-${args.logArchiveAccountId}-${args.region}`;
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
function bucketPolicy(
  args: OrganizationTrailArgs,
  bucketName: string,
  trailArn: string,
): ResourcePolicyStatement[] {
  const bucketArn = arn(args.partition, "s3", "", "", bucketName);
  const cloudTrail = { Service: "cloudtrail.amazonaws.com" };
  const bySource = { "aws:SourceArn": trailArn };
  const logs = `${bucketArn}/AWSLogs`;
  const statements: ResourcePolicyStatement[] = [
    {
      Sid: "TrailChecksAcl",
      Effect: "Allow",
      Principal: cloudTrail,
      Action: "s3:GetBucketAcl",
      Resource: bucketArn,
      Condition: { StringEquals: bySource },
    },
    {
      Sid: "TrailWrites",
      Effect: "Allow",
      Principal: cloudTrail,
      Action: "s3:PutObject",
      Resource: [`${logs}/${args.managementAccountId}/*`, `${logs}/${args.organizationId}/*`],
      Condition: { StringEquals: { ...bySource, "s3:x-amz-acl": "bucket-owner-full-control" } },
    },
    {
      Sid: "OnlyTls",
      Effect: "Deny",
      Principal: "*",
      // Whatever is done: nothing of it in clear text.
      Action: "s3:*",
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ];
  if (args.protectEvidence ?? true) {
    statements.push({
      Sid: "NobodyDeletes",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteBucket"],
      Resource: [bucketArn, `${bucketArn}/*`],
    });
  }
  return statements;
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html */
function keyPolicy(args: OrganizationTrailArgs, trailArn: string): ResourcePolicyStatement[] {
  const cloudTrail = { Service: "cloudtrail.amazonaws.com" };
  const bySource = { "aws:SourceArn": trailArn };
  const anyTrail = arn(args.partition, "cloudtrail", "*", args.managementAccountId, "trail/*");
  const owner = { AWS: arn(args.partition, "iam", "", args.logArchiveAccountId, "root") };
  // In a key policy `*` is this key.
  const Resource = "*";
  return [
    // Without it IAM policies of the account count for nothing, and the key could be managed by nobody.
    { Sid: "AccountManagesKey", Effect: "Allow", Principal: owner, Action: "kms:*", Resource },
    {
      Sid: "TrailEncrypts",
      Effect: "Allow",
      Principal: cloudTrail,
      Action: "kms:GenerateDataKey*",
      Resource,
      Condition: {
        StringEquals: bySource,
        StringLike: { "kms:EncryptionContext:aws:cloudtrail:arn": anyTrail },
      },
    },
    {
      // The bucket has a data key of its own (S3 Bucket Key), which S3 opens for whoever writes; without it CreateTrail refuses.
      Sid: "TrailUsesBucketKey",
      Effect: "Allow",
      Principal: cloudTrail,
      Action: "kms:Decrypt",
      Resource,
      Condition: { StringEquals: bySource },
    },
    {
      Sid: "TrailDescribesKey",
      Effect: "Allow",
      Principal: cloudTrail,
      Action: "kms:DescribeKey",
      Resource,
      Condition: { StringEquals: bySource },
    },
  ];
}
