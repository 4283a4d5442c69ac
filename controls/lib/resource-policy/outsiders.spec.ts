import assert from "node:assert/strict";
import { outsideStatements } from ".";
import { denyUnless, grant, policy, PRIVATE, to, when } from "./grants.cases";

const OWN = "210987654321";
const SISTER = "109876543210";
const OUTSIDE = "444455556666";
const PARTNER = "111122223333";
const CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
const insiders = { accounts: [OWN, SISTER], organization: "o-exampleorgid", trusted: [PARTNER] };
const reasonsOf = (...statements: unknown[]) =>
  outsideStatements(policy(...statements), insiders).map(({ reason }) => reason);
const root = (account: string) => `arn:aws:iam::${account}:root`;
const whenOf = (Principal: unknown, Condition: unknown) => ({ ...when(Condition), Principal });

const THE_ACCOUNT = [`lets in the outside account ${OUTSIDE}`];

/** Each line: what it is, a statement or several, and whom it lets in. */
const CASES: [string, unknown[], string[]][] = [
  ["an outside account", [to({ AWS: OUTSIDE })], THE_ACCOUNT],
  ["its root", [to({ AWS: root(OUTSIDE) })], THE_ACCOUNT],
  [
    "a role of it, in another partition",
    [to({ AWS: `arn:aws-cn:iam::${OUTSIDE}:role/backup` })],
    THE_ACCOUNT,
  ],
  [
    "a user of it among insiders",
    [to({ AWS: [root(OWN), `arn:aws:iam::${OUTSIDE}:user/eve`] })],
    THE_ACCOUNT,
  ],
  ["a session of it", [to({ AWS: `arn:aws:sts::${OUTSIDE}:assumed-role/backup/eve` })], THE_ACCOUNT],
  [
    "an identity provider of it",
    [to({ Federated: `arn:aws:iam::${OUTSIDE}:saml-provider/login` })],
    THE_ACCOUNT,
  ],
  [
    "everyone of it, by a condition",
    [when({ StringEquals: { "aws:PrincipalAccount": OUTSIDE } })],
    THE_ACCOUNT,
  ],
  [
    "a role of it, by a condition",
    [when({ ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${OUTSIDE}:role/*` } })],
    THE_ACCOUNT,
  ],
  ["its sessions, by their id", [when({ StringLike: { "aws:userid": `${OUTSIDE}:*` } })], THE_ACCOUNT],
  [
    "a service that acts for it",
    [whenOf({ Service: "cloudtrail.amazonaws.com" }, { StringEquals: { "aws:SourceAccount": OUTSIDE } })],
    THE_ACCOUNT,
  ],
  [
    "one of two accounts in a condition",
    [when({ StringEquals: { "aws:PrincipalAccount": [OWN, OUTSIDE] } })],
    THE_ACCOUNT,
  ],
  [
    "an account, with a condition that limits to none",
    [whenOf({ AWS: OUTSIDE }, { Bool: { "aws:SecureTransport": "true" } })],
    THE_ACCOUNT,
  ],
  [
    "an account, though a condition names its network",
    [whenOf({ AWS: OUTSIDE }, { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } })],
    THE_ACCOUNT,
  ],
  [
    "an account, with a condition that holds without its key",
    [whenOf({ AWS: OUTSIDE }, { StringEqualsIfExists: { "aws:PrincipalOrgID": "o-exampleorgid" } })],
    THE_ACCOUNT,
  ],
  [
    "another organization",
    [when({ StringEquals: { "aws:PrincipalOrgID": "o-anotherone1" } })],
    ["lets in the organization o-anotherone1"],
  ],
  [
    "a unit of another organization",
    [when({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-anotherone1/*" } })],
    ["lets in the organization o-anotherone1"],
  ],
  ["a canonical user", [to({ CanonicalUser: CANONICAL })], [`lets in the canonical user ${CANONICAL}`]],
  [
    "an origin access identity, which any account may own",
    [to({ AWS: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE1" })],
    ["lets in the origin access identity E2EXAMPLE1"],
  ],
  [
    "a role by its id, which doesn't say whose it is",
    [when({ StringLike: { "aws:userid": "AROAEXAMPLEEXAMPLEEX:*" } })],
    ["lets in the principal with the id AROAEXAMPLEEXAMPLEEX"],
  ],
  [
    "an account that a Deny keeps out of something else only",
    [
      to({ AWS: OUTSIDE }),
      denyUnless({ StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } }, { Action: "s3:PutObject" }),
    ],
    THE_ACCOUNT,
  ],
  [
    "an account that a Deny exempts",
    [to({ AWS: OUTSIDE }), denyUnless({ StringNotEquals: { "aws:PrincipalAccount": [OWN, OUTSIDE] } })],
    THE_ACCOUNT,
  ],

  ["the own account", [to({ AWS: [OWN, root(OWN)] })], []],
  ["an account of the organization", [to({ AWS: root(SISTER) })], []],
  ["a trusted account", [to({ AWS: root(PARTNER) })], []],
  ["the organization", [when({ StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } })], []],
  [
    "an outside account, but only within the organization",
    [whenOf({ AWS: OUTSIDE }, { StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } })],
    [],
  ],
  [
    "an outside account that a Deny keeps out",
    [to({ AWS: OUTSIDE }), denyUnless({ StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } })],
    [],
  ],
  ["a service", [to({ Service: "cloudtrail.amazonaws.com" })], []],
  [
    "a service for an insider",
    [whenOf({ Service: "s3.amazonaws.com" }, { StringEquals: { "aws:SourceAccount": OWN } })],
    [],
  ],
  ["a network, whoever has it", [when({ StringEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } })], []],
  ["a principal that was deleted", [to({ AWS: "AIDAEXAMPLEEXAMPLEEX" })], []],
  ["everyone, who is nobody in particular", [grant], []],
  ["nobody, by a Deny", [{ ...to({ AWS: OUTSIDE }), Effect: "Deny" }], []],
];

describe("outsiders in a resource policy", () => {
  for (const [what, statements, expected] of CASES)
    it(`${expected.length === 0 ? "are not found in" : "are found in"} a grant to ${what}`, () => {
      assert.deepEqual(reasonsOf(...statements), expected);
    });

  it("are named by place and Sid, each once, and not more than five", () => {
    const many = Array.from({ length: 7 }, (_, index) => `44445555666${index}`);
    assert.deepEqual(
      outsideStatements(policy(grant, { ...to({ AWS: [...many, ...many] }), Sid: "Partners" }), insiders),
      [
        {
          index: 1,
          sid: "Partners",
          reason: `lets in ${many
            .slice(0, 5)
            .map((id) => `the outside account ${id}`)
            .join(", ")} and 2 more`,
        },
      ],
    );
  });

  it("are accounts of any other organization only if the own one is known", () => {
    const statement = when({ StringEquals: { "aws:PrincipalOrgID": "o-anotherone1" } });
    assert.deepEqual(outsideStatements(policy(statement), { accounts: [OWN], trusted: [] }), []);
  });

  it("may be trusted under any of their ids", () => {
    const statements = policy(
      to({ CanonicalUser: CANONICAL }),
      to({ AWS: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE1" }),
      when({ StringEquals: { "aws:PrincipalOrgID": "o-anotherone1" } }),
      when({ StringLike: { "aws:userid": "AROAEXAMPLEEXAMPLEEX:*" } }),
    );
    const trusted = [CANONICAL, "E2EXAMPLE1", "o-anotherone1", "AROAEXAMPLEEXAMPLEEX"];
    assert.deepEqual(outsideStatements(statements, { ...insiders, trusted }), []);
  });

  it("are judged in every policy that S3 doesn't call public", () => {
    for (const [what, ...statements] of PRIVATE)
      assert.doesNotThrow(() => outsideStatements(policy(...statements), insiders), what);
  });

  it("can't be judged in a policy that can't be read", () => {
    assert.throws(() => outsideStatements("<policy/>", insiders), {
      name: "TypeError",
      message: "The policy is not JSON.",
    });
  });
});
