/** IAM users do nothing without multi-factor authentication, except enrol their own device with their password. */
import type { Control } from "../lib/control";
import { apiCalls } from "../lib/event-fields";
import type { PermissionScope } from "../lib/permissions";
import { USER } from "../lib/resources";
import { POLICY, POLICY_NAME, policyArn } from "./policy";
import { MANAGED_POLICY, POLICY_CALLS, ROOT, subjectOf } from "./subject";

/** Most calls name a user without its path, so its name is allowed under every path. */
const users = (scope: PermissionScope): string[] => [
  USER.arn(scope),
  USER.arn({ ...scope, id: `*/${scope.id}` }),
];

/** The one policy that it may attach or detach: with any other, whoever holds its role would make any user an administrator. */
const onlyItsPolicy = ({ partition, account }: PermissionScope) => ({
  ArnEquals: { "iam:PolicyARN": policyArn(partition, account) },
});

export const control: Control = {
  id: "iam-user-mfa-required",
  title: "IAM users can do nothing without MFA except enrol a device",
  description:
    "Without MFA a stolen password or access key alone opens the account. Every user gets one managed policy, which stays attached and " +
    "denies everything to sessions without MFA, except what enrolling its own device needs; an access key may enrol none. It is " +
    "attached again if somebody detaches it. A change of the policy itself is reported.",
  severity: "high",
  frameworks: ["CIS AWS Foundations 3.0 1.10", "AWS FSBP IAM.5", "AWS FSBP IAM.19", "PCI DSS 4.0 8.4.2"],
  resourceType: USER.type,
  otherResourceTypes: [MANAGED_POLICY.type, ROOT.type],
  global: true,
  pattern: apiCalls(
    "iam",
    [
      "CreateUser",
      "CreateLoginProfile",
      "CreateAccessKey",
      "DeactivateMFADevice",
      "DetachUserPolicy",
      ...POLICY_CALLS,
    ],
    // Of the calls about policies, those about this one.
    { requestParameters: { policyArn: [{ exists: false }, { suffix: `:policy/${POLICY_NAME}` }] } },
  ),
  resource: subjectOf,
  readPermissions: (scope) => [
    { Sid: "ReadUser", Effect: "Allow", Action: "iam:ListAttachedUserPolicies", Resource: users(scope) },
    {
      Sid: "ReadPolicy",
      Effect: "Allow",
      Action: ["iam:GetPolicy", "iam:GetPolicyVersion"],
      Resource: policyArn(scope.partition, scope.account),
    },
  ],
  fixPermissions: (scope) => [
    {
      Sid: "AttachPolicy",
      Effect: "Allow",
      Action: "iam:AttachUserPolicy",
      Resource: users(scope),
      Condition: onlyItsPolicy(scope),
    },
  ],
  undoPermissions: (scope) => [
    {
      Sid: "DetachPolicy",
      Effect: "Allow",
      Action: "iam:DetachUserPolicy",
      Resource: users(scope),
      Condition: onlyItsPolicy(scope),
    },
  ],
  managedPolicies: [POLICY],
  remediationSteps:
    `Attach ${POLICY_NAME} to the user, who then signs in with the password, enrols a device under My security credentials, and signs in ` +
    "again. Better: let people sign in through IAM Identity Center and give programs roles, so that no IAM user is needed.",
};
