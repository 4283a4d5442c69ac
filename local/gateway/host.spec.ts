import assert from "node:assert/strict";
import { bucketOfHost } from "./host";

describe("The bucket in a Host header", () => {
  const cases: Record<string, string | undefined> = {
    "logs.s3.eu-west-1.amazonaws.com": "logs",
    "logs.s3.amazonaws.com:443": "logs",
    "dotted.name.s3-eu-west-1.amazonaws.com": "dotted.name",
    "logs.localhost:4566": "logs",
    "logs.s3.localhost:4566": "logs",
    "logs.127.0.0.1:4566": "logs",
    "s3.eu-west-1.amazonaws.com": undefined,
    "127.0.0.1:4566": undefined,
    "localhost:4566": undefined,
    "[::1]:4566": undefined,
    "": undefined,
  };
  for (const [host, bucket] of Object.entries(cases))
    it(`is ${bucket ?? "none"} for ${host === "" ? "no host" : host}`, () => {
      assert.equal(bucketOfHost(host), bucket);
    });
});
