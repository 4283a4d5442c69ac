import assert from "node:assert/strict";
import { readNotifierSettings, type NotifierSettings } from "./notifier-settings";

const settings: NotifierSettings = {
  channels: {
    "arn:aws:sqs:eu-west-1:222222222222:bailiwick-channel-platform": { kind: "slack", name: "platform" },
    "arn:aws:sqs:eu-west-1:222222222222:bailiwick-channel-audit": {
      kind: "email",
      name: "audit",
      topicArn: "arn:aws:sns:eu-west-1:222222222222:bailiwick-channel-audit",
    },
  },
  accounts: { "444444444444": "payments" },
  controls: {
    "s3-bucket-policy-not-public": {
      title: "S3 bucket policies grant nothing to the public",
      severity: "critical",
      steps: "Name the accounts that need it.",
      reportsOnly: false,
    },
  },
  busName: "bailiwick",
  catalogueUrl: "https://docs.example.com/catalogue.md",
};

describe("the notifier's settings", () => {
  it("are refused with every fault", () => {
    assert.throws(
      () => readNotifierSettings(JSON.stringify({ ...settings, busName: "", accounts: 1 })),
      /^TypeError: Settings: accounts: .*; busName: /,
    );
    assert.deepEqual(readNotifierSettings(JSON.stringify(settings)), settings);
  });
});
