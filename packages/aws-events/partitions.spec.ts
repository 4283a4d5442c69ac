import assert from "node:assert/strict";
import { globalServicesRegion, partitionOf } from "./partitions";

describe("partitions", () => {
  it("follow from the region's code, also the isolated ones", () => {
    const regions = {
      "eu-west-1": "aws",
      "us-east-1": "aws",
      "cn-northwest-1": "aws-cn",
      "us-gov-east-1": "aws-us-gov",
      "us-iso-west-1": "aws-iso",
      "us-isob-east-1": "aws-iso-b",
      "eu-isoe-west-1": "aws-iso-e",
      "us-isof-south-1": "aws-iso-f",
      "eusc-de-east-1": "aws-eusc",
    };

    for (const [region, partition] of Object.entries(regions)) assert.equal(partitionOf(region), partition);
  });

  it("have one region each to which global services report", () => {
    assert.equal(globalServicesRegion("aws"), "us-east-1");
    assert.equal(globalServicesRegion("aws-us-gov"), "us-gov-west-1");
    assert.equal(globalServicesRegion("aws-cn"), "cn-north-1");
  });
});
