import { CreateBucketCommand, DeleteBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { CREDENTIALS, sdkError } from "../lib/testing";
import { drill } from "./drill";

describe("the drill of s3-bucket-policy-not-public", () => {
  const s3 = mockClient(S3Client);
  beforeEach(() => s3.reset());
  after(() => s3.restore());

  it("leaves no bucket behind when its second one can't be made", async () => {
    s3.on(ListObjectsV2Command).resolves({});
    s3.onAnyCommand().resolves({});
    s3.on(CreateBucketCommand, { Bucket: "d1-210987654321-shared" }).rejects(sdkError("TooManyBuckets"));
    const context = { account: "210987654321", parameters: {}, name: "d1", aws: CREDENTIALS };
    await assert.rejects(drill.prepare(context), { name: "TooManyBuckets" });
    assert.deepEqual(
      s3.commandCalls(DeleteBucketCommand).map((call) => call.args[0].input.Bucket),
      ["d1-210987654321-open"],
    );
  });
});
