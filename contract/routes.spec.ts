import assert from "node:assert/strict";
import type { Outcome } from "../controls/lib/outcome";
import { watchId } from "../controls/lib/watch";
import { matches, patternText, validate } from "@bailiwick/aws-events";
import { messagePattern, routePattern, type Route } from "./routes";

const SECURITY = "222222222222";
const PAYMENTS = "444444444444";

const outcome = (change: Partial<Outcome> = {}): Partial<Outcome> => ({
  control: "s3-bucket-policy-not-public",
  outcome: "remediated",
  severity: "high",
  resource: {
    account: PAYMENTS,
    region: "eu-west-1",
    type: "AWS::S3::Bucket",
    id: "b",
    arn: "arn:aws:s3:::b",
  },
  ...change,
});

const goes = (route: Partial<Route>, detail: Partial<Outcome>, envelope: object = {}) => {
  const pattern = routePattern({ channel: "platform", minimumSeverity: "low", ...route }, SECURITY);
  assert.deepEqual(validate(patternText(pattern)), { valid: true });
  const event = {
    version: "0",
    id: "1",
    source: "bailiwick",
    "detail-type": "Control Outcome",
    account: SECURITY,
    time: "2026-01-02T03:04:05Z",
    region: "eu-west-1",
    resources: [],
    detail,
    ...envelope,
  };
  return matches(patternText(pattern), JSON.stringify(event));
};

describe("the route of a channel", () => {
  it("lets every outcome through but good states", () => {
    assert.equal(goes({}, outcome()), true);
    assert.equal(goes({}, outcome({ outcome: "failed" })), true);
    assert.equal(goes({}, outcome({ outcome: "compliant" })), false);
  });

  it("believes outcomes of the security account only", () => {
    assert.equal(goes({}, outcome(), { account: PAYMENTS }), false);
    assert.equal(goes({}, outcome(), { source: "bailiwick.notification" }), false);
  });

  it("goes by severity, and lets through what has none", () => {
    assert.equal(goes({ minimumSeverity: "high" }, outcome({ severity: "high" })), true);
    assert.equal(goes({ minimumSeverity: "high" }, outcome({ severity: "critical" })), true);
    assert.equal(goes({ minimumSeverity: "high" }, outcome({ severity: "medium" })), false);
    assert.equal(goes({ minimumSeverity: "high" }, outcome({ severity: undefined })), true);
  });

  it("goes by control", () => {
    assert.equal(goes({ controls: ["s3-bucket-policy-not-public"] }, outcome()), true);
    assert.equal(goes({ controls: ["cloudtrail-trail-logging"] }, outcome()), false);
  });

  it("goes by account, and lets through what is of no known account", () => {
    assert.equal(goes({ accounts: [PAYMENTS] }, outcome()), true);
    assert.equal(goes({ accounts: ["555555555555"] }, outcome()), false);
    assert.equal(goes({ accounts: ["555555555555"] }, outcome({ resource: null })), true);
  });

  it("takes a watch to its own channel only, whatever the channel's other conditions", () => {
    const watch = (channel: string) =>
      outcome({ control: watchId({ event: "iam:CreateUser", channel }), severity: "low" });

    assert.equal(goes({ minimumSeverity: "critical", controls: ["x"] }, watch("platform")), true);
    assert.equal(goes({}, watch("other")), false);
    assert.equal(goes({}, watch("platform-2")), false);
  });

  it("hands a channel's own messages over", () => {
    const pattern = messagePattern("platform", SECURITY);
    const message = (channel: string, account = SECURITY) =>
      JSON.stringify({
        source: "bailiwick.notification",
        "detail-type": "Channel Message",
        account,
        detail: { channel },
      });

    assert.equal(matches(patternText(pattern), message("platform")), true);
    assert.equal(matches(patternText(pattern), message("other")), false);
    assert.equal(matches(patternText(pattern), message("platform", PAYMENTS)), false);
  });
});
