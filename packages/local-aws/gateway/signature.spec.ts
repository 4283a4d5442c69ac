import assert from "node:assert/strict";
import { readSignature } from "./signature";

const KEY = "AKIAIOSFODNN7EXAMPLE";

describe("A request's signature", () => {
  it("is read from the Authorization header", () => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${KEY}/20260102/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=00`;

    assert.deepEqual(readSignature({ authorization }, []), {
      accessKeyId: KEY,
      region: "eu-west-1",
      signingName: "ec2",
      authentication: "header",
      version: "SigV4",
    });
  });

  it("is read from a presigned query, whatever the case of its names", () => {
    const query: [string, string][] = [
      ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
      ["X-Amz-Credential", `${KEY}/20260102/us-east-2/s3/aws4_request`],
    ];

    const signature = readSignature({}, query);

    assert.equal(signature?.authentication, "query");
    assert.equal(signature?.region, "us-east-2");
    assert.equal(signature?.signingName, "s3");
  });

  it("takes the region of SigV4A from the region set", () => {
    const authorization = `AWS4-ECDSA-P256-SHA256 Credential=${KEY}/20260102/s3/aws4_request, SignedHeaders=host, Signature=00`;

    const signature = readSignature({ authorization, "x-amz-region-set": "eu-west-1,eu-west-3" }, []);

    assert.equal(signature?.region, "eu-west-1");
    assert.equal(signature?.version, "SigV4A");
    assert.equal(signature?.signingName, "s3");
  });

  it("is S3's when it is of version 2", () => {
    assert.equal(readSignature({ authorization: `AWS ${KEY}:c2ln` }, [])?.version, "SigV2");
    assert.equal(readSignature({}, [["AWSAccessKeyId", KEY]])?.signingName, "s3");
  });

  it("is undefined without credentials, with another scheme, or with a broken scope", () => {
    assert.equal(readSignature({}, []), undefined);
    assert.equal(readSignature({ authorization: "Bearer abc" }, []), undefined);
    assert.equal(readSignature({ authorization: "AWS4-HMAC-SHA256 Credential=abc" }, []), undefined);
  });
});
