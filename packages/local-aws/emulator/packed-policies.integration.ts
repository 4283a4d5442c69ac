import assert from "node:assert/strict";
import { MEMBER, rootOf } from "../cloudtrail/testing/recorded-organization";
import {
  document,
  startGovernedOrganization,
  type GovernedOrganization,
} from "./testing/governed-organization";

describe("A session's policy and tags", () => {
  let organization: GovernedOrganization;

  before(async function () {
    this.timeout(120_000);
    organization = await startGovernedOrganization();
    await organization.session("worker");
    const PolicyDocument = document({
      Effect: "Allow",
      Principal: { AWS: MEMBER },
      Action: ["sts:AssumeRole", "sts:TagSession"],
    });
    await organization.done(
      "iam",
      "UpdateAssumeRolePolicy",
      { RoleName: "worker", PolicyDocument },
      rootOf(MEMBER),
    );
  });
  after(() => organization?.stop());

  const RoleArn = `arn:aws:iam::${MEMBER}:role/worker`;
  const policy = (length: number) => {
    const empty = document({ Effect: "Allow", Action: "s3:GetObject", Resource: "" }).length;
    return document({ Effect: "Allow", Action: "s3:GetObject", Resource: "x".repeat(length - empty) });
  };
  const tags = (count: number, length: number) =>
    Array.from({ length: count }, (_, at) => ({
      Key: `key-${at}`,
      Value: "v".repeat(length - `key-${at}`.length),
    }));
  const assume = (more: object) =>
    organization.refused("sts", "AssumeRole", { RoleArn, RoleSessionName: "x1", ...more }, rootOf(MEMBER));

  it("may have 1,024 characters together, without white space", async () => {
    const spaced = JSON.stringify(JSON.parse(policy(900)), undefined, 40);
    assert.equal(await assume({ Policy: spaced, Tags: tags(2, 62) }), undefined);
    assert.deepEqual(await assume({ Policy: policy(900), Tags: tags(2, 63) }), {
      code: "PackedPolicyTooLarge",
      message: "Packed policy consumes 101% of allotted space, please use smaller policy.",
    });
    assert.deepEqual(await assume({ Tags: tags(10, 128) }), {
      code: "PackedPolicyTooLarge",
      message: "Packed size of session tags consumes 125% of allotted space.",
    });
  });

  it("are reported as a share of what they may have", async () => {
    const answer = await organization.done(
      "sts",
      "AssumeRole",
      { RoleArn, RoleSessionName: "x1", Policy: policy(512) },
      rootOf(MEMBER),
    );
    assert.equal(answer["PackedPolicySize"], 50);
  });
});
