/** Settings and outcomes for the specs of messages. */
import type { Outcome } from "../../controls/lib/outcome";
import type { NotifierSettings } from "../../contract/notifier-settings";

export const settings: NotifierSettings = {
  channels: {
    "arn:aws:sqs:eu-west-1:222222222222:bailiwick-channel-platform": { kind: "slack", name: "platform" },
    "arn:aws:sqs:eu-west-1:222222222222:bailiwick-channel-audit": {
      kind: "email",
      name: "audit",
      topicArn: "arn:aws:sns:eu-west-1:222222222222:bailiwick-channel-audit",
    },
  },
  accounts: { "444444444444": "payments", "555555555555": "web" },
  controls: {
    "s3-bucket-policy-not-public": {
      title: "S3 bucket policies grant nothing to the public",
      severity: "critical",
      steps: "Name the accounts that need it.",
      reportsOnly: false,
    },
    "bucket-reported": {
      title: "The creation of a bucket is reported",
      severity: "low",
      steps: "None.",
      reportsOnly: true,
    },
  },
  busName: "bailiwick",
  catalogueUrl: "https://docs.example.com/catalogue.md",
};

export const outcomeOf = (change: Partial<Outcome> = {}): Outcome => ({
  control: "s3-bucket-policy-not-public",
  eventId: "5f0c4c7e-8f2b-4a0e-9a52-1f0a3c2d7b61",
  eventName: "PutBucketPolicy",
  resource: {
    account: "444444444444",
    region: "eu-west-1",
    type: "AWS::S3::Bucket",
    id: "invoices",
    arn: "arn:aws:s3:::invoices",
  },
  outcome: "remediated",
  severity: "critical",
  findings: ["Statement 2 lets in everyone."],
  remedies: ["Remove statement 2."],
  principal: "arn:aws:sts::444444444444:assumed-role/Admin/maria",
  sourceIpAddress: "198.51.100.7",
  userAgent: "[aws-cli/2.30.0]",
  time: "2026-03-17T08:41:27Z",
  attempt: 1,
  durationMilliseconds: 80,
  ...change,
});
