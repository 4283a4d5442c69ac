/**
 * Log files and digest files: their names, contents and hashes
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html,
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html). Pure.
 */
import { createHash, createSign, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { CloudTrailRecord, JsonObject } from "@bailiwick/aws-events/record";
import type { InsightRecord } from "./insight-record";
import type { Trail } from "./selectors";

export interface LogFile {
  key: string;
  /** Gzip of `{"Records": […]}`. */
  body: Buffer;
  /** SHA-256 of the uncompressed content, hexadecimal. */
  hash: string;
  oldestEventTime: string;
  newestEventTime: string;
}

/** The content of log files. Insights have their own files. */
export type LoggedRecord = CloudTrailRecord | InsightRecord;

/** A part of a trail: an account and region, which has its own files. */
export interface LogPart {
  trail: Trail;
  organizationId: string;
  account: string;
  region: string;
  kind: "CloudTrail" | "CloudTrail-Insight";
}

/** @param at milliseconds since 1970. */
export function logFile(part: LogPart, records: LoggedRecord[], at: number): LogFile {
  const text = JSON.stringify({ Records: records });
  const times = records.map(({ eventTime }) => eventTime).sort();
  const stamp = compactTime(at).replace(/\d\dZ$/, "Z");
  const name = `${part.account}_${part.kind}_${part.region}_${stamp}_${randomName()}.json.gz`;
  return {
    key: `${folder(part, part.kind, at)}/${name}`,
    body: gzipSync(text),
    hash: sha256(text),
    oldestEventTime: times[0] ?? "",
    newestEventTime: times.at(-1) ?? "",
  };
}

/** `[prefix/]AWSLogs/[o-id/]<account>/<kind>/<region>/yyyy/mm/dd` */
function folder({ trail, organizationId, account, region }: LogPart, kind: string, at: number): string {
  const date = new Date(at).toISOString().slice(0, 10).replaceAll("-", "/");
  return [
    ...(trail.prefix === undefined ? [] : [trail.prefix]),
    "AWSLogs",
    ...(trail.organization ? [organizationId] : []),
    account,
    kind,
    region,
    date,
  ].join("/");
}

/** `20260131T235900Z` */
const compactTime = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
const randomName = (): string =>
  [...randomBytes(16)]
    .map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[byte % 62])
    .join("");
const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

/** What a digest gives about the one before it, for which it vouches. */
export interface PreviousDigest {
  bucket: string;
  key: string;
  hash: string;
  signature: string;
  /** Milliseconds since 1970. */
  end: number;
}

interface DigestFile {
  key: string;
  body: Buffer;
  /** Metadata of the S3 object. */
  metadata: { signature: string; "signature-algorithm": string };
  previous: PreviousDigest;
}

/** Signs digests with one key per region, as AWS does. */
export class DigestSigner {
  private keys = new Map<string, { privateKey: KeyObject; publicKey: Buffer; fingerprint: string }>();

  private key(region: string) {
    let key = this.keys.get(region);
    if (!key) {
      const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const publicKey = pair.publicKey.export({ type: "pkcs1", format: "der" });
      const fingerprint = createHash("md5").update(publicKey).digest("hex");
      this.keys.set(region, (key = { privateKey: pair.privateKey, publicKey, fingerprint }));
    }
    return key;
  }

  /** What ListPublicKeys would answer: PKCS #1, DER. */
  publicKey(region: string): { fingerprint: string; der: Buffer } {
    const { fingerprint, publicKey } = this.key(region);
    return { fingerprint, der: publicKey };
  }

  /** @param start milliseconds since 1970, as `end`. */
  digest(
    part: LogPart,
    files: LogFile[],
    times: { start: number; end: number },
    previous: PreviousDigest | undefined,
  ): DigestFile {
    const { trail, account, region } = part;
    const { privateKey, fingerprint } = this.key(region);
    const seconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
    const stamp = compactTime(times.end);
    const name = `${account}_CloudTrail-Digest_${region}_${trail.name}_${trail.homeRegion}_${stamp}.json.gz`;
    const key = `${folder(part, "CloudTrail-Digest", times.end)}/${name}`;
    const content: JsonObject = {
      awsAccountId: account,
      digestStartTime: seconds(times.start),
      digestEndTime: seconds(times.end),
      digestS3Bucket: trail.bucket,
      digestS3Object: key,
      digestPublicKeyFingerprint: fingerprint,
      digestSignatureAlgorithm: "SHA256withRSA",
      newestEventTime:
        files
          .map(({ newestEventTime }) => newestEventTime)
          .sort()
          .at(-1) ?? null,
      oldestEventTime: files.map(({ oldestEventTime }) => oldestEventTime).sort()[0] ?? null,
      previousDigestS3Bucket: previous?.bucket ?? null,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.hash ?? null,
      previousDigestHashAlgorithm: previous ? "SHA-256" : null,
      previousDigestSignature: previous?.signature ?? null,
      logFiles: files.map((file) => ({
        s3Bucket: trail.bucket,
        s3Object: file.key,
        hashValue: file.hash,
        hashAlgorithm: "SHA-256",
        newestEventTime: file.newestEventTime,
        oldestEventTime: file.oldestEventTime,
      })),
    };
    const text = JSON.stringify(content);
    const hash = sha256(text);
    const signed = [seconds(times.end), `${trail.bucket}/${key}`, hash, previous?.signature ?? "null"].join(
      "\n",
    );
    const signature = createSign("RSA-SHA256").update(signed).sign(privateKey, "hex");
    return {
      key,
      body: gzipSync(text),
      metadata: { signature, "signature-algorithm": "SHA256withRSA" },
      previous: { bucket: trail.bucket, key, hash, signature, end: times.end },
    };
  }
}
