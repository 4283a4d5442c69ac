import assert from "node:assert/strict";
import { createHash, createPublicKey, createVerify } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { CloudTrailRecord, JsonObject } from "@bailiwick/aws-events/record";
import { DigestSigner, logFile, type LogPart } from "./log-files";
import type { Trail } from "./selectors";

const AT = Date.parse("2026-01-02T03:04:05.678Z");
const part = (trail: Partial<Trail> = {}): LogPart => ({
  trail: { name: "org", homeRegion: "eu-west-1", bucket: "logs", organization: true, ...trail } as Trail,
  organizationId: "o-abc",
  account: "333333333333",
  region: "us-east-1",
  kind: "CloudTrail",
});
const records = [
  { eventTime: "2026-01-02T03:03:00Z" },
  { eventTime: "2026-01-02T03:01:00Z" },
] as CloudTrailRecord[];

describe("A log file", () => {
  it("has AWS's key, by organization, account, region and day", () => {
    assert.match(
      logFile(part(), records, AT).key,
      /^AWSLogs\/o-abc\/333333333333\/CloudTrail\/us-east-1\/2026\/01\/02\/333333333333_CloudTrail_us-east-1_20260102T0304Z_[A-Za-z0-9]{16}\.json\.gz$/,
    );
    assert.match(
      logFile(part({ organization: false, prefix: "audit" }), records, AT).key,
      /^audit\/AWSLogs\/333333333333\/CloudTrail\/us-east-1\//,
    );
  });

  it("holds the records, zipped, with the hash of its content", () => {
    const file = logFile(part(), records, AT);

    const text = gunzipSync(file.body).toString();
    assert.deepEqual(JSON.parse(text), { Records: records });
    assert.equal(file.hash, createHash("sha256").update(text).digest("hex"));
    assert.deepEqual(
      [file.oldestEventTime, file.newestEventTime],
      ["2026-01-02T03:01:00Z", "2026-01-02T03:03:00Z"],
    );
  });
});

describe("A digest file", () => {
  const signer = new DigestSigner();
  const file = logFile(part(), records, AT);
  const first = signer.digest(part(), [file], { start: AT - 1000, end: AT }, undefined);
  const second = signer.digest(part(), [], { start: AT, end: AT + 1000 }, first.previous);
  const content = (body: Buffer) => JSON.parse(gunzipSync(body).toString()) as JsonObject;

  it("is stored beside the logs and names the files with their hashes", () => {
    assert.equal(
      first.key,
      "AWSLogs/o-abc/333333333333/CloudTrail-Digest/us-east-1/2026/01/02/333333333333_CloudTrail-Digest_us-east-1_org_eu-west-1_20260102T030405Z.json.gz",
    );
    assert.deepEqual(content(first.body)["logFiles"], [
      {
        s3Bucket: "logs",
        s3Object: file.key,
        hashValue: file.hash,
        hashAlgorithm: "SHA-256",
        newestEventTime: file.newestEventTime,
        oldestEventTime: file.oldestEventTime,
      },
    ]);
  });

  it("vouches for the one before, even without a file", () => {
    const { previousDigestS3Object, previousDigestHashValue, logFiles } = content(second.body);

    assert.equal(previousDigestS3Object, first.key);
    assert.equal(previousDigestHashValue, createHash("sha256").update(gunzipSync(first.body)).digest("hex"));
    assert.deepEqual(logFiles, []);
    assert.equal(content(first.body)["previousDigestS3Object"], null);
  });

  it("is signed with the region's key, over time, place, hash and the signature before", () => {
    const { der, fingerprint } = signer.publicKey("us-east-1");
    const key = createPublicKey({ key: der, format: "der", type: "pkcs1" });
    const hash = createHash("sha256").update(gunzipSync(second.body)).digest("hex");
    const signed = `2026-01-02T03:04:06Z\nlogs/${second.key}\n${hash}\n${first.metadata.signature}`;
    const verify = (text: string) =>
      createVerify("RSA-SHA256").update(text).verify(key, second.metadata.signature, "hex");

    assert.equal(verify(signed), true);
    assert.equal(verify(`${signed}0`), false);
    assert.equal(content(second.body)["digestPublicKeyFingerprint"], fingerprint);
  });
});
