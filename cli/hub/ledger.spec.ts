import assert from "node:assert/strict";
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { csv, ledgerCommand, isoTime, row } from "./ledger";
import type { LedgerLine } from "./ledger-items";

const line: LedgerLine = {
  id: "0123456789abcdef0123",
  status: "done",
  at: "2026-03-17T08:41:29.120Z",
  steps: [],
  outcome: {
    control: "s3-bucket-policy-not-public",
    eventId: "event-1",
    eventName: "PutBucketPolicy",
    resource: {
      account: "210987654321",
      region: "eu-west-1",
      type: "AWS::S3::Bucket",
      id: "invoices",
      arn: "arn:aws:s3:::invoices",
    },
    outcome: "remediated",
    findings: ["Statement Everyone grants s3:GetObject to the public."],
    remedies: ["Remove the statement Everyone."],
    principal: "arn:aws:iam::210987654321:user/maria",
    durationMilliseconds: 81,
  },
} as unknown as LedgerLine;

describe("bailiwick ledger", () => {
  it("shows when, what, because of whom, and what was done", () => {
    assert.deepEqual(row(line), {
      when: line.at,
      outcome: "remediated",
      id: line.id,
      control: "s3-bucket-policy-not-public",
      account: "210987654321",
      region: "eu-west-1",
      resource: "arn:aws:s3:::invoices",
      by: "arn:aws:iam::210987654321:user/maria PutBucketPolicy",
      what: "Remove the statement Everyone.",
    });
  });

  it("shows what is under way, what was undone, and what failed", () => {
    assert.equal(row({ ...line, status: "acting" }).outcome, "acting");
    assert.equal(row({ ...line, undoneBy: "f".repeat(20) }).outcome, "remediated, undone");
    const failed = { ...line, outcome: { ...line.outcome, error: "Access was denied." } };
    assert.equal(row(failed).what, "Access was denied.");
    const notified = { ...line, outcome: { ...line.outcome, remedies: [] } };
    assert.equal(row(notified).what, "Statement Everyone grants s3:GetObject to the public.");
  });

  it("writes CSV that keeps its columns and contains no formulas", () => {
    const outcome = { ...line.outcome, principal: "=cmd()", remedies: ['Remove "a", and', "b."] };
    const [header, only, ...others] = csv([{ ...line, outcome }]).split("\r\n");
    assert.equal(header, "when,outcome,id,control,account,region,resource,by,what");
    assert(only?.endsWith(`,'=cmd() PutBucketPolicy,"Remove ""a"", and b."`), only);
    assert.deepEqual(others, []);
  });

  it("accepts times and durations before now, and nothing else", () => {
    const now = Date.parse("2026-03-17T12:00:00Z");
    assert.equal(isoTime("30m", now), "2026-03-17T11:30:00.000Z");
    assert.equal(isoTime("12h", now), "2026-03-17T00:00:00.000Z");
    assert.equal(isoTime("7d", now), "2026-03-10T12:00:00.000Z");
    assert.equal(isoTime("2026-03-01", now), "2026-03-01T00:00:00.000Z");
    assert.throws(() => isoTime("yesterday", now), { message: /ISO 8601/ });
  });

  describe("when AWS answers with an error", () => {
    const dynamodb = mockClient(DynamoDBClient);
    before(() => (process.env["AWS_REGION"] = "eu-west-1"));
    beforeEach(() => dynamodb.reset());
    after(() => {
      dynamodb.restore();
      delete process.env["AWS_REGION"];
    });
    const run = (...args: string[]) =>
      ledgerCommand()
        .exitOverride()
        .parseAsync(["node", "ledger", ...args]);

    it("says what credentials are needed", async () => {
      dynamodb.on(QueryCommand).rejects(Object.assign(new Error("m"), { name: "CredentialsProviderError" }));
      await assert.rejects(run(), {
        message: /^There are no valid credentials\. Give credentials of the security/,
      });
    });

    it("says where the ledger would be", async () => {
      dynamodb.on(QueryCommand).rejects(Object.assign(new Error("m"), { name: "ResourceNotFoundException" }));
      await assert.rejects(run(), { message: /^There is no ledger, or no function of undos/ });
    });

    it("refuses a control that doesn't exist before it calls AWS", async () => {
      await assert.rejects(run("--control", "s3-bucket"), { message: /s3-bucket/ });
      assert.equal(dynamodb.calls().length, 0);
    });
  });
});
