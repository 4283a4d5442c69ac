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

const isRouted = (route: Partial<Route>, detail: Partial<Outcome>, envelope: object = {}) => {
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
  it("passes every outcome but compliant ones", () => {
    assert.equal(isRouted({}, outcome()), true);
    assert.equal(isRouted({}, outcome({ outcome: "failed" })), true);
    assert.equal(isRouted({}, outcome({ outcome: "compliant" })), false);
  });

  it("passes outcomes of the security account only", () => {
    assert.equal(isRouted({}, outcome(), { account: PAYMENTS }), false);
    assert.equal(isRouted({}, outcome(), { source: "bailiwick.notification" }), false);
  });

  it("selects by severity, and passes an outcome without one", () => {
    assert.equal(isRouted({ minimumSeverity: "high" }, outcome({ severity: "high" })), true);
    assert.equal(isRouted({ minimumSeverity: "high" }, outcome({ severity: "critical" })), true);
    assert.equal(isRouted({ minimumSeverity: "high" }, outcome({ severity: "medium" })), false);
    assert.equal(isRouted({ minimumSeverity: "high" }, outcome({ severity: undefined })), true);
  });

  it("selects by control", () => {
    assert.equal(isRouted({ controls: ["s3-bucket-policy-not-public"] }, outcome()), true);
    assert.equal(isRouted({ controls: ["cloudtrail-trail-logging"] }, outcome()), false);
  });

  it("selects by account, and passes an outcome without one", () => {
    assert.equal(isRouted({ accounts: [PAYMENTS] }, outcome()), true);
    assert.equal(isRouted({ accounts: ["555555555555"] }, outcome()), false);
    assert.equal(isRouted({ accounts: ["555555555555"] }, outcome({ resource: null })), true);
  });

  it("passes a watch to its own channel only, whatever the channel's other conditions", () => {
    const watch = (channel: string) =>
      outcome({ control: watchId({ event: "iam:CreateUser", channel }), severity: "low" });

    assert.equal(isRouted({ minimumSeverity: "critical", controls: ["x"] }, watch("platform")), true);
    assert.equal(isRouted({}, watch("other")), false);
    assert.equal(isRouted({}, watch("platform-2")), false);
  });

  it("passes a channel's own messages to its destination", () => {
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
