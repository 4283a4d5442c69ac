import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateSecurityGroupCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import {
  MANAGEMENT,
  MEMBER,
  ORGANIZATION_ID,
  SECURITY,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";

describe("The log files of a trail", () => {
  let organization: RecordedOrganization;
  let trails: CloudTrailClient;
  let count = 0;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization({ trail: false });
    trails = new CloudTrailClient(organization.config(MANAGEMENT));
    await organization.trailBucket({
      bucket: "org-logs",
      trails: [trailArn],
      organizationId: ORGANIZATION_ID,
    });
    await trails.send(
      new CreateTrailCommand({
        Name: "org",
        S3BucketName: "org-logs",
        IsOrganizationTrail: true,
        IsMultiRegionTrail: true,
        EnableLogFileValidation: true,
      }),
    );
    await trails.send(new StartLoggingCommand({ Name: "org" }));
  });
  after(() => organization?.stop());

  const group = async () => {
    count += 1;
    const client = new EC2Client(organization.config(MEMBER));
    await client.send(
      new CreateSecurityGroupCommand({ GroupName: `group-${count}`, Description: "for a test" }),
    );
    client.destroy();
  };

  const trailArn = `arn:aws:cloudtrail:eu-west-1:${MANAGEMENT}:trail/org`;
  const cloudTrail = { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" } };
  const bySource = { "aws:SourceArn": trailArn };
  let bucket: S3Client;

  const allow = (Condition: Record<string, unknown>, owners = [ORGANIZATION_ID, MANAGEMENT]) =>
    bucket.send(
      new PutBucketPolicyCommand({
        Bucket: "org-logs",
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { ...cloudTrail, Action: "s3:GetBucketAcl", Resource: "arn:aws:s3:::org-logs", Condition },
            {
              ...cloudTrail,
              Action: "s3:PutObject",
              Resource: owners.map((owner) => `arn:aws:s3:::org-logs/AWSLogs/${owner}/*`),
              Condition: {
                StringEquals: {
                  ...(Condition["StringEquals"] as object),
                  "s3:x-amz-acl": "bucket-owner-full-control",
                },
              },
            },
          ],
        }),
      }),
    );
  const flush = async (options?: { digest?: boolean }) => {
    await organization.gateway.allReported();
    await organization.cloudTrail.flush(options);
  };
  const keys = async () => {
    const { Contents = [] } = await bucket.send(new ListObjectsV2Command({ Bucket: "org-logs" }));
    return Contents.map(({ Key = "" }) => Key);
  };
  const read = async (Key: string) => {
    const found = await bucket.send(new GetObjectCommand({ Bucket: "org-logs", Key }));
    const text = gunzipSync(
      await (found.Body as NonNullable<typeof found.Body>).transformToByteArray(),
    ).toString();
    return { text, json: JSON.parse(text) as Record<string, unknown>, found };
  };

  before(() => {
    // Directly to the emulator, so that the test's own calls are not recorded.
    bucket = new S3Client({
      ...organization.config(SECURITY),
      endpoint: organization.emulator.url,
      forcePathStyle: true,
    });
  });

  it("can't be delivered when the bucket is deleted", async () => {
    await bucket.send(new DeleteBucketCommand({ Bucket: "org-logs" }));
    await group();
    await flush();

    const failure = organization.cloudTrail.deliveryErrors.find(
      ({ account, region }) => account === MEMBER && region === "eu-west-1",
    );
    assert.equal(failure?.code, "NoSuchBucket");
  });

  it("can't be delivered against the bucket's policy, or for another trail", async () => {
    await bucket.send(
      new CreateBucketCommand({
        Bucket: "org-logs",
        CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
      }),
    );
    await flush();
    assert.match(
      organization.cloudTrail.deliveryErrors[0]?.message ?? "",
      /the policy of arn:aws:s3:::org-logs does not allow s3:GetBucketAcl/,
    );

    await allow({ StringEquals: { "aws:SourceArn": `${trailArn}-other` } });
    await flush();
    assert.equal(organization.cloudTrail.deliveryErrors[0]?.code, "AccessDenied");
    assert.deepEqual(await keys(), []);
  });

  it("can't be delivered to a prefix that the policy leaves out", async () => {
    await allow({ StringEquals: bySource }, [MANAGEMENT]);
    await flush();

    assert.match(organization.cloudTrail.deliveryErrors[0]?.message ?? "", /does not allow s3:PutObject/);
  });

  it("are delivered, with all waiting records, once the policy allows it", async () => {
    await allow({ StringEquals: bySource });

    await flush();

    assert.deepEqual(organization.cloudTrail.deliveryErrors, []);
    const all = await keys();
    for (const key of all)
      assert.match(
        key,
        /^AWSLogs\/o-exampleorg\/\d{12}\/CloudTrail\/[a-z0-9-]+\/\d{4}\/\d\d\/\d\d\/\d{12}_CloudTrail_[a-z0-9-]+_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/,
      );
    const records = await Promise.all(
      all.map(async (key) => (await read(key)).json["Records"] as CloudTrailRecord[]),
    );
    const delivered = records.flat().map(({ eventID }) => eventID);
    assert.deepEqual(delivered.sort(), organization.events.map(({ detail }) => detail.eventID).sort());
  });

  it("are named, with their hashes, by a digest file", async () => {
    await flush({ digest: true });

    const digests = (await keys()).filter((key) => key.includes("/CloudTrail-Digest/"));
    const digest = digests.find((key) => key.includes(`/${MEMBER}/CloudTrail-Digest/eu-west-1/`));
    assert.ok(digest);
    const { json, found } = await read(digest);
    assert.equal(found.Metadata?.["signature-algorithm"], "SHA256withRSA");
    const [file] = json["logFiles"] as { s3Object: string; hashValue: string }[];
    assert.ok(file);
    const { text } = await read(file.s3Object);
    assert.equal(createHash("sha256").update(text).digest("hex"), file.hashValue);
  });

  it("need the permission of the trail's key, and are encrypted with it", async () => {
    const kms = new KMSClient(organization.config(SECURITY));
    const owner = {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${SECURITY}:root` },
      Action: "kms:*",
      Resource: "*",
    };
    const encrypts = {
      ...cloudTrail,
      Action: "kms:GenerateDataKey*",
      Resource: "*",
      Condition: {
        StringLike: {
          "kms:EncryptionContext:aws:cloudtrail:arn": `arn:aws:cloudtrail:*:${MANAGEMENT}:trail/*`,
        },
      },
    };
    const describes = { ...cloudTrail, Action: "kms:DescribeKey", Resource: "*" };
    const policy = (...statements: object[]) =>
      JSON.stringify({ Version: "2012-10-17", Statement: statements });
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Policy: policy(owner, encrypts, describes) }),
    );
    const KeyId = KeyMetadata?.Arn;
    await trails.send(new UpdateTrailCommand({ Name: "org", KmsKeyId: KeyId }));
    const change = (...statements: object[]) =>
      kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: "default", Policy: policy(...statements) }));
    await change(owner, describes);
    await group();
    await flush();
    assert.match(
      organization.cloudTrail.deliveryErrors[0]?.message ?? "",
      /can't use the key .* does not allow kms:GenerateDataKey/,
    );

    await change(owner, encrypts);
    await group();
    const before = await keys();
    await flush();

    assert.deepEqual(organization.cloudTrail.deliveryErrors, []);
    const [fresh = ""] = (await keys()).filter((key) => !before.includes(key) && key.includes(`/${MEMBER}/`));
    assert.equal((await read(fresh)).found.ServerSideEncryption, "aws:kms");
  });
});
