import fc from "fast-check";
import assert from "node:assert/strict";
import { analyzePolicy, isPublic, publicStatements } from ".";
import { denyUnless, grant, policy, PRIVATE, PUBLIC, to, when } from "./grants.cases";

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
