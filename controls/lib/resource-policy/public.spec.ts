import fc from "fast-check";
import assert from "node:assert/strict";
import { analyzePolicy, isPublic, publicStatements } from ".";

const grant = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::ledger/*" };
const to = (Principal: unknown) => ({ ...grant, Principal });
const when = (Condition: unknown) => ({ ...grant, Condition });
const policy = (...Statement: unknown[]) => ({ Version: "2012-10-17", Statement });
const denyUnless = (Condition: unknown, rest: object = {}) => ({
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: ["arn:aws:s3:::ledger", "arn:aws:s3:::ledger/*"],
  ...(Condition ? { Condition } : {}),
  ...rest,
});

/** Each line: what it is, and one statement or several. */
const PUBLIC: [string, ...unknown[]][] = [
  ["everyone", grant],
  ["everyone, written as AWS account", to({ AWS: "*" })],
  ["everyone in a list of named ones", to({ AWS: ["arn:aws:iam::111122223333:root", "*"] })],
  ["everyone as canonical user", to({ CanonicalUser: "*" })],
  ["every service", to({ Service: "*" })],
  ["every service of AWS", to({ Service: "*.amazonaws.com" })],
  ["a role of that name in any account", to({ AWS: "arn:aws:iam::*:role/reader" })],
  ["accounts that begin alike", to({ AWS: "arn:aws:iam::11112222333?:root" })],
  ["an account from a policy variable", to({ AWS: "arn:aws:iam::${aws:PrincipalAccount}:root" })],
  ["any origin access identity of CloudFront", to({ AWS: "arn:aws:iam::cloudfront:user/*" })],
  ["whoever has an account at a web identity provider", to({ Federated: "graph.facebook.com" })],
  ["whoever has an account in some identity pool", to({ Federated: "cognito-identity.amazonaws.com" })],
  ["a SAML provider of that name in any account", to({ Federated: "arn:aws:iam::*:saml-provider/login" })],
  ["a kind of principal that there isn't", to({ Robot: "r2d2" })],
  [
    "all but one account",
    { ...grant, Principal: undefined, NotPrincipal: { AWS: "arn:aws:iam::111122223333:root" } },
  ],
  ["no principal that can be read", to(undefined)],
  ["an empty principal", to({})],
  ["an empty list of principals", to({ AWS: [] })],

  ["every VPC", when({ StringLike: { "aws:SourceVpc": "vpc-*" } })],
  ["one VPC, or any other", when({ StringLike: { "aws:SourceVpc": ["vpc-0a1b2c3d", "vpc-*"] } })],
  ["a wildcard, though compared literally", when({ StringEquals: { "aws:SourceVpce": "vpce-?a1b2c3d" } })],
  [
    "its own organization, whichever that is",
    when({ StringEquals: { "aws:PrincipalOrgID": "${aws:PrincipalOrgID}" } }),
  ],
  ["any organization", when({ StringLike: { "aws:PrincipalOrgID": "o-*" } })],
  [
    "any organization's unit",
    when({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-*/r-ab12/ou-ab12-1/*" } }),
  ],
  ["accounts that begin alike", when({ StringLike: { "aws:SourceAccount": "1111*" } })],
  ["no account id", when({ StringEquals: { "aws:SourceAccount": "my-account" } })],
  ["a topic in any account", when({ ArnLike: { "aws:SourceArn": "arn:aws:sns:us-east-1:*:orders" } })],
  ["any bucket", when({ ArnLike: { "aws:SourceArn": "arn:aws:s3:::*" } })],
  ["any source", when({ ArnLike: { "aws:SourceArn": "*" } })],
  [
    "access points of any account",
    when({ StringLike: { "s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:*:accesspoint/*" } }),
  ],
  ["any role's sessions", when({ StringLike: { "aws:userid": "AROA*:*" } })],
  ["any session of that name", when({ StringLike: { "aws:userid": "*:maria" } })],

  ["all addresses", when({ IpAddress: { "aws:SourceIp": "0.0.0.0/0" } })],
  ["half of all addresses", when({ IpAddress: { "aws:SourceIp": "0.0.0.0/1" } })],
  ["a little more than /8", when({ IpAddress: { "aws:SourceIp": "54.0.0.0/7" } })],
  ["an office, and all of IPv6", when({ IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "::/0"] } })],
  ["a little more than /32 of IPv6", when({ IpAddress: { "aws:SourceIp": "2001:db8::/31" } })],
  ["all of IPv4 as mapped addresses", when({ IpAddress: { "aws:SourceIp": "::ffff:0:0/96" } })],
  ["something that is no address", when({ IpAddress: { "aws:SourceIp": "office" } })],
  ["all but one address", when({ NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } })],

  ["all but one VPC endpoint", when({ StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } })],
  ["callers without VPC as well", when({ StringEqualsIfExists: { "aws:SourceVpc": "vpc-0a1b2c3d" } })],
  [
    "callers without organization as well",
    when({ "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
  ],
  ["callers of some organization", when({ Null: { "aws:PrincipalOrgID": "false" } })],
  [
    "callers whose key may be absent after all",
    when({ StringEqualsIfExists: { "aws:SourceVpc": "vpc-0a1b2c3d" }, Null: { "aws:SourceVpc": "true" } }),
  ],
  ["whoever uses TLS", when({ Bool: { "aws:SecureTransport": "true" } })],
  ["whoever claims a referer", when({ StringLike: { "aws:Referer": "https://www.example.com/*" } })],
  ["whoever claims a user agent", when({ StringEquals: { "aws:UserAgent": "secret" } })],
  ["whoever comes early enough", when({ DateLessThan: { "aws:CurrentTime": "2030-01-01T00:00:00Z" } })],
  [
    "the bucket's own account, which is always so",
    when({ StringEquals: { "s3:ResourceAccount": "111122223333" } }),
  ],
  [
    "whoever comes through some VPC's access point",
    when({ StringEquals: { "s3:AccessPointNetworkOrigin": "VPC" } }),
  ],
  ["an empty list of values", when({ StringEquals: { "aws:SourceVpc": [] } })],
  ["an empty condition", when({})],
  ["a condition that is none", when("aws:SourceVpc")],

  ["everyone, with a Deny for plain HTTP", grant, denyUnless({ Bool: { "aws:SecureTransport": "false" } })],
  [
    "everyone, with a Deny for one address range",
    grant,
    denyUnless({ IpAddress: { "aws:SourceIp": "198.51.100.0/24" } }),
  ],
  [
    "everyone, with a Deny for other actions",
    grant,
    denyUnless({ StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } }, { Action: "s3:PutObject" }),
  ],
  [
    "everyone, with a Deny for a part of the objects",
    grant,
    denyUnless(
      { StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } },
      { Resource: "arn:aws:s3:::ledger/private/*" },
    ),
  ],
  [
    "everyone, with a Deny for a key of other case",
    grant,
    denyUnless(
      { StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } },
      { Resource: "arn:aws:s3:::ledger/A*" },
    ),
  ],
  [
    "everyone, with a Deny unless one of a vague kind",
    grant,
    denyUnless({ StringNotLike: { "aws:SourceVpce": "vpce-*" } }),
  ],
  [
    "everyone, with a Deny unless fixed or encrypted",
    grant,
    denyUnless({
      StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" },
      Bool: { "aws:SecureTransport": "false" },
    }),
  ],
  [
    "everyone, with a Deny that a caller without the key escapes",
    grant,
    denyUnless({ "ForAnyValue:StringNotEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
  ],
  [
    "everyone, with a Deny for one account",
    grant,
    denyUnless(null, { Principal: { AWS: "arn:aws:iam::111122223333:root" } }),
  ],
  [
    "everyone, with a Deny for all but any role of a name",
    grant,
    denyUnless(null, { Principal: undefined, NotPrincipal: { AWS: "arn:aws:iam::*:role/reader" } }),
  ],
  ["one account, and everyone", to({ AWS: "111122223333" }), grant],
];

const PRIVATE: [string, ...unknown[]][] = [
  ["an account by ARN", to({ AWS: "arn:aws:iam::111122223333:root" })],
  ["an account by id", to({ AWS: "111122223333" })],
  ["an account as bare text", to("arn:aws:iam::111122223333:root")],
  ["a deleted role's id", to({ AWS: "AROAEXAMPLEEXAMPLE123" })],
  ["sessions of a role of one account", to({ AWS: "arn:aws:sts::111122223333:assumed-role/reader/*" })],
  ["an account in China", to({ AWS: "arn:aws-cn:iam::111122223333:root" })],
  [
    "one origin access identity",
    to({ AWS: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE" }),
  ],
  [
    "a canonical user",
    to({ CanonicalUser: "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" }),
  ],
  ["a service", to({ Service: "cloudtrail.amazonaws.com" })],
  ["services", to({ Service: ["logging.s3.amazonaws.com", "delivery.logs.amazonaws.com"] })],
  [
    "a service for one trail",
    {
      ...when({ StringEquals: { "aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/t" } }),
      Principal: { Service: "cloudtrail.amazonaws.com" },
    },
  ],
  ["a provider of one account", to({ Federated: "arn:aws:iam::111122223333:saml-provider/login" })],

  ["an account", when({ StringEquals: { "aws:PrincipalAccount": "111122223333" } })],
  ["accounts", when({ StringEquals: { "aws:SourceAccount": ["111122223333", "444455556666"] } })],
  ["an account as a number", when({ StringEquals: { "aws:SourceAccount": 111122223333 } })],
  ["an account, as Like", when({ StringLike: { "aws:SourceOwner": "111122223333" } })],
  ["an organization", when({ StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } })],
  [
    "a unit of an organization and all below",
    when({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*" } }),
  ],
  ["a VPC", when({ StringEquals: { "aws:SourceVpc": "vpc-91237329" } })],
  ["a VPC endpoint", when({ StringEqualsIgnoreCase: { "aws:SourceVpce": "vpce-0a1b2c3d" } })],
  ["a topic", when({ ArnEquals: { "aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:orders" } })],
  ["all topics of one account", when({ ArnLike: { "aws:SourceArn": "arn:aws:sns:*:111122223333:*" } })],
  ["a bucket", when({ ArnLike: { "aws:SourceArn": "arn:aws:s3:::uploads" } })],
  ["all roles of one account", when({ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/*" } })],
  [
    "access points of one account",
    when({ StringLike: { "s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:111122223333:accesspoint/*" } }),
  ],
  [
    "access points of one account by its id",
    when({ StringEquals: { "s3:DataAccessPointAccount": "111122223333" } }),
  ],
  ["a role's sessions", when({ StringLike: { "aws:userid": "AROAEXAMPLEEXAMPLE123:*" } })],
  ["a user", when({ StringEquals: { "aws:userid": "AIDAEXAMPLEEXAMPLE123" } })],
  [
    "a key to encrypt with",
    when({
      StringEquals: {
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:111122223333:key/1234",
      },
    }),
  ],
  ["addresses", when({ IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"] } })],
  ["the widest range there may be", when({ IpAddress: { "aws:SourceIp": "54.0.0.0/8" } })],
  [
    "private addresses",
    when({ IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] } }),
  ],
  ["keys and operators in any case", when({ stringequals: { "AWS:sourcevpc": "vpc-91237329" } })],
  [
    "one strong condition among weak ones",
    when({
      Bool: { "aws:SecureTransport": "true" },
      StringEquals: { "aws:SourceVpc": "vpc-91237329" },
      StringLike: { "aws:UserAgent": "*" },
    }),
  ],
  [
    "everyone but one, of one organization",
    {
      ...when({ StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
      Principal: undefined,
      NotPrincipal: { AWS: "111122223333" },
    },
  ],
  [
    "an IfExists whose key must be there",
    when({ StringEqualsIfExists: { "aws:SourceVpc": "vpc-91237329" }, Null: { "aws:SourceVpc": "false" } }),
  ],
  [
    "a ForAllValues whose key must be there",
    when({
      "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
      Null: { "AWS:PrincipalOrgId": false },
    }),
  ],

  [
    "everyone, but for a Deny unless through an endpoint",
    grant,
    denyUnless({ StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } }),
  ],
  [
    "everyone, but for a Deny unless from the office",
    denyUnless({ NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }),
    grant,
  ],
  [
    "everyone, but for a Deny unless endpoint or office",
    grant,
    denyUnless({
      StringNotEqualsIfExists: { "aws:SourceVpce": "vpce-0a1b2c3d" },
      NotIpAddressIfExists: { "aws:SourceIp": "203.0.113.0/24" },
    }),
  ],
  [
    "everyone, but for a Deny unless of an organization",
    grant,
    denyUnless(
      { StringNotEquals: { "aws:PrincipalOrgID": ["o-a1b2c3d4e5"] } },
      { Principal: { AWS: ["*"] }, Action: "*", Resource: "*" },
    ),
  ],
  ["everyone, but for a Deny of all", grant, denyUnless(null)],
  [
    "everyone, but for a Deny of all but one role",
    grant,
    denyUnless(null, {
      Principal: undefined,
      NotPrincipal: { AWS: "arn:aws:iam::111122223333:role/reader" },
    }),
  ],
  ["nobody: only a Deny", denyUnless(null)],
];

describe("what S3 calls public", () => {
  for (const [what, ...statements] of PUBLIC) {
    it(`is a grant to ${what}`, () => assert.equal(isPublic(policy(...statements), "s3"), true));
  }
});

describe("what S3 does not call public", () => {
  for (const [what, ...statements] of PRIVATE) {
    it(`is a grant to ${what}`, () => assert.equal(isPublic(policy(...statements), "s3"), false));
  }
});

describe("policies of other services", () => {
  const cases: [string, unknown, boolean, boolean][] = [
    [
      "a caller's account at KMS",
      when({ StringEquals: { "kms:CallerAccount": "111122223333" } }),
      true,
      false,
    ],
    [
      "mount targets of EFS",
      when({ Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" } }),
      true,
      false,
    ],
    [
      "no mount targets of EFS",
      when({ Bool: { "elasticfilesystem:AccessedViaMountTarget": "false" } }),
      true,
      true,
    ],
    [
      "users of one application",
      {
        ...when({ StringEquals: { "accounts.google.com:aud": "66677788899900pro0" } }),
        Principal: { Federated: "accounts.google.com" },
      },
      true,
      false,
    ],
    ["an account", to({ AWS: "111122223333" }), false, false],
    ["everyone", grant, true, true],
  ];
  for (const [what, statement, s3, any] of cases) {
    it(`may know keys that S3 doesn't: a grant to ${what}`, () => {
      assert.deepEqual([isPublic(policy(statement), "s3"), isPublic(policy(statement))], [s3, any]);
    });
  }
});

describe("the public statements of a policy", () => {
  it("are named by place and Sid, with the reason", () => {
    const statements = policy(
      to({ AWS: "111122223333" }),
      { ...grant, Sid: "Web" },
      when({ IpAddress: { "aws:SourceIp": "0.0.0.0/0" }, Bool: { "aws:SecureTransport": "true" } }),
      { ...grant, Principal: undefined, NotPrincipal: { AWS: "111122223333" } },
      to({ AWS: "arn:aws:iam::*:root" }),
      when({ StringEqualsIfExists: { "aws:SourceVpc": "vpc-1" } }),
      when({ StringNotLike: { "aws:userid": "AROA1:*" } }),
      to({ Federated: "graph.facebook.com" }),
      to(undefined),
      when({ ArnLike: { "aws:SourceArn": "arn:aws:sns:us-east-1:*:orders" } }),
    );
    assert.deepEqual(publicStatements(statements, "s3"), [
      { index: 1, sid: "Web", reason: "lets in everyone, without a condition" },
      {
        index: 2,
        reason:
          "lets in everyone; aws:SourceIp `0.0.0.0/0` is broader than /8; aws:SecureTransport ties it to nobody in particular",
      },
      { index: 3, reason: "lets in everyone but the principals it names, without a condition" },
      { index: 4, reason: "lets in whoever matches `arn:aws:iam::*:root`, without a condition" },
      {
        index: 5,
        reason: "lets in everyone; StringEqualsIfExists also holds for a request without aws:SourceVpc",
      },
      { index: 6, reason: "lets in everyone; StringNotLike on aws:userid leaves all others in" },
      { index: 7, reason: "lets in everyone with an account at `graph.facebook.com`, without a condition" },
      { index: 8, reason: "names no principal that can be read, without a condition" },
      {
        index: 9,
        reason: "lets in everyone; aws:SourceArn `arn:aws:sns:us-east-1:*:orders` leaves the account open",
      },
    ]);
  });

  it("are found in a policy of one statement without a list, and in JSON text", () => {
    assert.deepEqual(publicStatements({ Statement: grant }), [
      { index: 0, reason: "lets in everyone, without a condition" },
    ]);
    assert.deepEqual(
      publicStatements(JSON.stringify({ Statement: grant })),
      publicStatements({ Statement: grant }),
    );
  });

  it("are none where there is no policy", () => {
    for (const nothing of [undefined, null, "", {}, { Statement: [] }, "{}"])
      assert.equal(isPublic(nothing), false);
  });

  it("can't be known for an unreadable policy, which therefore counts as public", () => {
    const unreadable: [unknown, string][] = [
      ["{", "The policy is not JSON."],
      [42, "The policy is not an object."],
      [[grant], "The policy is not an object."],
      [policy(grant, "Allow"), "Statement 2 is not an object."],
      [policy({ ...grant, Effect: "allow" }), "The Effect of statement 1 is neither Allow nor Deny."],
    ];
    for (const [value, message] of unreadable) {
      assert.deepEqual(analyzePolicy(value), { statements: [], unreadable: message });
      assert.equal(isPublic(value), true);
      assert.throws(() => publicStatements(value), { name: "TypeError", message });
    }
  });
});

describe("whatever the policy", () => {
  const statement = fc.constantFrom(...[...PUBLIC, ...PRIVATE].flatMap(([, ...statements]) => statements));
  const statements = fc.array(statement, { maxLength: 6 });
  const anchors = fc.constantFrom(
    { StringEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } },
    { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
    { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/*" } },
  );

  it("never throws, and judges text and object alike", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          statements.map((list) => policy(...list)),
          fc.record({ Statement: fc.jsonValue() }),
        ),
        (value) => {
          const parsed = JSON.parse(JSON.stringify(value)) as unknown;
          if (typeof parsed !== "string") assert.equal(isPublic(JSON.stringify(value)), isPublic(parsed));
        },
      ),
    );
  });

  it("is private once its public statements are gone", () => {
    fc.assert(
      fc.property(statements, (list) => {
        const open = new Set(publicStatements(policy(...list)).map(({ index }) => index));
        assert.equal(isPublic(policy(...list.filter((_, index) => !open.has(index)))), false);
      }),
    );
  });

  it("is not made private by another grant, nor public by another Deny", () => {
    fc.assert(
      fc.property(statements, statement, (list, another) => {
        const before = isPublic(policy(...list));
        const isDeny = (another as { Effect: string }).Effect === "Deny";
        const after = isPublic(policy(...list, another));
        assert.ok(isDeny ? before || !after : !before || after);
      }),
    );
  });

  it("is private when every grant depends on a fixed value as well", () => {
    fc.assert(
      fc.property(statements, anchors, (list, anchor) => {
        const tied = (list as Record<string, unknown>[]).map((each) => ({ ...each, Condition: anchor }));
        assert.equal(isPublic(policy(...tied)), false);
      }),
    );
  });

  it("does not matter in which order its statements stand", () => {
    fc.assert(
      fc.property(statements, (list) =>
        assert.equal(isPublic(policy(...list)), isPublic(policy(...[...list].reverse()))),
      ),
    );
  });

  it("takes time in proportion to its length, also for patterns made to be slow", () => {
    const slow = denyUnless(null, { Resource: `${"*a".repeat(4000)}b`, Action: "*" });
    const started = performance.now();
    assert.equal(isPublic(policy({ ...grant, Resource: "a".repeat(8000) }, slow)), true);
    assert.ok(performance.now() - started < 2000);
  });
});
