import assert from "node:assert/strict";
import { tinyCall } from "../gateway/testing/tiny-models";
import { recordsOf } from "./record";
import { awsHost, s3AdditionalData, s3Request, s3Response } from "./s3";

const call = (operation: string, given: Parameters<typeof tinyCall>[0]) =>
  tinyCall({ service: "s3", operation, ...given });
const Bucket = "data";

describe("S3's records", () => {
  it("show a bucket policy as JSON, beside the sub-resource", () => {
    const requestText = '{"Statement":[{"Effect":"Allow"}]}';

    assert.deepEqual(
      s3Request(
        call("PutBucketPolicy", { parameters: { Bucket }, http: { query: [["policy", ""]], requestText } }),
        "eu-west-1",
      ),
      {
        bucketName: "data",
        Host: "data.s3.eu-west-1.amazonaws.com",
        policy: "",
        bucketPolicy: { Statement: [{ Effect: "Allow" }] },
      },
    );
  });

  it("show XML bodies as JSON: attributes, numbers, booleans, one or many", () => {
    const requestText =
      '<Tagging xmlns="urn:s3"><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>333333333333</Value></Tag><Tag><Key>c</Key><Value>033333333333</Value></Tag></TagSet><On>false</On></Tagging>';

    const request = s3Request(
      call("PutBucketTagging", { parameters: { Bucket }, http: { requestText } }),
      "eu-west-1",
    );

    assert.deepEqual(request?.["Tagging"], {
      xmlns: "urn:s3",
      TagSet: {
        Tag: [
          { Key: "a", Value: 1 },
          { Key: "b", Value: 333333333333 },
          { Key: "c", Value: "033333333333" },
        ],
      },
      On: false,
    });
  });

  it("show query and headers, but nothing of the signature", () => {
    const query: [string, string][] = [
      ["list-type", "2"],
      ["prefix", "a/"],
      ["x-id", "ListObjectsV2"],
      ["X-Amz-Signature", "secret"],
      ["X-Amz-Credential", "key"],
      ["X-Amz-Security-Token", "token"],
    ];
    const requestHeaders = {
      "x-amz-acl": "public-read",
      "x-amz-grant-read": 'id="1"',
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
      "x-amz-server-side-encryption-customer-key": "secret",
      authorization: "secret",
    };

    assert.deepEqual(
      s3Request(
        call("ListObjectsV2", { parameters: { Bucket, Key: "k" }, http: { query, requestHeaders } }),
        "us-east-2",
      ),
      {
        bucketName: "data",
        Host: "data.s3.us-east-2.amazonaws.com",
        key: "k",
        "list-type": "2",
        prefix: "a/",
        "x-amz-acl": "public-read",
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
        accessControlList: { "x-amz-grant-read": 'id="1"' },
      },
    );
  });

  it("show nothing that is stored, or deleted in a batch", () => {
    for (const operation of ["PutObject", "UploadPart", "DeleteObjects", "CompleteMultipartUpload"]) {
      const request = s3Request(
        call(operation, { parameters: { Bucket }, http: { requestText: "<Delete><Object/></Delete>" } }),
        "eu-west-1",
      );
      assert.deepEqual(Object.keys(request ?? {}), ["bucketName", "Host"], operation);
    }
  });

  it("put the bucket before the host only if its name is valid in DNS", () => {
    assert.equal(
      awsHost(call("HeadBucket", { parameters: { Bucket: "Upper" } }), "eu-west-1"),
      "s3.eu-west-1.amazonaws.com",
    );
    assert.equal(
      awsHost(call("HeadBucket", { http: { host: "vhost.s3.localhost:1" } }), "eu-west-1"),
      "vhost.s3.eu-west-1.amazonaws.com",
    );
  });

  it("have the answer's headers for writing calls only", () => {
    const responseHeaders = { "x-amz-version-id": "v1", etag: "e" };

    assert.deepEqual(s3Response(call("PutObject", { http: { responseHeaders } })), {
      "x-amz-server-side-encryption": "AES256",
      "x-amz-version-id": "v1",
    });
    assert.equal(s3Response(call("GetObject", { readOnly: true, http: { responseHeaders } })), null);
    assert.equal(s3Response(call("PutBucketPolicy", {})), null);
  });

  const NAME = "x-amz-server-side-encryption";
  const encryptions: [applied: string, asked: Record<string, string>, answered: Record<string, string>][] = [
    ["Default_SSE_S3", {}, {}],
    ["Default_SSE_S3", {}, { [NAME]: "AES256" }],
    ["Default_SSE_KMS", {}, { [NAME]: "aws:kms" }],
    ["SSE_S3", { [NAME]: "AES256" }, { [NAME]: "AES256" }],
    ["SSE_KMS", { [NAME]: "aws:kms" }, { [NAME]: "aws:kms" }],
    ["SSE_C", { [`${NAME}-customer-algorithm`]: "AES256" }, {}],
  ];
  for (const [applied, requestHeaders, responseHeaders] of encryptions)
    it(`give ${applied} as an object's encryption: ${JSON.stringify([requestHeaders, responseHeaders])}`, () => {
      for (const operation of ["PutObject", "CopyObject", "CreateMultipartUpload"]) {
        const stored = call(operation, { http: { requestHeaders, responseHeaders } });

        assert.equal(s3AdditionalData(stored)["SSEApplied"], applied);
        const said = applied === "Default_SSE_S3" ? "AES256" : responseHeaders[NAME];
        assert.equal(s3Response(stored)?.[NAME], said);
      }
    });

  it("give no encryption where nothing is stored", () => {
    for (const stored of [call("DeleteObject", {}), call("PutObject", { errorCode: "AccessDenied" })]) {
      assert.equal("SSEApplied" in s3AdditionalData(stored), false);
      assert.equal(s3Response(stored), null);
    }
  });

  it("give the signature, the bytes and S3's second id", () => {
    const data = s3AdditionalData(
      call("GetObject", {
        http: { bytesOut: 7, authentication: "query", responseHeaders: { "x-amz-id-2": "i" } },
      }),
    );

    assert.deepEqual(data, {
      SignatureVersion: "SigV4",
      AuthenticationMethod: "QueryString",
      CipherSuite: "TLS_AES_128_GCM_SHA256",
      bytesTransferredIn: 0,
      bytesTransferredOut: 7,
      "x-amz-id-2": "i",
    });
  });

  it("have their own names for calls on a whole account, written like those on a bucket", () => {
    const [made] = recordsOf(
      tinyCall({
        service: "s3control",
        signingName: "s3",
        operation: "PutPublicAccessBlock",
        region: "eu-west-1",
        errorCode: "AccessDenied",
        parameters: { AccountId: "333333333333" },
        http: {
          requestText:
            '<PublicAccessBlockConfiguration xmlns="urn:s3"><BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>',
          requestHeaders: { "user-agent": "cli" },
        },
      }),
    );
    const Host = "333333333333.s3-control.eu-west-1.amazonaws.com";

    assert.equal(made?.record.eventSource, "s3.amazonaws.com");
    assert.equal(made.record.eventName, "PutAccountPublicAccessBlock");
    assert.equal(made.record.userAgent, "[cli]");
    assert.equal(made.record.tlsDetails?.["clientProvidedHostHeader"], Host);
    assert.equal(made.record.additionalEventData?.["SignatureVersion"], "SigV4");
    assert.deepEqual(made.record.requestParameters, {
      Host,
      PublicAccessBlockConfiguration: { xmlns: "urn:s3", BlockPublicAcls: false },
    });
  });
});
