import assert from "node:assert/strict";
import { s3Options } from "./aws-client";
import { CREDENTIALS } from "./testing";

describe("options of S3 clients", () => {
  const before = process.env["AWS_ENDPOINT_URL"];
  afterEach(() => {
    if (before === undefined) delete process.env["AWS_ENDPOINT_URL"];
    else process.env["AWS_ENDPOINT_URL"] = before;
  });

  it("put the bucket into the path only where there is an endpoint other than AWS's", () => {
    delete process.env["AWS_ENDPOINT_URL"];
    assert.equal(s3Options(CREDENTIALS).forcePathStyle, false);
    assert.equal(s3Options({ ...CREDENTIALS, endpoint: "http://127.0.0.1:1" }).forcePathStyle, true);
    process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1";
    assert.equal(s3Options(CREDENTIALS).forcePathStyle, true);
  });
});
