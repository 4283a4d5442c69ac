import assert from "node:assert/strict";
import type { Outcome } from "../../controls/lib/outcome";
import { instructions } from "./instructions";
import { outcomeLine, problemLine } from "./keep-up";

const ACCOUNTS = [
  { id: "100000000001", name: "management", kind: "management" as const },
  { id: "200000000001", name: "payments", kind: "member" as const },
];
const OUTCOME: Outcome = {
  control: "s3-bucket-policy-not-public",
  eventId: "event",
  resource: {
    account: "200000000001",
    region: "eu-central-1",
    type: "AWS::S3::Bucket",
    id: "open-bucket",
    arn: "arn:aws:s3:::open-bucket",
  },
  outcome: "remediated",
  findings: ["Anyone may read."],
  remedies: ["Delete the policy"],
  principal: "arn:aws:iam::200000000001:root",
  durationMilliseconds: 12,
};

describe("the output of an organization that is up", () => {
  const text = instructions({
    id: "ab12cd",
    endpointUrl: "http://127.0.0.1:4567",
    homeRegion: "eu-west-1",
    regions: ["eu-west-1", "eu-central-1", "us-east-1"],
    accounts: ACCOUNTS,
  });

  it("names calls whose record is incomplete", () => {
    const at = Date.parse("2026-03-17T08:41:27Z");
    const problem = { at, call: "s3:PUT /bucket", problem: "The body is not XML." };
    assert.equal(problemLine(problem), "08:41:27  undecoded   s3:PUT /bucket  The body is not XML.");
  });

  it("names endpoint, regions, accounts and keys", () => {
    assert.match(text, /endpoint +http:\/\/127\.0\.0\.1:4567/);
    assert.match(text, /eu-west-1 \(home\), eu-central-1, us-east-1/);
    assert.match(text, /payments +200000000001 +member/);
    assert.match(
      text,
      /AWS_ACCESS_KEY_ID=200000000001 AWS_SECRET_ACCESS_KEY=test\n {2}export AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1/,
    );
  });

  it("has an example with a valid policy in a region other than the home region", () => {
    const policy = JSON.parse(/--policy '(.*)'/.exec(text)![1]!) as { Statement: { Principal: string }[] };

    assert.equal(policy.Statement[0]?.Principal, "*");
    assert.match(text, /LocationConstraint=eu-central-1/);
  });

  it("says how to end it", () => {
    assert.match(text, /bailiwick down ab12cd/);
  });
});

describe("the line of an outcome", () => {
  const names = new Map(ACCOUNTS.map(({ id, name }) => [id, name]));
  const at = new Date("2026-01-02T03:04:05Z");

  it("has time, outcome, place, resource, what was done, and who had changed it", () => {
    assert.equal(
      outcomeLine(OUTCOME, names, at),
      "03:04:05  remediated  s3-bucket-policy-not-public  payments eu-central-1 open-bucket · Delete the policy · by " +
        "arn:aws:iam::200000000001:root",
    );
  });

  it("says what went wrong instead when it failed", () => {
    const failed: Outcome = { ...OUTCOME, outcome: "failed", error: "AccessDenied", principal: undefined };

    assert.equal(
      outcomeLine(failed, names, at),
      "03:04:05  failed      s3-bucket-policy-not-public  payments eu-central-1 open-bucket · AccessDenied",
    );
  });

  it("does without a resource", () => {
    assert.match(
      outcomeLine({ ...OUTCOME, resource: null, remedies: [] }, names, at),
      /no resource · Anyone may read\./,
    );
  });
});
