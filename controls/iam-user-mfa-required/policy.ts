/**
 * The policy that is attached to every user, and stays attached: it judges each session by how it was opened, so that a device that
 * somebody enrols opens nothing but sessions with that device.
 */
import type { ManagedPolicy } from "../lib/permissions";

export const POLICY_NAME = "bailiwick-mfa-required";

export const policyArn = (partition: string, account: string): string =>
  `arn:${partition}:iam::${account}:policy/${POLICY_NAME}`;

/** Access keys and sessions that were opened without MFA. Keys have no such key in their requests, and can't have MFA. */
const WITHOUT_MFA = { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } };

/** The user itself, with any path. */
const ITSELF = ["arn:*:iam::*:user/${aws:username}", "arn:*:iam::*:user/*/${aws:username}"];

/**
 * What enrolling a device needs is what https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 * allows without MFA. That alone would let whoever has an access key enrol a device of their own and then use the key with it. An
 * access key has no time at which a token was issued: it may not enrol. A session from GetSessionToken without MFA can't call IAM at
 * all (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html), so a password is what it takes.
 */
export const DOCUMENT: ManagedPolicy["document"] = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "WithoutMfaOnlyEnrol",
      Effect: "Deny",
      NotAction: [
        "iam:ChangePassword",
        "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice",
        "iam:GetAccountPasswordPolicy",
        "iam:GetMFADevice",
        "iam:GetUser",
        "iam:ListMFADevices",
        "iam:ListVirtualMFADevices",
        "iam:ResyncMFADevice",
        "sts:GetSessionToken",
      ],
      Resource: "*",
      Condition: WITHOUT_MFA,
    },
    {
      Sid: "WithoutMfaOnlyForItself",
      Effect: "Deny",
      Action: ["iam:ChangePassword", "iam:EnableMFADevice", "iam:ResyncMFADevice"],
      NotResource: ITSELF,
      Condition: WITHOUT_MFA,
    },
    {
      Sid: "AccessKeysEnrolNothing",
      Effect: "Deny",
      Action: [
        "iam:ChangePassword",
        "iam:CreateVirtualMFADevice",
        "iam:DeactivateMFADevice",
        "iam:DeleteVirtualMFADevice",
        "iam:EnableMFADevice",
        "iam:ResyncMFADevice",
      ],
      Resource: "*",
      Condition: { Null: { "aws:TokenIssueTime": "true" } },
    },
  ],
};

export const POLICY: ManagedPolicy = {
  name: POLICY_NAME,
  description:
    "Denies IAM users everything without MFA except enrolling a device of their own, which no access key may",
  document: DOCUMENT,
};
