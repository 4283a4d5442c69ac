import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { CreateSecurityGroupCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  MEMBER,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";

describe("The gateway under load", () => {
  let organization: RecordedOrganization;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization();
  });
  after(() => organization?.stop());

  it("records each of 2,000 calls of 20 clients once, in order per client", async function () {
    this.timeout(120_000);
    const CLIENTS = 20;
    const CALLS = 100;
    const records = await organization.recordsOf(() =>
      Promise.all(
        Array.from({ length: CLIENTS }, async (_, client) => {
          const own = new EC2Client(organization.config(MEMBER));
          for (let call = 0; call < CALLS; call += 1) {
            const GroupName = `load-${client}-${call}`;
            await own.send(new CreateSecurityGroupCommand({ GroupName, Description: "load" }));
          }
          own.destroy();
        }),
      ),
    );

    assert.equal(records.length, CLIENTS * CALLS);
    for (let client = 0; client < CLIENTS; client += 1) {
      const called = records.map(({ requestParameters }) =>
        String(requestParameters?.["groupName"] as string),
      );
      const mine = called.filter((name) => name.startsWith(`load-${client}-`));
      assert.deepEqual(
        mine,
        Array.from({ length: CALLS }, (_, call) => `load-${client}-${call}`),
      );
    }
    assert.equal(organization.gateway.statistics.unanswered, 0);
    assert.equal(organization.gateway.statistics.unreported, 0);
  });

  it("passes on an upload of 100 MB without buffering it", async function () {
    this.timeout(120_000);
    const s3 = new S3Client({ ...organization.config(MEMBER), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "large" }));
    const size = 100 * 2 ** 20;
    const piece = Buffer.alloc(2 ** 20, "x");
    function* pieces() {
      for (let sent = 0; sent < size; sent += piece.length) yield piece;
    }
    let most = 0;
    const started = process.memoryUsage();
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss - started.rss)), 5);

    await s3.send(
      new PutObjectCommand({
        Bucket: "large",
        Key: "large",
        Body: Readable.from(pieces()),
        ContentLength: size,
      }),
    );
    await organization.gateway.allReported();
    clearInterval(watch);

    const call = organization.calls.at(-1);
    assert.equal(call?.operation, "PutObject");
    assert.equal(call?.problem, undefined);
    assert.ok((call?.http.bytesIn ?? 0) >= size);
    // The client's and the gateway's buffers, both in this process.
    assert.ok(most < 64 * 2 ** 20, `grew by ${Math.round(most / 2 ** 20)} MB`);
  });
});
