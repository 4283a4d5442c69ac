import assert from "node:assert/strict";
import { nearest, suggestion } from "./suggestion";

describe("the nearest names", () => {
  const names = ["s3-bucket-policy-not-public", "ec2-security-group-admin-ports-closed", "web"];

  it("are those with few letters changed, or that contain what was typed", () => {
    assert.deepEqual(nearest("s3-bucket-polcy-not-publik", names), ["s3-bucket-policy-not-public"]);
    assert.deepEqual(nearest("admin-ports", names), ["ec2-security-group-admin-ports-closed"]);
  });

  it("are none when nothing is near", () => {
    assert.deepEqual(nearest("zzzzzz", names), []);
  });
});

describe("a suggestion", () => {
  it("is the nearest names, or all names, or that there are none", () => {
    assert.equal(suggestion("dve", ["dev", "prod"]), "Did you mean dev?");
    assert.equal(suggestion("dve", ["dev", "prod"], "--stack"), "Did you mean --stack dev?");
    assert.equal(suggestion("elsewhere", ["dev", "prod"]), "There are: dev, prod.");
    assert.equal(suggestion("dev", []), "There are none.");
  });
});
