/** Writes into a trail's bucket like CloudTrail: only if the policies of bucket and key allow it. */
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Emulator } from "../emulator/emulator";
import { DeliveryError } from "./delivery-error";
import type { Trail } from "./selectors";
import { ROOT_SECRET } from "./trails";

export interface LogBucket {
  /** @throws DeliveryError */
  put(trail: Trail, key: string, body: Buffer, metadata?: Record<string, string>): Promise<void>;
  close(): void;
}

export function logBuckets(emulator: Pick<Emulator, "url" | "mayDeliver">): LogBucket {
  const clients = new Map<string, S3Client>();
  const client = (account: string, region: string): S3Client => {
    const key = `${account}/${region}`;
    let made = clients.get(key);
    if (!made) {
      const credentials = { accessKeyId: account, secretAccessKey: ROOT_SECRET };
      made = new S3Client({ endpoint: emulator.url, region, credentials, forcePathStyle: true });
      clients.set(key, made);
    }
    return made;
  };

  return {
    async put(trail, key, body, metadata) {
      const { arn, bucket, kmsKeyId } = trail;
      const answer = await emulator.mayDeliver({ trail: arn, bucket, key, kmsKeyId });
      if ("code" in answer) throw new DeliveryError(answer.code, answer.message);
      const { account, region, kmsKeyArn } = answer;
      await client(account, region).send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: "application/json",
          ContentEncoding: "gzip",
          Metadata: metadata,
          ...(kmsKeyArn === undefined ? {} : { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyArn }),
        }),
      );
    },
    close() {
      for (const client of clients.values()) client.destroy();
    },
  };
}
