import type * as aws from "@pulumi/aws";
import assert from "node:assert/strict";
import { reports, UNKNOWN } from "../lib/testing";
import { prevention } from "./prevent";

const PASSWORD =
  "The password alone would open the account until the user has an MFA device, which no program can set up. Let people sign in through " +
  "IAM Identity Center, where MFA is required of everyone.";
const KEY =
  "The key alone would open the account, for as long as it exists, and the stack's state contains it. Give programs a role, for example " +
  "through OpenID Connect or IAM Roles Anywhere.";

const key = (args: aws.iam.AccessKeyArgs) => reports(prevention, "aws:iam/accessKey:AccessKey", { ...args });

describe("iam-user-mfa-required: prevention", () => {
  it("points out passwords and access keys", () => {
    const profile: aws.iam.UserLoginProfileArgs = { user: UNKNOWN, passwordResetRequired: true };
    assert.deepEqual(reports(prevention, "aws:iam/userLoginProfile:UserLoginProfile", { ...profile }), [
      PASSWORD,
    ]);
    assert.deepEqual(key({ user: UNKNOWN }), [KEY]);
    assert.deepEqual(key({ user: "pilot", status: "Active" }), [KEY]);
  });

  it("only advises", () => assert.equal(prevention.enforcementLevel, "advisory"));

  it("accepts an inactive key", () => assert.deepEqual(key({ user: "pilot", status: "Inactive" }), []));

  it("leaves a key whose state a preview doesn't know to the SDK", () => {
    assert.deepEqual(key({ user: "pilot", status: UNKNOWN }), [
      "thrown: string value at .status can't be known during preview",
    ]);
  });

  it("reports nothing about a user with neither: nobody can sign in as it", () => {
    assert.deepEqual(reports(prevention, "aws:iam/user:User", { name: "pilot" }), []);
  });

  it("advises, whatever its severity: no program knows whether the user has a device", () =>
    assert.deepEqual([prevention.severity, prevention.enforcementLevel], ["high", "advisory"]));
});
