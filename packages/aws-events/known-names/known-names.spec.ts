import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { knownNames, lookUpName, NAMES_FILE, parseNames, printNames } from ".";
import { distance } from "./distance";

const nearest = (name: string) => {
  const verdict = lookUpName(name);
  assert.equal(verdict.known, false);
  return verdict.known ? [] : verdict.nearest;
};

describe("the known names of events", () => {
  it("include API calls, versioned names of Lambda, and sign-ins", () => {
    for (const name of [
      "iam:CreateUser",
      "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock",
      "ec2:AuthorizeSecurityGroupIngress",
      "lambda:CreateFunction20150331",
      "lambda:AddPermission20150331v2",
      "signin:ConsoleLogin",
      "organizations:CreateAccountResult",
      "monitoring:PutMetricAlarm",
    ])
      assert.deepEqual(lookUpName(name), { known: true }, name);
  });

  it("are many services with many events", () => {
    const events = [...knownNames().values()].flat().length;

    assert(knownNames().size > 300, String(knownNames().size));
    assert(events > 12_000, String(events));
  });

  it("refuse an unknown name, with the nearest ones", () => {
    assert.deepEqual(lookUpName("iam:CreateUsr"), {
      known: false,
      why: "iam has no event CreateUsr in CloudTrail",
      nearest: ["iam:CreateUser", "iam:CreateRole", "iam:UpdateUser"],
    });
    assert.equal(nearest("iam:createuser")[0], "iam:CreateUser");
    assert.equal(nearest("s3:PutBucketPloicy")[0], "s3:PutBucketPolicy");
  });

  it("refuse the API's name where CloudTrail has another", () => {
    assert.equal(nearest("lambda:CreateFunction")[0], "lambda:CreateFunction20150331");
    assert.equal(nearest("cloudwatch:PutMetricAlarm")[0], "monitoring:PutMetricAlarm");
    assert.equal(nearest("s3:PutPublicAccessBlock")[0], "s3:PutBucketPublicAccessBlock");
  });

  it("refuse an unknown service, with names of the nearest one", () => {
    const verdict = lookUpName("iaam:CreateUser");

    assert(!verdict.known);
    assert.equal(verdict.why, "CloudTrail has no service iaam");
    assert.equal(verdict.nearest[0], "iam:CreateUser");
  });

  it("refuse nonsense without a suggestion", () => {
    assert.deepEqual(nearest("iam:Xyzzyplughfoo"), []);
    assert.deepEqual(nearest(""), []);
  });

  it("include those of consoles and of services' own events", () => {
    for (const name of [
      "cloudshell:CreateSession",
      "sso-directory:CreateGroup",
      "discovery-marketplace:GetListingView",
      "secretsmanager:RotationFailed",
      "kms:SynchronizeMultiRegionKey",
      "ec2:SharedSnapshotVolumeCreated",
      "s3:PutAccountPublicAccessBlock",
    ])
      assert.deepEqual(lookUpName(name), { known: true }, name);
  });

  it("are printed and read again without loss", () => {
    const text = readFileSync(NAMES_FILE, "utf8");
    const [head = ""] = text.split("\n");

    assert.equal(`${head}\n${printNames(parseNames(text))}\n`, text);
  });
});

describe("the distance of two words", () => {
  it("counts letters inserted, deleted, replaced and swapped", () => {
    assert.equal(distance("User", "User"), 0);
    assert.equal(distance("User", "Users"), 1);
    assert.equal(distance("User", "Uer"), 1);
    assert.equal(distance("User", "Uxer"), 1);
    assert.equal(distance("User", "Uesr"), 1);
    assert.equal(distance("", "abc"), 3);
  });

  it("is the same in both directions, and never more than the longer word", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const errors = distance(a, b);
        assert.equal(errors, distance(b, a));
        assert(errors <= Math.max(a.length, b.length));
        assert.equal(errors === 0, a === b);
      }),
    );
  });
});
