import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { createBucket, deleteBucket } from "./bucket";
import { allOrNothing, runAll } from "./steps";
import { CREDENTIALS, sdkError } from "../testing";

describe("making what a drill needs", () => {
  it("gives what was made and removes nothing when all went well", async () => {
    const undone: string[] = [];
    const made = await allOrNothing(async (undo) => {
      undo(async () => undone.push("a"));
      return "made";
    });
    assert.deepEqual([made, undone], ["made", []]);
  });

  it("removes everything in reverse order when a step fails, and throws that step's error", async () => {
    const undone: string[] = [];
    const failing = allOrNothing(async (undo) => {
      undo(async () => undone.push("a"));
      undo(async () => undone.push("b"));
      throw new Error("third step");
    });
    await assert.rejects(failing, { message: "third step" });
    assert.deepEqual(undone, ["b", "a"]);
  });

  it("says when not everything could be removed", async () => {
    const failing = allOrNothing(async (undo) => {
      undo(() => Promise.reject(new Error("stuck")));
      throw new Error("second step");
    });
    await assert.rejects(failing, (error: AggregateError) => {
      assert.equal(error.message, "A drill could not be prepared, and not all it had made could be removed.");
      assert.deepEqual(
        error.errors.map((each: Error) => each.message),
        ["second step", "Not everything could be removed. Error: stuck"],
      );
      return true;
    });
  });
});

describe("removing what a drill made", () => {
  it("continues after a failure and reports all failures at the end", async () => {
    const done: string[] = [];
    const steps = [
      () => Promise.reject(sdkError("Busy", "no")),
      async () => done.push("b"),
      () => Promise.reject(new Error("x")),
    ];
    await assert.rejects(runAll(steps, []), {
      message: "Not everything could be removed. Busy: no; Error: x",
    });
    assert.deepEqual(done, ["b"]);
  });

  it("does not mind what is gone already", async () => {
    await runAll([() => Promise.reject(sdkError("NoSuchBucket"))], ["NoSuchBucket"]);
  });
});

describe("a drill's bucket", () => {
  const s3 = mockClient(S3Client);
  const client = new S3Client(CREDENTIALS);
  beforeEach(() => s3.reset());
  after(() => s3.restore());

  it("is made in the drill's region, which us-east-1 must not be named for", async () => {
    s3.on(CreateBucketCommand).resolves({});
    await createBucket(client, "b", "eu-west-1");
    await createBucket(client, "b", "us-east-1");
    assert.deepEqual(
      s3.commandCalls(CreateBucketCommand).map((call) => call.args[0].input.CreateBucketConfiguration),
      [{ LocationConstraint: "eu-west-1" }, {}],
    );
  });

  it("is emptied, page by page, before it is deleted", async () => {
    s3.on(ListObjectsV2Command)
      .resolvesOnce({ Contents: [{ Key: "1" }], IsTruncated: true, NextContinuationToken: "t" })
      .resolves({ Contents: [{ Key: "2" }] });
    s3.on(DeleteObjectsCommand).resolves({}).on(DeleteBucketCommand).resolves({});
    await deleteBucket(client, "b");
    assert.deepEqual(
      s3.commandCalls(DeleteObjectsCommand).map((call) => call.args[0].input.Delete?.Objects),
      [[{ Key: "1" }], [{ Key: "2" }]],
    );
    assert.equal(s3.commandCalls(DeleteBucketCommand).length, 1);
  });

  it("is emptied again when a file arrived in between, but not for ever", async () => {
    s3.on(ListObjectsV2Command).resolves({});
    s3.on(DeleteBucketCommand).rejectsOnce(sdkError("BucketNotEmpty")).resolves({});
    await deleteBucket(client, "b");
    assert.equal(s3.commandCalls(DeleteBucketCommand).length, 2);
    s3.on(DeleteBucketCommand).rejects(sdkError("BucketNotEmpty"));
    await assert.rejects(deleteBucket(client, "b"), { name: "BucketNotEmpty" });
    assert.equal(s3.commandCalls(DeleteBucketCommand).length, 2 + 10);
  });

  it("may be gone already", async () => {
    s3.on(ListObjectsV2Command).rejects(sdkError("NoSuchBucket"));
    await deleteBucket(client, "b");
  });
});
