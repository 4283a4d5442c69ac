/** IAM, STS and Organizations, without sign-ins. */
import { answered, type RecordCase } from "./cases";
import { atLeast, olderTime, number, text, time } from "./expect";
import { MANAGEMENT, MEMBER, ORGANIZATION_ID, rootOf } from "./recorded-organization";

const ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
const TRUST = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${MEMBER}:root"},"Action":"sts:AssumeRole"}]}`;
const iam = { source: "iam", region: "eu-west-1" };
const ROLE = `arn:aws:iam::${MEMBER}:role/worker`;

export const identityCases: RecordCase[] = [
  {
    ...iam,
    event: "CreateUser",
    parameters: { UserName: "mallory", Tags: [{ Key: "team", Value: "red" }] },
    request: { userName: "mallory", tags: [{ key: "team", value: "red" }] },
    response: {
      user: {
        path: "/",
        userName: "mallory",
        userId: text(/^AIDA/),
        arn: `arn:aws:iam::${MEMBER}:user/mallory`,
        createDate: olderTime,
        tags: [{ key: "team", value: "red" }],
      },
    },
  },
  {
    ...iam,
    event: "CreateAccessKey",
    parameters: { UserName: "mallory" },
    keep: (answer, made) => {
      made["key"] = answered(answer, "AccessKey.AccessKeyId");
      made["secret"] = answered(answer, "AccessKey.SecretAccessKey");
    },
    request: { userName: "mallory" },
    response: {
      accessKey: { userName: "mallory", accessKeyId: text(/^AKIA/), status: "Active", createDate: olderTime },
    },
  },
  {
    ...iam,
    event: "CreateLoginProfile",
    parameters: { UserName: "mallory", Password: "Correct-Horse-1", PasswordResetRequired: true },
    request: { userName: "mallory", passwordResetRequired: true },
    response: { loginProfile: { userName: "mallory", createDate: olderTime, passwordResetRequired: true } },
  },
  {
    ...iam,
    event: "AttachUserPolicy",
    parameters: { UserName: "mallory", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
    request: { userName: "mallory", policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
    response: null,
  },
  {
    ...iam,
    event: "PutUserPolicy",
    parameters: { UserName: "mallory", PolicyName: "all", PolicyDocument: ALLOW_ALL },
    request: { userName: "mallory", policyName: "all", policyDocument: ALLOW_ALL },
    response: null,
  },
  {
    ...iam,
    event: "CreateRole",
    parameters: { RoleName: "worker", AssumeRolePolicyDocument: TRUST },
    request: { roleName: "worker", assumeRolePolicyDocument: TRUST },
    response: {
      role: atLeast({
        path: "/",
        roleName: "worker",
        roleId: text(/^AROA/),
        arn: ROLE,
        createDate: olderTime,
        assumeRolePolicyDocument: encodeURIComponent(TRUST),
      }),
    },
    differs: {
      "responseElements.role.description, .maxSessionDuration":
        "the emulator answers them even when they were not given",
    },
  },
  {
    ...iam,
    event: "CreateRole",
    parameters: {
      RoleName: "bounded",
      AssumeRolePolicyDocument: TRUST,
      PermissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess",
    },
    request: {
      roleName: "bounded",
      assumeRolePolicyDocument: TRUST,
      permissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess",
    },
    response: {
      role: atLeast({
        roleName: "bounded",
        permissionsBoundary: {
          permissionsBoundaryArn: "arn:aws:iam::aws:policy/AdministratorAccess",
          permissionsBoundaryType: "Policy",
        },
      }),
    },
  },
  {
    ...iam,
    event: "UpdateAssumeRolePolicy",
    parameters: { RoleName: "worker", PolicyDocument: TRUST },
    request: { roleName: "worker", policyDocument: TRUST },
    response: null,
  },
  {
    ...iam,
    event: "AttachRolePolicy",
    parameters: { RoleName: "worker", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
    request: { roleName: "worker", policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
    response: null,
  },
  {
    ...iam,
    event: "ListUserPolicies",
    parameters: { UserName: "nobody" },
    readOnly: true,
    request: { userName: "nobody" },
    response: null,
    errorCode: "NoSuchEntityException",
  },
  {
    ...iam,
    event: "DeleteUser",
    parameters: { UserName: "someone" },
    credentials: () => rootOf(MEMBER),
    request: { userName: "someone" },
    response: null,
    errorCode: "NoSuchEntityException",
  },
  {
    source: "sts",
    event: "AssumeRole",
    parameters: { RoleArn: ROLE, RoleSessionName: "me", DurationSeconds: 900 },
    credentials: (made) => ({ accessKeyId: made["key"] ?? "", secretAccessKey: made["secret"] ?? "" }),
    readOnly: true,
    request: { roleArn: ROLE, roleSessionName: "me", durationSeconds: 900 },
    response: {
      credentials: { accessKeyId: text(/^ASIA/), sessionToken: text(), expiration: time },
      assumedRoleUser: {
        assumedRoleId: text(/^AROA\w+:me$/),
        arn: `arn:aws:sts::${MEMBER}:assumed-role/worker/me`,
      },
      packedPolicySize: number,
    },
    resources: () => [{ ARN: ROLE, accountId: MEMBER, type: "AWS::IAM::Role" }],
    more: {
      userIdentity: {
        type: "IAMUser",
        principalId: text(/^AIDA/),
        arn: `arn:aws:iam::${MEMBER}:user/mallory`,
        accountId: MEMBER,
        accessKeyId: text(/^AKIA/),
        userName: "mallory",
      },
    },
    differs: { "responseElements.packedPolicySize": "the emulator answers it even without a session policy" },
  },
  {
    source: "sts",
    event: "GetCallerIdentity",
    readOnly: true,
    request: null,
    response: null,
  },
  {
    source: "sts",
    event: "GetSessionToken",
    credentials: (made) => ({ accessKeyId: made["key"] ?? "", secretAccessKey: made["secret"] ?? "" }),
    parameters: { DurationSeconds: 900 },
    request: { durationSeconds: 900 },
    response: { credentials: { accessKeyId: text(/^ASIA/), sessionToken: text(), expiration: time } },
    more: { userIdentity: atLeast({ type: "IAMUser", userName: "mallory" }) },
  },
  {
    source: "organizations",
    event: "CreateAccount",
    credentials: () => rootOf(MANAGEMENT),
    parameters: { Email: "new@example.com", AccountName: "new" },
    request: { email: "****", accountName: "****" },
    response: {
      createAccountStatus: atLeast({
        id: text(/^car-/),
        accountName: "****",
        state: text(),
        requestedTimestamp: time,
      }),
    },
    differs: {
      "responseElements.createAccountStatus":
        "the emulator creates the account at once and gives its id already",
    },
  },
  {
    source: "organizations",
    event: "DescribeOrganization",
    readOnly: true,
    request: null,
    response: null,
  },
  {
    source: "organizations",
    event: "PutResourcePolicy",
    credentials: () => rootOf(MANAGEMENT),
    parameters: { Content: ALLOW_ALL },
    request: { content: "HIDDEN_DUE_TO_SECURITY_REASONS" },
    response: null,
    errorCode: "InvalidAction",
    differs: { errorCode: "the emulator has no such call" },
  },
  {
    source: "organizations",
    event: "LeaveOrganization",
    request: null,
    response: null,
    errorCode: "AccessDenied",
    differs: { errorCode: `the emulator lets no member leave ${ORGANIZATION_ID}` },
  },
];
