import assert from "node:assert/strict";
import { MEMBER, SECURITY, rootOf } from "../cloudtrail/testing/recorded-organization";
import {
  REGION,
  startGovernedOrganization,
  type GovernedOrganization,
} from "./testing/governed-organization";

describe("A bucket's expected owner", () => {
  let organization: GovernedOrganization;
  const Bucket = "expected-bucket";
  const denied = { code: "AccessDenied", message: "Access Denied" };

  before(async function () {
    this.timeout(120_000);
    organization = await startGovernedOrganization();
    const CreateBucketConfiguration = { LocationConstraint: REGION };
    await organization.done("s3", "CreateBucket", { Bucket, CreateBucketConfiguration }, rootOf(MEMBER));
    await organization.done("s3", "PutObject", { Bucket, Key: "a", Body: "x" }, rootOf(MEMBER));
  });
  after(() => organization?.stop());

  const call = (operation: string, parameters: object) =>
    organization.refused("s3", operation, { Bucket, ...parameters }, rootOf(MEMBER));

  it("may be the owner", async () => {
    const ExpectedBucketOwner = MEMBER;
    assert.equal(await call("GetObject", { Key: "a", ExpectedBucketOwner }), undefined);
    assert.equal(await call("GetBucketLocation", { ExpectedBucketOwner }), undefined);
  });

  it("ends every call if it is somebody else, before anything is done", async () => {
    const ExpectedBucketOwner = SECURITY;
    const calls: [string, object][] = [
      ["GetObject", { Key: "a" }],
      ["PutObject", { Key: "a", Body: "y" }],
      ["DeleteObject", { Key: "a" }],
      ["ListObjectsV2", {}],
      ["DeleteBucket", {}],
      ["PutBucketVersioning", { VersioningConfiguration: { Status: "Enabled" } }],
      ["CopyObject", { Key: "b", CopySource: `${Bucket}/a` }],
    ];
    for (const [operation, parameters] of calls)
      assert.deepEqual(await call(operation, { ...parameters, ExpectedBucketOwner }), denied, operation);
    assert.equal((await call("HeadObject", { Key: "a", ExpectedBucketOwner }))?.code, "403");
    assert.equal(await call("GetObject", { Key: "a" }), undefined);
    assert.equal((await call("GetObject", { Key: "b" }))?.code, "NoSuchKey");
  });

  it("may be given for the source of a copy", async () => {
    const copy = { Key: "c", CopySource: `${Bucket}/a` };
    assert.deepEqual(await call("CopyObject", { ...copy, ExpectedSourceBucketOwner: SECURITY }), denied);
    assert.equal(await call("CopyObject", { ...copy, ExpectedSourceBucketOwner: MEMBER }), undefined);
  });

  it("must be an account", async () => {
    assert.equal(
      (await call("GetObject", { Key: "a", ExpectedBucketOwner: "me" }))?.code,
      "InvalidBucketOwnerAWSAccountID",
    );
  });
});
