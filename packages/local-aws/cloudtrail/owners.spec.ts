import assert from "node:assert/strict";
import type { ApiCall } from "../gateway";
import { Owners } from "./owners";

const [MEMBER, OWNER] = ["333333333333", "222222222222"];
const call = (operation: string, changes: Partial<ApiCall> = {}): ApiCall =>
  ({ service: "s3", operation, account: MEMBER, parameters: { Bucket: "lent" }, ...changes }) as ApiCall;

describe("The owner of what a call of another account uses", () => {
  let asked: string[];
  let owner: string | undefined;
  let owners: Owners;
  beforeEach(() => {
    asked = [];
    owner = OWNER;
    owners = new Owners((bucket) => {
      asked.push(bucket);
      return Promise.resolve(owner === undefined ? undefined : { account: owner, region: "ap-southeast-2" });
    });
  });

  it("is looked up for a bucket whose creation was not seen, once", async () => {
    assert.equal(await owners.foreignTo(call("GetObject")), OWNER);
    assert.equal(await owners.foreignTo(call("PutObject")), OWNER);

    assert.deepEqual(asked, ["lent"]);
  });

  it("is told of refused calls, and nobody of calls on a bucket that there isn't", async () => {
    assert.equal(await owners.foreignTo(call("GetObject", { errorCode: "AccessDenied" })), OWNER);
    owner = undefined;
    const missing = call("GetObject", { errorCode: "NoSuchBucket", parameters: { Bucket: "none" } });
    assert.equal(await owners.foreignTo(missing), undefined);
  });

  it("is nobody else for calls on one's own bucket, on none, and for a name that is taken", async () => {
    assert.equal(await owners.foreignTo(call("GetObject", { account: OWNER })), undefined);
    assert.equal(await owners.foreignTo(call("ListBuckets", { parameters: {} })), undefined);
    const taken = call("CreateBucket", { errorCode: "BucketAlreadyExists" });
    assert.equal(await owners.foreignTo(taken), undefined);
  });

  it("is learnt from creations, and forgotten with the bucket", async () => {
    owners.learn(call("CreateBucket", { account: "111111111111" }));
    assert.equal(await owners.foreignTo(call("GetObject")), "111111111111");
    assert.deepEqual(asked, []);

    owners.learn(call("DeleteBucket", { account: "111111111111" }));
    assert.equal(await owners.foreignTo(call("GetObject")), OWNER);

    // Deleted behind the gateway's back.
    owners.learn(call("GetObject", { errorCode: "NoSuchBucket" }));
    owner = MEMBER;
    assert.equal(await owners.foreignTo(call("GetObject")), undefined);
  });
});

describe("The region of a call on a bucket", () => {
  const http = (signatureVersion?: string) => ({ signatureVersion }) as ApiCall["http"];
  const placed = async (made: ApiCall, after: ApiCall[] = []) => {
    const owners = new Owners(() => Promise.resolve({ account: OWNER, region: "ap-southeast-2" }));
    for (const earlier of after) owners.learn(earlier);
    return (await owners.placed(made)).region;
  };

  it("is the bucket's if nobody signed for a region, and else the one signed for", async () => {
    const region = "us-east-1";

    assert.equal(await placed(call("GetObject", { region, http: http() })), "ap-southeast-2");
    assert.equal(await placed(call("GetObject", { region, http: http("SigV2") })), "ap-southeast-2");
    assert.equal(await placed(call("GetObject", { region, http: http("SigV4") })), region);
    assert.equal(await placed(call("ListBuckets", { region, http: http(), parameters: {} })), region);
  });

  it("is the one that the bucket was made in", async () => {
    const made = (LocationConstraint?: string) => {
      const CreateBucketConfiguration: Record<string, string> =
        LocationConstraint === undefined ? {} : { LocationConstraint };
      const parameters = { Bucket: "lent", CreateBucketConfiguration };
      return [call("CreateBucket", { region: "eu-west-3", parameters })];
    };
    const read = call("GetObject", { region: "us-east-1", http: http() });

    assert.equal(await placed(read, made()), "eu-west-3");
    assert.equal(await placed(read, made("eu-north-1")), "eu-north-1");
    assert.equal(await placed(read, made("EU")), "eu-west-1");
  });

  it("is as far as the host told it for a bucket that there isn't", async () => {
    const owners = new Owners(() => Promise.resolve(undefined));

    const { region } = await owners.placed(call("GetObject", { region: "eu-west-1", http: http() }));

    assert.equal(region, "eu-west-1");
  });
});
