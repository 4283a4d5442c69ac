import assert from "node:assert/strict";
import type { ApiCall } from "../gateway";
import { Owners } from "./owners";

const [MEMBER, OWNER] = ["333333333333", "222222222222"];
const call = (operation: string, changes: Partial<ApiCall> = {}): ApiCall =>
  ({ service: "s3", operation, account: MEMBER, parameters: { Bucket: "lent" }, ...changes }) as ApiCall;

describe("The owner of a resource that another account uses", () => {
  let lookedUp: string[];
  let owner: string | undefined;
  let owners: Owners;
  beforeEach(() => {
    lookedUp = [];
    owner = OWNER;
    owners = new Owners((bucket) => {
      lookedUp.push(bucket);
      return Promise.resolve(owner === undefined ? undefined : { account: owner, region: "ap-southeast-2" });
    });
  });

  it("is looked up once for a bucket whose creation was not observed", async () => {
    assert.equal(await owners.foreignTo(call("GetObject")), OWNER);
    assert.equal(await owners.foreignTo(call("PutObject")), OWNER);

    assert.deepEqual(lookedUp, ["lent"]);
  });

  it("sees refused calls, and nobody sees calls on a missing bucket", async () => {
    assert.equal(await owners.foreignTo(call("GetObject", { errorCode: "AccessDenied" })), OWNER);
    owner = undefined;
    const missing = call("GetObject", { errorCode: "NoSuchBucket", parameters: { Bucket: "none" } });
    assert.equal(await owners.foreignTo(missing), undefined);
  });

  it("is no other account for calls on one's own bucket, on none, and for a name already taken", async () => {
    assert.equal(await owners.foreignTo(call("GetObject", { account: OWNER })), undefined);
    assert.equal(await owners.foreignTo(call("ListBuckets", { parameters: {} })), undefined);
    const taken = call("CreateBucket", { errorCode: "BucketAlreadyExists" });
    assert.equal(await owners.foreignTo(taken), undefined);
  });

  it("is observed in creations, and dropped with the bucket", async () => {
    owners.observe(call("CreateBucket", { account: "111111111111" }));
    assert.equal(await owners.foreignTo(call("GetObject")), "111111111111");
    assert.deepEqual(lookedUp, []);

    owners.observe(call("DeleteBucket", { account: "111111111111" }));
    assert.equal(await owners.foreignTo(call("GetObject")), OWNER);

    // Deleted without the gateway.
    owners.observe(call("GetObject", { errorCode: "NoSuchBucket" }));
    owner = MEMBER;
    assert.equal(await owners.foreignTo(call("GetObject")), undefined);
  });
});

describe("The region of a call on a bucket", () => {
  const http = (signatureVersion?: string) => ({ signatureVersion }) as ApiCall["http"];
  const placed = async (made: ApiCall, after: ApiCall[] = []) => {
    const owners = new Owners(() => Promise.resolve({ account: OWNER, region: "ap-southeast-2" }));
    for (const earlier of after) owners.observe(earlier);
    return (await owners.inBucketRegion(made)).region;
  };

  it("is the signed one, or the bucket's if the signature gives none", async () => {
    const region = "us-east-1";

    assert.equal(await placed(call("GetObject", { region, http: http() })), "ap-southeast-2");
    assert.equal(await placed(call("GetObject", { region, http: http("SigV2") })), "ap-southeast-2");
    assert.equal(await placed(call("GetObject", { region, http: http("SigV4") })), region);
    assert.equal(await placed(call("ListBuckets", { region, http: http(), parameters: {} })), region);
  });

  it("is the one in which the bucket was created", async () => {
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

  it("is the host's for a missing bucket", async () => {
    const owners = new Owners(() => Promise.resolve(undefined));

    const { region } = await owners.inBucketRegion(call("GetObject", { region: "eu-west-1", http: http() }));

    assert.equal(region, "eu-west-1");
  });
});
