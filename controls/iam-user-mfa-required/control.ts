/** A new IAM user can only set up multi-factor authentication until it has a device. */
import type { Control } from "../lib/control";
import { apiCalls, detailValue, textIn } from "../lib/event-fields";
import { USER, resourceFrom } from "../lib/resources";

export const control: Control = {
  id: "iam-user-mfa-required",
  title: "IAM users without an MFA device are denied everything except setting one up",
  description:
    "Until a new user has its first MFA device, a password or an access key alone opens the account. An inline policy therefore denies " +
    "the user everything without MFA, except what setting up a device needs. The policy is removed when the user has a device, and " +
    "restored when the last device or the policy is removed.",
  severity: "high",
  frameworks: ["CIS AWS Foundations 3.0 1.10", "AWS FSBP IAM.5", "AWS FSBP IAM.19", "PCI DSS 4.0 8.4.2"],
  resourceType: USER.type,
  global: true,
  pattern: apiCalls("iam", [
    "CreateUser",
    "EnableMFADevice",
    "DeactivateMFADevice",
    "DeleteUserPolicy",
    "PutUserPolicy",
  ]),
  resource: (event) =>
    resourceFrom(
      event,
      USER,
      // Only the response of CreateUser has the path.
      textIn(event, "responseElements", "user", "arn")?.replace(/^[^/]*\//, "") ??
        detailValue(event, "requestParameters", "userName"),
    ),
  // Most calls name a user without its path, so its name is allowed under every path.
  permissions: (scope) => [
    {
      Sid: "MfaPolicy",
      Effect: "Allow",
      Action: ["iam:ListMFADevices", "iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"],
      Resource: [USER.arn(scope), USER.arn({ ...scope, id: `*/${scope.id}` })],
    },
  ],
  remediationSteps:
    "Let the user set up an MFA device under My security credentials, and deny everything without it until then. Better: let people " +
    "sign in through IAM Identity Center and give programs roles, so that no IAM user is needed.",
};
