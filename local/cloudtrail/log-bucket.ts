/** Writes into a trail's bucket as CloudTrail may: only if the bucket's policy and the key's allow it. */
import { GetKeyPolicyCommand, KMSClient } from "@aws-sdk/client-kms";
import { GetBucketPolicyCommand, HeadBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Emulator } from "../emulator/emulator";
import { DeliveryError } from "./delivery-error";
import type { Trail } from "./selectors";
import { ROOT_SECRET } from "./trails";

const SERVICE = { service: "cloudtrail.amazonaws.com" };

export interface LogBucket {
  /** @throws DeliveryError */
  put(trail: Trail, key: string, body: Buffer, metadata?: Record<string, string>): Promise<void>;
  close(): void;
}

/** @param accounts where a bucket's owner is looked for: the organization's. */
export function logBuckets(
  emulator: Pick<Emulator, "url" | "authorize">,
  accounts: () => Iterable<string>,
): LogBucket {
  const clients = new Map<string, S3Client>();
  const found = new Map<string, { account: string; region: string }>();

  const credentials = (account: string) => ({ accessKeyId: account, secretAccessKey: ROOT_SECRET });
  const client = (account: string, region: string): S3Client => {
    const key = `${account}/${region}`;
    let made = clients.get(key);
    if (!made) {
      made = new S3Client({
        endpoint: emulator.url,
        region,
        credentials: credentials(account),
        forcePathStyle: true,
      });
      clients.set(key, made);
    }
    return made;
  };

  /** Bucket names are unique across accounts: whoever may read a bucket's policy as root owns it. */
  const locate = async (
    bucket: string,
  ): Promise<{ account: string; region: string; policy: string | undefined }> => {
    const known = found.get(bucket);
    const candidates = known ? [known.account] : [...accounts()];
    for (const account of candidates) {
      const region = known?.region ?? (await regionOf(client(account, "us-east-1"), bucket));
      if (region === undefined) break;
      const policy = await policyOf(client(account, region), bucket);
      if (policy === "not ours") continue;
      found.set(bucket, { account, region });
      return { account, region, policy };
    }
    found.delete(bucket);
    throw new DeliveryError(
      "NoSuchBucket",
      `The bucket ${bucket} does not exist in any account of the organization.`,
    );
  };

  const mustAllow = async (question: Parameters<Emulator["authorize"]>[0], what: string): Promise<void> => {
    const answer = await emulator.authorize(question);
    if (!answer.allowed) throw new DeliveryError("AccessDenied", `${what}: ${answer.reason}.`);
  };

  return {
    async put(trail, key, body, metadata) {
      const { account, region, policy } = await locate(trail.bucket);
      const arn = `arn:aws:s3:::${trail.bucket}`;
      const about = {
        "aws:SourceArn": trail.arn,
        "aws:SourceAccount": trail.account,
        "aws:SecureTransport": "true",
      };
      const asked = { principal: SERVICE, region, policy, owner: account };
      await mustAllow(
        { ...asked, action: "s3:GetBucketAcl", resource: arn, context: about },
        `CloudTrail can't check the bucket ${trail.bucket}`,
      );
      await mustAllow(
        {
          ...asked,
          action: "s3:PutObject",
          resource: `${arn}/${key}`,
          context: { ...about, "s3:x-amz-acl": "bucket-owner-full-control" },
        },
        `CloudTrail can't write into the bucket ${trail.bucket}`,
      );
      const { kmsKeyId } = trail;
      if (kmsKeyId !== undefined) {
        const keyPolicy = await policyOfKey(emulator.url, kmsKeyId, trail);
        const context = { ...about, "kms:EncryptionContext:aws:cloudtrail:arn": trailContext(trail) };
        await mustAllow(
          {
            principal: SERVICE,
            region,
            policy: keyPolicy,
            action: "kms:GenerateDataKey",
            resource: kmsKeyId,
            context,
          },
          `CloudTrail can't use the key ${kmsKeyId}`,
        );
      }
      await client(account, region).send(
        new PutObjectCommand({
          Bucket: trail.bucket,
          Key: key,
          Body: body,
          ContentType: "application/json",
          ContentEncoding: "gzip",
          Metadata: metadata,
          ...(kmsKeyId === undefined ? {} : { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId }),
        }),
      );
    },
    close() {
      for (const one of clients.values()) one.destroy();
    },
  };
}

/** The encryption context names the trail, in the account whose trail it is. */
const trailContext = (trail: Trail): string => trail.arn;

async function regionOf(client: S3Client, bucket: string): Promise<string | undefined> {
  try {
    return (await client.send(new HeadBucketCommand({ Bucket: bucket }))).BucketRegion ?? "us-east-1";
  } catch (error) {
    const { $response, $metadata } = error as {
      $response?: { headers?: Record<string, string> };
      $metadata?: { httpStatusCode?: number };
    };
    if ($metadata?.httpStatusCode === 404) return undefined;
    const region = $response?.headers?.["x-amz-bucket-region"];
    if (region !== undefined) return region;
    throw error;
  }
}

async function policyOf(client: S3Client, bucket: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetBucketPolicyCommand({ Bucket: bucket }))).Policy;
  } catch (error) {
    const { name } = error as Error;
    if (name === "NoSuchBucketPolicy") return undefined;
    if (name === "AccessDenied" || name === "MethodNotAllowed" || name === "NoSuchBucket") return "not ours";
    throw error;
  }
}

async function policyOfKey(endpoint: string, key: string, trail: Trail): Promise<string | undefined> {
  const [, , , region = trail.homeRegion, account = trail.account] = key.split(":");
  const client = new KMSClient({
    endpoint,
    region,
    credentials: { accessKeyId: account, secretAccessKey: ROOT_SECRET },
  });
  try {
    return (await client.send(new GetKeyPolicyCommand({ KeyId: key, PolicyName: "default" }))).Policy;
  } catch (error) {
    throw new DeliveryError(
      (error as Error).name,
      `The key ${key} of the trail ${trail.name} can't be used: ${(error as Error).message}`,
    );
  } finally {
    client.destroy();
  }
}
