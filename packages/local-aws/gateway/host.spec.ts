import assert from "node:assert/strict";
import { bucketOfHost, regionOfHost } from "./host";

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

describe("The region in a Host header", () => {
  const cases: Record<string, string | undefined> = {
    "sts.eu-central-1.amazonaws.com": "eu-central-1",
    "sts-fips.us-gov-west-1.amazonaws.com:443": "us-gov-west-1",
    "s3.eu-west-1.amazonaws.com": "eu-west-1",
    "logs.s3.eu-west-1.amazonaws.com": "eu-west-1",
    "dotted.name.s3-us-west-2.amazonaws.com": "us-west-2",
    "logs.s3.dualstack.ap-southeast-2.amazonaws.com": "ap-southeast-2",
    "logs.s3-website-eu-west-1.amazonaws.com": "eu-west-1",
    "s3.eu-west-1.own.s3.us-west-1.amazonaws.com": "us-west-1",
    "eu-west-1.s3.amazonaws.com": undefined,
    "sts.amazonaws.com": undefined,
    "logs.localhost:4566": undefined,
    "127.0.0.1:4566": undefined,
    "": undefined,
  };
  for (const [host, region] of Object.entries(cases))
    it(`is ${region ?? "not told"} for ${host === "" ? "no host" : host}`, () => {
      assert.equal(regionOfHost(host), region);
    });
});
