import assert from "node:assert/strict";
import { structure, tinyModel } from "../testing/tiny-models";
import { matchRest } from "./rest";

const bucket = { shape: "Text", location: "uri", locationName: "Bucket" } as const;
const key = { shape: "Text", location: "uri", locationName: "Key" } as const;
const model = tinyModel(
  "s3",
  "rest-xml",
  {
    ListBuckets: { method: "GET", uri: "/" },
    ListObjects: { method: "GET", uri: "/{Bucket}" },
    ListObjectsV2: { method: "GET", uri: "/{Bucket}?list-type=2" },
    GetBucketPolicy: { method: "GET", uri: "/{Bucket}?policy" },
    PutBucketLifecycle: { method: "PUT", uri: "/{Bucket}?lifecycle", deprecated: true },
    PutBucketLifecycleConfiguration: { method: "PUT", uri: "/{Bucket}?lifecycle" },
    PutObject: { method: "PUT", uri: "/{Bucket}/{Key+}", input: "Put" },
    CopyObject: { method: "PUT", uri: "/{Bucket}/{Key+}", input: "Copy" },
    UploadPart: { method: "PUT", uri: "/{Bucket}/{Key+}", input: "Part" },
  },
  {
    Put: structure({ Bucket: bucket, Key: key }, { required: ["Bucket", "Key"] }),
    Copy: structure(
      {
        Bucket: bucket,
        Key: key,
        CopySource: { shape: "Text", location: "header", locationName: "x-amz-copy-source" },
      },
      { required: ["Bucket", "Key", "CopySource"] },
    ),
    Part: structure(
      {
        Bucket: bucket,
        Key: key,
        UploadId: { shape: "Text", location: "querystring", locationName: "uploadId" },
      },
      { required: ["Bucket", "Key", "UploadId"] },
    ),
  },
);

const match = (method: string, url: string, headers: Record<string, string> = {}) => {
  const [path = "", query = ""] = url.split("?");
  return matchRest(model, { method, path, query: [...new URLSearchParams(query)], headers });
};

describe("The operation of a REST request", () => {
  const cases: [string, string, string][] = [
    ["GET", "/", "ListBuckets"],
    ["GET", "/logs", "ListObjects"],
    ["GET", "/logs/", "ListObjects"],
    ["GET", "/logs?list-type=2&prefix=a", "ListObjectsV2"],
    ["GET", "/logs?policy", "GetBucketPolicy"],
    ["GET", "/logs?policy=&x-id=GetBucketPolicy", "GetBucketPolicy"],
    ["PUT", "/logs?lifecycle", "PutBucketLifecycleConfiguration"],
    ["PUT", "/logs/a/b", "PutObject"],
    ["PUT", "/logs/a?uploadId=1&partNumber=2", "UploadPart"],
  ];
  for (const [method, url, name] of cases)
    it(`is ${name} for ${method} ${url}`, () => {
      assert.equal(match(method, url)?.operation.name, name);
    });

  it("is decided by a required header", () => {
    assert.equal(match("PUT", "/logs/a", { "x-amz-copy-source": "/b/c" })?.operation.name, "CopyObject");
  });

  it("has its labels decoded, slashes in a greedy one included", () => {
    assert.deepEqual(match("PUT", "/logs/a%20b/c%2Fd/e")?.labels, { Bucket: "logs", Key: "a b/c/d/e" });
  });

  it("is undefined for a method or path that no operation has", () => {
    assert.equal(match("PATCH", "/logs"), undefined);
    assert.equal(match("DELETE", "/logs/a"), undefined);
  });
});
