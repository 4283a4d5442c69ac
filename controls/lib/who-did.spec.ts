import assert from "node:assert/strict";
import type { EventBridgeEvent, Json, JsonObject } from "@bailiwick/aws-events/record";
import { NAME_PREFIX } from "../../contract/names";
import { eventsOf } from "./testing";
import { whoDid } from "./who-did";

const MARIA = "arn:aws:sts::210987654321:assumed-role/Developer/maria.lindqvist";
const PILOT = "arn:aws:iam::210987654321:user/crew/pilot";
const by = (userIdentity: JsonObject, rest: JsonObject = {}): EventBridgeEvent => {
  const event = structuredClone(eventsOf("ec2-instance-owner-tagged").get("matching-start")!);
  Object.assign(event.detail, { userIdentity, ...rest });
  return event;
};
const session = (name: string, role = "Developer", context: JsonObject = {}): JsonObject => ({
  type: "AssumedRole",
  arn: `arn:aws:sts::210987654321:assumed-role/${role}/${name}`,
  sessionContext: { sessionIssuer: { userName: role }, ...context },
});

/** Each line: what it is, the identity, other fields, and kind, name and principal of who did it. */
const CASES: [string, JsonObject, JsonObject, [string, string, string]][] = [
  ["an IAM user", { type: "IAMUser", arn: PILOT, userName: "pilot" }, {}, ["user", "pilot", PILOT]],
  [
    "an IAM user whose call CloudFormation forwards",
    { type: "IAMUser", arn: PILOT, userName: "pilot", invokedBy: "cloudformation.amazonaws.com" },
    { sourceIPAddress: "cloudformation.amazonaws.com" },
    ["user", "pilot", PILOT],
  ],
  [
    "a role's session whose call CloudFormation forwards",
    { ...session("maria.lindqvist"), invokedBy: "cloudformation.amazonaws.com" },
    { sourceIPAddress: "cloudformation.amazonaws.com" },
    ["session", "maria.lindqvist", MARIA],
  ],
  ["a person's session", session("maria.lindqvist"), {}, ["session", "maria.lindqvist", MARIA]],
  [
    "the person who began a chain of roles",
    session("terraform", "Deploy", { sourceIdentity: "maria.lindqvist" }),
    {},
    ["session", "maria.lindqvist", "arn:aws:sts::210987654321:assumed-role/Deploy/terraform"],
  ],
  [
    "a user of Identity Center, by the session",
    session("maria@example.org", "AWSReservedSSO_Admin_0123456789abcdef"),
    {},
    [
      "session",
      "maria@example.org",
      "arn:aws:sts::210987654321:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/maria@example.org",
    ],
  ],
  [
    "a user of Identity Center behind a numbered session",
    { ...session("1742200887", "QApp"), onBehalfOf: { userId: "94d8a4c8-1111", identityStoreArn: "arn:x" } },
    {},
    ["session", "94d8a4c8-1111", "arn:aws:sts::210987654321:assumed-role/QApp/1742200887"],
  ],
  [
    "a user of Identity Center without a role",
    { type: "IdentityCenterUser", accountId: "210987654321", onBehalfOf: { userId: "94d8a4c8-1111" } },
    {},
    ["user", "94d8a4c8-1111", "94d8a4c8-1111"],
  ],
  [
    "a federated user, not the user whose key made the session",
    {
      type: "FederatedUser",
      arn: "arn:aws:sts::210987654321:federated-user/alice",
      sessionContext: { sessionIssuer: { type: "IAMUser", userName: "broker" } },
    },
    {},
    ["user", "alice", "arn:aws:sts::210987654321:federated-user/alice"],
  ],
  [
    "a user of a SAML provider",
    { type: "SAMLUser", principalId: "x:maria", userName: "maria", identityProvider: "x" },
    {},
    ["user", "maria", "maria"],
  ],
  [
    "a user of an OpenID Connect provider",
    { type: "WebIdentityUser", principalId: "accounts.google.com:app:1077", userName: "1077" },
    {},
    ["user", "1077", "1077"],
  ],
  [
    "root, whose name is the account's alias",
    { type: "Root", arn: "arn:aws:iam::210987654321:root", userName: "harbour" },
    {},
    ["root", "root", "arn:aws:iam::210987654321:root"],
  ],
  [
    "root behind a service",
    { type: "Root", arn: "arn:aws:iam::210987654321:root", invokedBy: "cloudformation.amazonaws.com" },
    {},
    ["root", "root", "arn:aws:iam::210987654321:root"],
  ],
  [
    "a role itself",
    { type: "Role", arn: "arn:aws:iam::210987654321:role/ops/Backup" },
    {},
    ["role", "Backup", "arn:aws:iam::210987654321:role/ops/Backup"],
  ],
  [
    "somebody of another account",
    { type: "AWSAccount", principalId: "AROAEXAMPLEEXAMPLEEX:maria", accountId: "444455556666" },
    {},
    ["account", "maria", "AROAEXAMPLEEXAMPLEEX:maria of account 444455556666"],
  ],
  [
    "a user of another account",
    { type: "AWSAccount", principalId: "AIDAEXAMPLEEXAMPLEEX", accountId: "444455556666" },
    {},
    ["account", "account 444455556666", "AIDAEXAMPLEEXAMPLEEX of account 444455556666"],
  ],
  [
    "a service",
    { type: "AWSService", invokedBy: "ec2fleet.amazonaws.com" },
    {},
    ["service", "ec2fleet", "ec2fleet.amazonaws.com"],
  ],
  [
    "a service with a longer name",
    { type: "AWSService", invokedBy: "ec2.application-autoscaling.amazonaws.com" },
    {},
    ["service", "ec2.application-autoscaling", "ec2.application-autoscaling.amazonaws.com"],
  ],
  [
    "a service of China",
    { type: "AWSService", invokedBy: "autoscaling.amazonaws.com.cn" },
    {},
    ["service", "autoscaling", "autoscaling.amazonaws.com.cn"],
  ],
  [
    "a service without a name in the DNS",
    { type: "AWSService", invokedBy: "AWS Internal" },
    {},
    ["service", "AWS Internal", "AWS Internal"],
  ],
  [
    "a service that only its address names",
    { type: "AWSService" },
    { sourceIPAddress: "eks-nodegroup.amazonaws.com" },
    ["service", "eks-nodegroup", "eks-nodegroup.amazonaws.com"],
  ],
  [
    "a service that nothing names",
    { type: "AWSService" },
    {},
    ["service", "an AWS service", "an AWS service"],
  ],
  [
    "a control's own session",
    session("1-lambda-event-source-enabled", `${NAME_PREFIX}lambda-event-source-enabled`),
    {},
    [
      "control",
      "bailiwick-lambda-event-source-enabled",
      "arn:aws:sts::210987654321:assumed-role/bailiwick-lambda-event-source-enabled/1-lambda-event-source-enabled",
    ],
  ],
];

describe("who made a call", () => {
  for (const [what, identity, rest, [kind, name, principal]] of CASES)
    it(`is ${what}`, () => {
      assert.deepEqual(whoDid(by(identity, { sourceIPAddress: "203.0.113.57", ...rest })), {
        kind,
        name,
        principal,
      });
    });

  for (const name of [
    "i-0123456789abcdef0",
    "1742200887",
    "botocore-session-1742200887",
    "aws-sdk-js-session-1742200887",
    "AWSCloudFormation",
    "AWSCodeBuild-0c6f2c5e-7a41-4a9d-9f6e-3b1d8c2a7e55",
    "0123456789abcdef0123456789abcdef",
    "gateway-1742200887123",
  ])
    it(`is the role of a program whose session is ${name}`, () => {
      assert.deepEqual(
        [whoDid(by(session(name)))?.kind, whoDid(by(session(name)))?.name],
        ["role", "Developer"],
      );
    });

  it("is nobody if the record doesn't say it, or hides what was typed for a name", () => {
    const odd: Json[] = [null, {}, [], "text", 7, { type: "Unknown" }, { userName: { a: 1 } }];
    for (const identity of odd)
      assert.equal(whoDid(by(identity as JsonObject, { sourceIPAddress: "203.0.113.57" })), undefined);
    assert.equal(whoDid(by({ type: "IAMUser", userName: "HIDDEN_DUE_TO_SECURITY_REASONS" })), undefined);
  });
});
