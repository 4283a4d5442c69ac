import assert from "node:assert/strict";
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetTrailCommand,
  UpdateTrailCommand,
  type CreateTrailCommandInput,
} from "@aws-sdk/client-cloudtrail";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
  DeleteBucketEncryptionCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  MANAGEMENT,
  MEMBER,
  ORGANIZATION_ID,
  rootOf,
  SECURITY,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";
import { trailBucketPolicy } from "./testing/trail-bucket";

const ARN = `arn:aws:cloudtrail:eu-west-1:${MANAGEMENT}:trail/org`;
const BUCKET = { bucket: "org-logs", trails: [ARN], organizationId: ORGANIZATION_ID };
const RIGHT = trailBucketPolicy(BUCKET);
const WORDS = "Incorrect S3 bucket policy is detected for bucket: org-logs";

interface Document {
  Version: string;
  Statement: { [element: string]: unknown; Sid?: string; Condition?: object }[];
}

describe("A trail that could not deliver", () => {
  let organization: RecordedOrganization;
  let trails: CloudTrailClient;
  let s3: S3Client;
  let kms: KMSClient;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization({ trail: false });
    trails = new CloudTrailClient(organization.config(MANAGEMENT));
    s3 = new S3Client({ ...organization.config(SECURITY), forcePathStyle: true });
    kms = new KMSClient(organization.config(SECURITY));
    await organization.trailBucket(BUCKET);
  });
  after(() => organization?.stop());

  const settings = { Name: "org", S3BucketName: "org-logs", IsOrganizationTrail: true };
  const create = (more: Partial<CreateTrailCommandInput> = {}) =>
    trails.send(new CreateTrailCommand({ ...settings, ...more }));
  const remove = () => trails.send(new DeleteTrailCommand({ Name: "org" }));
  const bucketPolicy = (Policy: string) =>
    s3.send(new PutBucketPolicyCommand({ Bucket: "org-logs", Policy }));
  const changed = (policy: string, change: (document: Document) => void): string => {
    const document = JSON.parse(policy) as Document;
    change(document);
    return JSON.stringify(document);
  };
  const without = (policy: string, from: string, to: string): string => {
    assert.ok(policy.includes(from), policy);
    return policy.replaceAll(from, to);
  };

  afterEach(async () => {
    await bucketPolicy(RIGHT);
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket: "org-logs" }));
    const { trailList = [] } = await trails.send(new DescribeTrailsCommand({}));
    for (const { Name } of trailList) await trails.send(new DeleteTrailCommand({ Name }));
  });

  describe("for its bucket", () => {
    it("is not created for a missing bucket", async () => {
      await assert.rejects(create({ S3BucketName: "nowhere-at-all" }), {
        name: "S3BucketDoesNotExistException",
        message: "S3 bucket nowhere-at-all does not exist!",
      });
    });

    it("is created once the policy is right, also without the organization", async () => {
      assert.equal((await create()).TrailARN, ARN);
      await remove();
      await bucketPolicy(trailBucketPolicy({ ...BUCKET, organizationId: undefined }));
      assert.equal((await create({ IsOrganizationTrail: false })).TrailARN, ARN);
    });

    const acl =
      /does not allow s3:GetBucketAcl by cloudtrail\.amazonaws\.com with aws:sourcearn=.*trail\/org/;
    const put = /does not allow s3:PutObject by cloudtrail\.amazonaws\.com with aws:sourcearn=.*trail\/org/;
    const faults: [string, () => string, RegExp][] = [
      ["leaves the ACL out", () => without(RIGHT, "s3:GetBucketAcl", "s3:GetBucketTagging"), acl],
      ["leaves writing out", () => without(RIGHT, "s3:PutObject", "s3:PutObjectTagging"), put],
      ["names another trail", () => without(RIGHT, "trail/org", "trail/other"), acl],
      ["names another service", () => without(RIGHT, "cloudtrail.amazonaws", "config.amazonaws"), acl],
      ["wants another ACL", () => without(RIGHT, "bucket-owner-full-control", "private"), put],
      [
        "leaves the organization's folder out",
        () => trailBucketPolicy({ ...BUCKET, organizationId: undefined }),
        new RegExp(`org-logs/AWSLogs/${ORGANIZATION_ID}/.* ${put.source}`),
      ],
      [
        "leaves the account's folder out",
        () => without(RIGHT, `AWSLogs/${MANAGEMENT}/`, `AWSLogs/${MEMBER}/`),
        new RegExp(`org-logs/AWSLogs/${MANAGEMENT}/.* ${put.source}`),
      ],
      [
        "denies everybody to write",
        () =>
          changed(RIGHT, ({ Statement }) => {
            const Resource = "arn:aws:s3:::org-logs/*";
            Statement.push({ Effect: "Deny", Principal: "*", Action: "s3:Put*", Resource });
          }),
        put,
      ],
    ];
    for (const [fault, policy, missing] of faults)
      it(`is not created for a bucket whose policy ${fault}, and the error says what is missing`, async () => {
        await bucketPolicy(policy());

        await assert.rejects(create(), (error: Error) => {
          assert.equal(error.name, "InsufficientS3BucketPolicyException");
          assert.ok(error.message.startsWith(WORDS), error.message);
          assert.match(error.message, missing);
          return true;
        });
        assert.deepEqual((await trails.send(new DescribeTrailsCommand({}))).trailList, []);
      });

    it("is not created with a prefix that the policy leaves out, and is with the one that it names", async () => {
      await assert.rejects(create({ S3KeyPrefix: "trails" }), {
        name: "InsufficientS3BucketPolicyException",
      });

      await bucketPolicy(without(RIGHT, "org-logs/AWSLogs", "org-logs/trails/AWSLogs"));
      assert.equal((await create({ S3KeyPrefix: "trails" })).S3KeyPrefix, "trails");
      await assert.rejects(trails.send(new UpdateTrailCommand({ Name: "org", S3KeyPrefix: "other" })), {
        name: "InsufficientS3BucketPolicyException",
      });
    });

    it("is refused in the same way to boto3's core, and its refusal is recorded", async () => {
      await organization.trailBucket({
        bucket: "own-logs",
        trails: [`arn:aws:cloudtrail:eu-west-1:${MANAGEMENT}:trail/own`],
      });
      await create({ Name: "own", S3BucketName: "own-logs", IsOrganizationTrail: false });
      await organization.call(
        "cloudtrail",
        "StartLogging",
        { Name: "own" },
        { credentials: rootOf(MANAGEMENT) },
      );
      await bucketPolicy(without(RIGHT, "trail/org", "trail/other"));

      const records = await organization.recordsOf(async () => {
        const credentials = rootOf(MANAGEMENT);
        const answer = await organization.call("cloudtrail", "CreateTrail", settings, { credentials });
        assert.equal(answer.error, "InsufficientS3BucketPolicyException");
        assert.ok(answer.message?.includes(WORDS), answer.message);
      });

      assert.deepEqual(
        records.map(({ eventName, errorCode }) => [eventName, errorCode]),
        [["CreateTrail", "InsufficientS3BucketPolicyException"]],
      );
    });

    it("stays unchanged when it is updated to a bucket that it may not write to", async () => {
      await create();
      await organization.trailBucket({ bucket: "others-logs", trails: [`${ARN}-other`] });

      const move = trails.send(new UpdateTrailCommand({ Name: "org", S3BucketName: "others-logs" }));
      await assert.rejects(move, {
        name: "InsufficientS3BucketPolicyException",
        message: /^Incorrect S3 bucket policy is detected for bucket: others-logs/,
      });
      const { Trail } = await trails.send(new GetTrailCommand({ Name: "org" }));
      assert.equal(Trail?.S3BucketName, "org-logs");
    });

    it("can't become the organization's where the policy only allows its own account", async () => {
      await bucketPolicy(trailBucketPolicy({ ...BUCKET, organizationId: undefined }));
      await create({ IsOrganizationTrail: false });

      const widen = trails.send(new UpdateTrailCommand({ Name: "org", IsOrganizationTrail: true }));
      await assert.rejects(widen, { name: "InsufficientS3BucketPolicyException" });
    });

    it("may still change what doesn't concern a removed policy", async () => {
      await create();
      await bucketPolicy(without(RIGHT, "trail/org", "trail/other"));

      const update = { Name: "org", EnableLogFileValidation: true };
      const { LogFileValidationEnabled } = await trails.send(new UpdateTrailCommand(update));
      assert.equal(LogFileValidationEnabled, true);
    });
  });

  describe("for its key", () => {
    const cloudTrail = { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" }, Resource: "*" };
    const bySource = { "aws:SourceArn": ARN };
    const context = {
      "kms:EncryptionContext:aws:cloudtrail:arn": `arn:aws:cloudtrail:*:${MANAGEMENT}:trail/*`,
    };
    const keyPolicy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Owner",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${SECURITY}:root` },
          Action: "kms:*",
          Resource: "*",
        },
        {
          Sid: "Encrypts",
          ...cloudTrail,
          Action: "kms:GenerateDataKey*",
          Condition: { StringEquals: bySource, StringLike: context },
        },
        { Sid: "Describes", ...cloudTrail, Action: "kms:DescribeKey", Condition: { StringEquals: bySource } },
      ],
    });
    const decrypts = { ...cloudTrail, Action: "kms:Decrypt", Condition: { StringEquals: bySource } };
    const key = async (Policy = keyPolicy, client = kms) =>
      (await client.send(new CreateKeyCommand({ Policy }))).KeyMetadata?.Arn ?? "";

    it("is created with a key whose policy is right, and gives its ARN however the key was named", async () => {
      const KmsKeyId = await key();
      assert.equal((await create({ KmsKeyId })).KmsKeyId, KmsKeyId);

      const AliasName = "alias/trails";
      await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KmsKeyId }));
      const alias = `arn:aws:kms:eu-west-1:${SECURITY}:${AliasName}`;
      await trails.send(new UpdateTrailCommand({ Name: "org", KmsKeyId: alias }));
      assert.equal((await trails.send(new GetTrailCommand({ Name: "org" }))).Trail?.KmsKeyId, KmsKeyId);
    });

    it("is not created with a missing key, or a key in another region than the bucket", async () => {
      const none = `arn:aws:kms:eu-west-1:${SECURITY}:key/00000000-0000-0000-0000-000000000000`;
      await assert.rejects(create({ KmsKeyId: none }), {
        name: "KmsKeyNotFoundException",
        message: `The key ${none} does not exist.`,
      });
      const far = await key(keyPolicy, new KMSClient(organization.config(SECURITY, "us-east-1")));
      await assert.rejects(create({ KmsKeyId: far }), {
        name: "KmsKeyNotFoundException",
        message: /is in us-east-1, the bucket org-logs in eu-west-1/,
      });
    });

    it("is not created with a key that is disabled or about to be deleted", async () => {
      const disabled = await key();
      await kms.send(new DisableKeyCommand({ KeyId: disabled }));
      await assert.rejects(create({ KmsKeyId: disabled }), {
        name: "KmsException",
        message: `The key ${disabled} can't be used: its state is Disabled.`,
      });
      const going = await key();
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: going, PendingWindowInDays: 7 }));
      await assert.rejects(create({ KmsKeyId: going }), { name: "KmsException" });
    });

    const generate = /does not allow kms:GenerateDataKey by cloudtrail\.amazonaws\.com/;
    const faults: [string, () => string, RegExp][] = [
      [
        "does not let CloudTrail encrypt",
        () => without(keyPolicy, "kms:GenerateDataKey*", "kms:Encrypt"),
        generate,
      ],
      ["names another trail", () => without(keyPolicy, "trail/org", "trail/other"), generate],
      [
        "wants the encryption context of another account",
        () => without(keyPolicy, `cloudtrail:*:${MANAGEMENT}`, `cloudtrail:*:${MEMBER}`),
        generate,
      ],
      [
        "does not let CloudTrail describe it",
        () => without(keyPolicy, "kms:DescribeKey", "kms:ListGrants"),
        /does not allow kms:DescribeKey by cloudtrail\.amazonaws\.com/,
      ],
    ];
    const words = (KmsKeyId: string) =>
      `Insufficient permissions to access S3 bucket org-logs or KMS key ${KmsKeyId}.`;
    const refused = (KmsKeyId: string, missing: RegExp) => (error: Error) => {
      assert.equal(error.name, "InsufficientEncryptionPolicyException");
      assert.ok(error.message.startsWith(words(KmsKeyId)), error.message);
      assert.match(error.message, missing);
      return true;
    };
    for (const [fault, policy, missing] of faults)
      it(`is neither created with nor updated to a key whose policy ${fault}`, async () => {
        const KmsKeyId = await key(policy());

        await assert.rejects(create({ KmsKeyId }), refused(KmsKeyId, missing));
        await create();
        const update = trails.send(new UpdateTrailCommand({ Name: "org", KmsKeyId }));
        await assert.rejects(update, refused(KmsKeyId, missing));
        assert.equal((await trails.send(new GetTrailCommand({ Name: "org" }))).Trail?.KmsKeyId, undefined);
      });

    it("gets an error about bucket or key when it has a key and may not write, as AWS can't know which", async () => {
      const KmsKeyId = await key();
      await bucketPolicy(without(RIGHT, "s3:PutObject", "s3:PutObjectTagging"));

      await assert.rejects(create({ KmsKeyId }), refused(KmsKeyId, /does not allow s3:PutObject/));
    });

    it("needs kms:Decrypt where the bucket has a key of its own", async () => {
      const KmsKeyId = await key();
      const rule = {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const, KMSMasterKeyID: KmsKeyId },
        BucketKeyEnabled: true,
      };
      await s3.send(
        new PutBucketEncryptionCommand({
          Bucket: "org-logs",
          ServerSideEncryptionConfiguration: { Rules: [rule] },
        }),
      );
      await assert.rejects(create({ KmsKeyId }), refused(KmsKeyId, /does not allow kms:Decrypt/));

      const Policy = changed(keyPolicy, ({ Statement }) => Statement.push(decrypts));
      await kms.send(new PutKeyPolicyCommand({ KeyId: KmsKeyId, PolicyName: "default", Policy }));
      assert.equal((await create({ KmsKeyId })).KmsKeyId, KmsKeyId);
    });
  });
});
