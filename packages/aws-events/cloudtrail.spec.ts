import assert from "node:assert/strict";
import { cloudTrailEvent, isWithheld, isWithheldName } from "./cloudtrail";
import type { CloudTrailRecord } from "./record";

const record = {
  eventVersion: "1.11",
  userIdentity: { type: "IAMUser", accountId: "111111111111" },
  eventTime: "2026-03-01T10:00:00Z",
  eventSource: "s3.amazonaws.com",
  eventName: "PutBucketPolicy",
  awsRegion: "eu-west-1",
  eventID: "id",
  eventType: "AwsApiCall",
  managementEvent: true,
  recipientAccountId: "222222222222",
} as CloudTrailRecord;

describe("the event of a CloudTrail record", () => {
  it("has account, region, time and id of the record, and its type under EventBridge's name", () => {
    assert.deepEqual(cloudTrailEvent(record), {
      version: "0",
      id: "id",
      "detail-type": "AWS API Call via CloudTrail",
      source: "aws.s3",
      account: "222222222222",
      time: "2026-03-01T10:00:00Z",
      region: "eu-west-1",
      resources: [],
      detail: record,
    });
    const signIn = cloudTrailEvent({ ...record, eventType: "AwsConsoleSignIn" });
    assert.ok("detail-type" in signIn && signIn["detail-type"] === "AWS Console Sign In via CloudTrail");
  });

  it("has the caller's account where the record names no recipient", () => {
    const event = cloudTrailEvent({
      ...record,
      recipientAccountId: undefined,
    });
    assert.ok("account" in event && event.account === "111111111111");
  });

  for (const [field, value, kind] of [
    ["eventName", undefined, "missing field"],
    ["eventSource", null, "missing field"],
    ["eventName", 7, "wrong type"],
    ["eventTime", "yesterday", "wrong type"],
    ["recipientAccountId", "1", "wrong type"],
    ["eventType", "Constructor", "wrong type"],
    ["eventType", "constructor", "wrong type"],
  ] as const) {
    it(`doesn't exist when ${field} is ${value}`, () => {
      assert.deepEqual(cloudTrailEvent({ ...record, [field]: value }), {
        kind,
        field,
      });
    });
  }

  it("is withheld from rules in the usual state when the name of the call is that of a read", () => {
    assert.equal(isWithheld(record), false);
    assert.equal(isWithheld({ ...record, eventName: "GetBucketPolicy" }), true);
    assert.equal(isWithheld({ ...record, eventName: "GetObject", managementEvent: false }), false);
    const token = { ...record, eventSource: "sts.amazonaws.com", eventName: "GetSessionToken" };
    assert.equal(isWithheld(token), false);
    assert.deepEqual(
      [
        "iam:ListUsers",
        "s3:GetBucketAcl",
        "ec2:DescribeInstances",
        "iam:CreateUser",
        "sts:GetSessionToken",
        "s3:GetObject",
      ].map(isWithheldName),
      [true, true, true, false, false, false],
    );
  });
});
