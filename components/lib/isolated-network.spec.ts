import assert from "node:assert/strict";
import { distantRanges } from "./isolated-network";

const REGIONS = Array.from({ length: 34 }, (_, number) => `region-${number}`);

describe("address ranges of networks in other regions", () => {
  it("don't overlap with each other or with the functions' own", () => {
    const ranges = [...distantRanges(REGIONS).values()];

    assert.equal(new Set(ranges).size, REGIONS.length);
    for (const range of ranges)
      assert.match(range, /^10\.(12[89]|1[3-9]\d|2[0-4]\d|25[0-4])\.\d{1,3}\.0\/24$/);
  });

  it("stay the same when other regions come or go", () => {
    const before = distantRanges(["eu-central-1", "us-east-1"]);
    const after = distantRanges(["ap-south-1", "eu-central-1"]);

    assert.equal(after.get("eu-central-1"), before.get("eu-central-1"));
  });
});
