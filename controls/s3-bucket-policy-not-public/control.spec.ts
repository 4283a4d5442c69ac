import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import type { Evaluation } from "../lib/remediation";
import { CREDENTIALS, eventsOf, reference, reports, sdkError, UNKNOWN } from "../lib/testing";
import * as v from "valibot";
import { control, parameters } from "./control";
import { prevention } from "./prevent";
import { remediation, withoutPublicStatements, type PolicyBefore } from "./remediate";

const OPEN = {
  Sid: "Web",
  Effect: "Allow",
  Principal: "*",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::ledger/*",
};
const OWN = { ...OPEN, Sid: "Own", Principal: { AWS: "arn:aws:iam::210987654321:root" } };
const SECURE = {
  Sid: "Tls",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: "*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const text = (...Statement: unknown[]) => JSON.stringify({ Version: "2012-10-17", Id: "ledger", Statement });

const context = {
  resource: reference(control.resourceType, "ledger", "arn:aws:s3:::ledger"),
  parameters: {},
  aws: CREDENTIALS,
};
const bucket = { Bucket: "ledger", ExpectedBucketOwner: "210987654321" };

describe("s3-bucket-policy-not-public: which bucket an event is about", () => {
  const event = () => structuredClone(eventsOf(control.id).get("matching-public-read")!);

  it("uses account and region of the envelope and the name in the call", () => {
    assert.deepEqual(control.resource(event()), {
      account: "210987654321",
      region: "eu-west-1",
      type: "AWS::S3::Bucket",
      id: "harbour-brochures",
      arn: "arn:aws:s3:::harbour-brochures",
    });
  });

  it("accepts names of old buckets, with capitals and underscores", () => {
    assert.equal(control.resource(eventsOf(control.id).get("matching-private")!)?.id, "Legacy_Invoices");
  });

  it("accepts no invalid name, nor one that could widen a policy", () => {
    const hostile: unknown[] = [
      "*",
      "a*b",
      "led?er",
      "led${aws:username}",
      'led"ger',
      "led ger",
      "led/ger",
      "ledger\n",
      "ab",
      "",
      7,
      null,
      { a: 1 },
      ["ledger"],
    ];
    for (const name of hostile) {
      const bad = event();
      bad.detail["requestParameters"] = { bucketName: name as string };
      assert.equal(control.resource(bad), undefined, JSON.stringify(name));
    }
    assert.equal(control.resource({ ...event(), account: "2109876543*" }), undefined);
    assert.equal(control.resource({ ...event(), region: "*" }), undefined);
    assert.equal(control.resource({ ...event(), detail: {} }), undefined);
    assert.equal(control.resource({ ...event(), detail: { requestParameters: null } }), undefined);
    assert.equal(
      control.resource({
        ...event(),
        detail: JSON.parse('{"requestParameters":{"__proto__":{"bucketName":"ledger"}}}') as never,
      }),
      undefined,
    );
  });

  it("builds ARNs in the region's partition", () => {
    assert.equal(
      control.resource({ ...event(), region: "cn-north-1" })?.arn,
      "arn:aws-cn:s3:::harbour-brochures",
    );
    assert.equal(
      control.resource({ ...event(), region: "us-gov-west-1" })?.arn,
      "arn:aws-us-gov:s3:::harbour-brochures",
    );
  });
});

describe("s3-bucket-policy-not-public: remediation", () => {
  const s3 = mockClient(S3Client);
  beforeEach(() => s3.reset());
  after(() => s3.restore());

  const evaluate = (policy: string) => {
    s3.on(GetBucketPolicyCommand, bucket).resolves({ Policy: policy });
    return remediation.evaluate(context);
  };
  const violation = (policy: string) => ({
    state: "violation" as const,
    findings: [],
    before: { policy },
    remedies: ["x"],
  });

  it("finds a private policy compliant", async () => {
    assert.deepEqual(await evaluate(text(OWN, SECURE)), {
      state: "compliant",
      why: "No statement of the bucket policy grants access to the public.",
      after: { policy: text(OWN, SECURE) },
    });
  });

  it("finds a bucket without policy compliant", async () => {
    s3.on(GetBucketPolicyCommand).rejects(sdkError("NoSuchBucketPolicy", "none", 404));
    assert.deepEqual(await remediation.evaluate(context), {
      state: "compliant",
      why: "The bucket has no policy.",
      after: { policy: null },
    });
  });

  it("undoes a fix by restoring the policy's text", async () => {
    await remediation.undo?.(context, { policy: text(OPEN) });
    const [put] = s3.commandCalls(PutBucketPolicyCommand);
    assert.deepEqual(put?.args[0].input, { ...bucket, Policy: text(OPEN) });
  });

  it("reads the bucket's tags, of which there may be none", async () => {
    s3.on(GetBucketTaggingCommand, bucket).resolves({ TagSet: [{ Key: "a", Value: "1" }] });
    assert.deepEqual(await remediation.tags?.(context), { a: "1" });
    s3.on(GetBucketTaggingCommand).rejects(sdkError("NoSuchTagSet", "none", 404));
    assert.deepEqual(await remediation.tags?.(context), {});
  });

  it("doesn't take unreadable tags for none", async () => {
    s3.on(GetBucketTaggingCommand).rejects(sdkError("AccessDenied", "no", 403));
    await assert.rejects(async () => remediation.tags?.(context), { name: "AccessDenied" });
  });

  it("finds a deleted bucket absent", async () => {
    s3.on(GetBucketPolicyCommand).rejects(sdkError("NoSuchBucket", "gone", 404));
    assert.deepEqual(await remediation.evaluate(context), { state: "absent" });
  });

  it("throws on what it may not read, instead of calling it compliant", async () => {
    s3.on(GetBucketPolicyCommand).rejects(sdkError("AccessDenied", "no", 403));
    await assert.rejects(remediation.evaluate(context), { name: "AccessDenied" });
  });

  it("finds the public statements, and would remove only these", async () => {
    const policy = text(OWN, OPEN, SECURE, { ...OPEN, Sid: undefined });
    assert.deepEqual(await evaluate(policy), {
      state: "violation",
      findings: [
        "Statement 2 (Web) lets in everyone, without a condition.",
        "Statement 4 lets in everyone, without a condition.",
      ],
      before: { policy },
      remedies: [
        "Remove statement 2 (Web) from the bucket policy.",
        "Remove statement 4 from the bucket policy.",
      ],
    } satisfies Evaluation<PolicyBefore>);
  });

  const PARTNER = { ...OPEN, Sid: "Partner", Principal: { AWS: "arn:aws:iam::444455556666:root" } };

  it("reports a grant to a named outside account, without a remedy", async () => {
    assert.deepEqual(await evaluate(text(OWN, PARTNER)), {
      state: "violation",
      findings: ["Statement 2 (Partner) lets in the outside account 444455556666."],
      before: { policy: text(OWN, PARTNER) },
      remedies: [],
    });
  });

  it("accepts accounts of the organization, and those that the stack trusts", async () => {
    await evaluate(text(PARTNER));
    const organization = { id: "o-exampleorgid", accounts: ["444455556666"] };
    assert.equal((await remediation.evaluate({ ...context, organization })).state, "compliant");
    const parameters = { trustedAccounts: ["444455556666"] };
    assert.equal((await remediation.evaluate({ ...context, parameters })).state, "compliant");
  });

  it("removes what is public, and only reports outside accounts beside it", async () => {
    const found = await evaluate(text(PARTNER, OPEN));
    assert(found.state === "violation");
    assert.deepEqual(
      [found.findings, found.remedies],
      [
        [
          "Statement 1 (Partner) lets in the outside account 444455556666.",
          "Statement 2 (Web) lets in everyone, without a condition.",
        ],
        ["Remove statement 2 (Web) from the bucket policy."],
      ],
    );
    assert.equal(withoutPublicStatements(text(PARTNER, OPEN)), text(PARTNER));
  });

  it("takes ids of every kind for trusted ones, and nothing else", () => {
    const ids = ["444455556666", "o-exampleorgid", "a".repeat(64), "E2EXAMPLE1", "AROAEXAMPLEEXAMPLEEX"];
    assert.deepEqual(v.parse(parameters, { trustedAccounts: ids }), { trustedAccounts: ids });
    for (const bad of [444455556666, "4444", "*", "arn:aws:iam::444455556666:root"])
      assert.equal(v.safeParse(parameters, { trustedAccounts: [bad] }).success, false, String(bad));
  });

  it("would delete a policy if nothing would be left of it", async () => {
    const { remedies } = (await evaluate(text(OPEN))) as Extract<
      Evaluation<PolicyBefore>,
      { state: "violation" }
    >;
    assert.deepEqual(remedies, ["Delete the bucket policy, because nothing would be left of it."]);
  });

  it("only reports a policy that it can't judge", async () => {
    assert.deepEqual(await evaluate("<policy/>"), {
      state: "violation",
      findings: ["The bucket policy can't be judged. The policy is not JSON."],
      before: { policy: "<policy/>" },
      remedies: [],
    });
  });

  it("writes the policy back without its public statements", async () => {
    s3.on(PutBucketPolicyCommand).resolves({});
    await remediation.fix(context, violation(text(OWN, OPEN, SECURE)));
    assert.deepEqual(
      s3.calls().map((call) => call.args[0].input),
      [{ ...bucket, Policy: text(OWN, SECURE) }],
    );
  });

  it("deletes the policy when all of it is public", async () => {
    s3.on(DeleteBucketPolicyCommand).resolves({});
    await remediation.fix(context, violation(JSON.stringify({ Version: "2012-10-17", Statement: OPEN })));
    assert.equal(s3.commandCalls(DeleteBucketPolicyCommand, bucket).length, 1);
    assert.equal(s3.calls().length, 1);
  });

  it("says what to do when S3 refuses the statements that remain", async () => {
    s3.on(PutBucketPolicyCommand).rejects(sdkError("MalformedPolicy", "Invalid principal in policy"));
    await assert.rejects(remediation.fix(context, violation(text(OWN, OPEN))), {
      name: "PermanentError",
      message:
        "S3 refuses the policy of ledger without its public statements (Invalid principal in policy). Most often one of its other " +
        "statements names a user or role that no longer exists: remove that by hand, and the public statements with it.",
    });
  });

  it("keeps Version, Id, order and every other statement as they are", () => {
    const odd = {
      Id: "x",
      Version: "2008-10-17",
      Statement: [SECURE, OPEN, { ...OWN, Action: ["s3:GetObject", "s3:PutObject"] }],
    };
    assert.equal(
      withoutPublicStatements(JSON.stringify(odd)),
      JSON.stringify({ ...odd, Statement: [odd.Statement[0], odd.Statement[2]] }),
    );
  });
});

describe("s3-bucket-policy-not-public: prevention", () => {
  const HOW =
    "Anyone on the internet could use the bucket. Name the accounts, roles or services that need it as Principal, or add a condition " +
    'with a fixed value, for example { StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } }.';
  const TYPE = "aws:s3/bucketPolicy:BucketPolicy";

  it("accepts private policies, as text and as object", () => {
    assert.deepEqual(reports(prevention, TYPE, { bucket: "ledger", policy: text(OWN) }), []);
    assert.deepEqual(
      reports(prevention, TYPE, { bucket: "ledger", policy: { Statement: [OWN, SECURE] } }),
      [],
    );
  });

  it("refuses public ones, as text and as object, and says how to write them", () => {
    const message = `Statement 2 (Web) of the bucket policy lets in everyone, without a condition. ${HOW}`;
    assert.deepEqual(reports(prevention, TYPE, { policy: text(OWN, OPEN) }), [message]);
    assert.deepEqual(reports(prevention, TYPE, { policy: { Statement: [OWN, OPEN] } }), [message]);
  });

  it("looks at the policy argument of buckets too", () => {
    for (const type of ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]) {
      assert.equal(reports(prevention, type, { policy: text(OPEN) }).length, 1, type);
    }
  });

  it("accepts a bucket without a policy", () => {
    assert.deepEqual(reports(prevention, "aws:s3/bucket:Bucket", { bucket: "ledger" }), []);
  });

  it("reports nothing about other resources", () => {
    assert.deepEqual(reports(prevention, "aws:sns/topicPolicy:TopicPolicy", { policy: text(OPEN) }), []);
  });

  it("leaves a policy that a preview doesn't know to the SDK", () => {
    assert.deepEqual(reports(prevention, TYPE, { policy: UNKNOWN }), [
      "thrown: string value at .policy can't be known during preview",
    ]);
  });

  it("judges a policy in which only the resource is unknown", () => {
    const policy = { Statement: [{ ...OPEN, Resource: UNKNOWN }] };
    assert.equal(
      reports(prevention, TYPE, { policy })[0]?.startsWith(
        "Statement 1 (Web) of the bucket policy lets in everyone",
      ),
      true,
    );
  });

  it("refuses an invalid policy", () => {
    assert.deepEqual(reports(prevention, TYPE, { policy: 42 }), [
      "The bucket policy can't be judged. The policy is not an object. Give a policy document as an object or as JSON text.",
    ]);
  });

  it("is mandatory and has the control's id", () => {
    assert.deepEqual(
      [prevention.name, prevention.enforcementLevel, prevention.severity],
      [control.id, "mandatory", "critical"],
    );
  });
});
