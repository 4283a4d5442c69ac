import assert from "node:assert/strict";
import { isReadOnly } from "./read-only";

describe("A call reads only", () => {
  const reading = [
    "ec2:DescribeInstances",
    "s3:GetObject",
    "s3:HeadBucket",
    "iam:ListUsers",
    "iam:SimulatePrincipalPolicy",
    "dynamodb:Query",
    "dynamodb:BatchGetItem",
    "kms:Decrypt",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
  ];
  const writing = [
    "sts:AssumeRoot",
    "sts:GetSessionToken",
    "sts:GetFederationToken",
    "ssm:StartSession",
    "iam:GenerateCredentialReport",
    "cloudtrail:StopLogging",
    "ec2:IssueSomething",
    "s3:PutObject",
  ];
  for (const name of reading)
    it(`when it is ${name}`, () => {
      assert.equal(isReadOnly(...(name.split(":") as [string, string])), true);
    });
  for (const name of writing)
    it(`not when it is ${name}`, () => {
      assert.equal(isReadOnly(...(name.split(":") as [string, string])), false);
    });

  it("not when its operation is unknown", () => {
    assert.equal(isReadOnly("ec2", undefined), false);
  });
});
