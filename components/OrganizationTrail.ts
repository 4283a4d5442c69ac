import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { TrailSettings } from "../config";
import { arn } from "../contract/names";
import type { OrganizationTrailSettings } from "../controls/lib/remediation";
import { policyText, trustPolicyText, type ResourcePolicyStatement } from "./lib/policy-documents";
import { logBucketName, logBucketPolicy, logKeyPolicy } from "./lib/trail-policies";
import { trailSelectors } from "./lib/trail-selectors";

interface OrganizationTrailArgs {
  partition: string;
  /** The organization's id, `o-…`, which is part of the log files' keys. */
  organizationId: string;
  managementAccountId: string;
  logArchiveAccountId: string;
  /** The trail's home region. The trail itself covers every region. */
  region: string;
  settings: TrailSettings;
  /** The function of undos, whose invocations are always recorded. */
  undoFunctionArn: string;
  /** The roles that deploy in the log archive account: they alone may change what protects the log files. */
  deployers: string[];
  /** Prevents the deletion of log bucket, key and trail, by Pulumi and by bucket policy. @default true */
  protectEvidence?: boolean;
  /** Providers of the two accounts. */
  providers: { management: aws.Provider; logArchive: aws.Provider };
}

/** Object Lock, unless the files expire earlier. */
const DEFAULT_LOCK_DAYS = 365;

/**
 * The organization trail: recorded in the management account, stored in the log archive account, encrypted with a key of its own.
 * Without it there are no `AWS API Call via CloudTrail` events, and no rule matches.
 *
 * CloudTrail must be a trusted service of the organization
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html).
 */
export class OrganizationTrail extends pulumi.ComponentResource {
  readonly trail: aws.cloudtrail.Trail;
  readonly bucket: aws.s3.Bucket;
  readonly key: aws.kms.Key;
  readonly logGroup: aws.cloudwatch.LogGroup | undefined;
  /** What the trail must keep, for the control that restores it. */
  readonly required: pulumi.Output<OrganizationTrailSettings>;

  constructor(name: string, args: OrganizationTrailArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:OrganizationTrail", name, args, opts);
    const { settings, region, partition } = args;
    const protect = args.protectEvidence ?? true;
    const inLogArchive = { parent: this, provider: args.providers.logArchive };
    const inManagement = { parent: this, provider: args.providers.management };
    const bucketName = logBucketName({ ...args, homeRegion: region });
    const trailArn = arn(partition, "cloudtrail", region, args.managementAccountId, `trail/${settings.name}`);
    const policyArgs = { ...args, trailArn };

    this.key = new aws.kms.Key(
      `${name}-key`,
      {
        region,
        description: `Log files of the organization trail ${settings.name}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: policyText(logKeyPolicy(policyArgs, protect)),
      },
      { ...inLogArchive, protect },
    );
    const { insights } = settings;
    this.required = this.key.arn.apply((keyArn) => ({ arn: trailArn, bucket: bucketName, keyArn, insights }));
    new aws.kms.Alias(
      `${name}-key-alias`,
      { region, name: "alias/bailiwick-trail", targetKeyId: this.key.keyId },
      { ...inLogArchive, protect },
    );

    this.bucket = new aws.s3.Bucket(
      `${name}-logs`,
      { region, bucket: bucketName, forceDestroy: !protect },
      { ...inLogArchive, protect },
    );
    const policy = this.secureBucket(
      `${name}-logs`,
      args,
      logBucketPolicy(policyArgs, bucketName, protect),
      protect,
    );

    const cloudWatch = settings.cloudWatchLogs ? this.addLogGroup(name, args) : undefined;
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
        advancedEventSelectors: trailSelectors(settings, partition, bucketName, args.undoFunctionArn),
        insightSelectors:
          settings.insights.length === 0
            ? undefined
            : settings.insights.map((insightType) => ({ insightType })),
        cloudWatchLogsGroupArn: cloudWatch && pulumi.interpolate`${cloudWatch.logGroup.arn}:*`,
        cloudWatchLogsRoleArn: cloudWatch?.role.arn,
      },
      // CreateTrail writes to the bucket, and fails without permission.
      { ...inManagement, dependsOn: [policy, ...(cloudWatch ? [cloudWatch.rolePolicy] : [])], protect },
    );

    this.registerOutputs({ trailArn: this.trail.arn, bucketName: this.bucket.bucket, keyArn: this.key.arn });
  }

  /** Makes the bucket private, versioned and encrypted, with cheaper storage for old files. @returns the bucket's policy, on which the trail depends. */
  private secureBucket(
    name: string,
    args: OrganizationTrailArgs,
    statements: ResourcePolicyStatement[],
    protect: boolean,
  ) {
    const { region, settings } = args;
    const bucket = this.bucket.bucket;
    const options = { parent: this, provider: args.providers.logArchive, protect };
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
            // S3 leaves objects below 128 KB where they are, and most log files are smaller: a transition costs as much as years of
            // their storage. https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
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
    const { mode, days = Math.min(DEFAULT_LOCK_DAYS, settings.retentionDays) } = settings.objectLock;
    if (protect)
      // On a bucket that exists, too: `objectLockEnabled` of the bucket itself would replace it.
      new aws.s3.BucketObjectLockConfiguration(
        `${name}-object-lock`,
        { region, bucket, objectLockEnabled: "Enabled", rule: { defaultRetention: { mode, days } } },
        { ...options, dependsOn: [versioning] },
      );
    // One after the other, because S3 refuses concurrent changes of what controls access.
    return new aws.s3.BucketPolicy(
      `${name}-policy`,
      { region, bucket, policy: policyText(statements) },
      { ...options, dependsOn: [publicAccess] },
    );
  }

  /** The trail's log group, and the role with which CloudTrail writes to it. */
  private addLogGroup(name: string, args: OrganizationTrailArgs) {
    const { region, partition, settings, managementAccountId } = args;
    const options = {
      parent: this,
      provider: args.providers.management,
      protect: args.protectEvidence ?? true,
    };
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
        // CloudTrail doesn't state the trail when it assumes the role, so the trust can't be limited to one:
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
            // The trail creates a stream per account and region, named <organization or account>_CloudTrail_<region>.
            Resource: [`${streams}${args.organizationId}_*`, `${streams}${managementAccountId}_CloudTrail_*`],
          },
        ]),
      },
      options,
    );
    return { logGroup, role, rolePolicy };
  }
}
