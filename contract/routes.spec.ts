import assert from "node:assert/strict";
import type { Outcome } from "../controls/lib/outcome";
import { watchId } from "../controls/lib/watch";
import { matches, patternText, validate } from "@bailiwick/aws-events";
import { FORWARDING_ALARM_NAME, hubAlarmName } from "./alarms";
import {
  forwardedAlarms,
  forwardingAlarmPattern,
  hubAlarmPattern,
  messagePattern,
  routePattern,
  type Route,
} from "./routes";

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

describe("the alarms of a channel", () => {
  const DEAD_LETTERS = hubAlarmName("dead-letters", "bailiwick-x-dlq");
  const route = (change: Partial<Route> = {}): Route => ({
    channel: "platform",
    minimumSeverity: "low",
    ...change,
  });
  const change = (alarmName: string, value = "ALARM", previous = "OK", envelope: object = {}) =>
    JSON.stringify({
      source: "aws.cloudwatch",
      "detail-type": "CloudWatch Alarm State Change",
      account: SECURITY,
      detail: { alarmName, state: { value }, previousState: { value: previous } },
      ...envelope,
    });
  const ofHub = (of: Route, others: Route[], event: string) => {
    const pattern = hubAlarmPattern(of, [of, ...others], SECURITY);
    if (pattern === undefined) return false;
    assert.deepEqual(validate(patternText(pattern)), { valid: true });
    assert(patternText(pattern).length <= 2048);
    return matches(patternText(pattern), event);
  };
  const ofAccounts = (of: Route, others: Route[], event: string) => {
    const pattern = forwardingAlarmPattern(of, [of, ...others]);
    if (pattern === undefined) return false;
    assert.deepEqual(validate(patternText(pattern)), { valid: true });
    return matches(patternText(pattern), event);
  };

  it("are those that go on and those that are over, not the first state of a new one", () => {
    assert.equal(ofHub(route(), [], change(DEAD_LETTERS)), true);
    assert.equal(ofHub(route(), [], change(DEAD_LETTERS, "OK", "ALARM")), true);
    assert.equal(ofHub(route(), [], change(DEAD_LETTERS, "OK", "INSUFFICIENT_DATA")), false);
    assert.equal(ofHub(route(), [], change("somebody-elses")), false);
  });

  it("are selected by severity", () => {
    const throttles = change(hubAlarmName("function-throttles", "bailiwick-x"));
    assert.equal(ofHub(route({ minimumSeverity: "medium" }), [], throttles), true);
    assert.equal(ofHub(route({ minimumSeverity: "high" }), [], throttles), false);
    assert.equal(
      ofHub(route({ minimumSeverity: "critical" }), [], change(hubAlarmName("events-lost", "r"))),
      true,
    );
  });

  it("reach a channel for some controls or accounts only if there is no other channel", () => {
    for (const narrow of [route({ controls: ["a"] }), route({ accounts: [PAYMENTS] })]) {
      assert.equal(ofHub(narrow, [route({ channel: "all" })], change(DEAD_LETTERS)), false);
      assert.equal(ofHub(narrow, [], change(DEAD_LETTERS)), true);
    }
  });

  it("of an account reach the channels of that account, once, and no replay does", () => {
    const forwarded = (account: string, envelope: object = {}) =>
      change(FORWARDING_ALARM_NAME, "ALARM", "OK", { account, ...envelope });
    const own = route({ accounts: [PAYMENTS] });

    assert.equal(ofAccounts(own, [route()], forwarded(PAYMENTS)), true);
    assert.equal(ofAccounts(own, [route()], forwarded("555555555555")), false);
    assert.equal(ofAccounts(route(), [], forwarded(PAYMENTS)), true);
    assert.equal(ofAccounts(route(), [], forwarded(PAYMENTS, { "replay-name": "again" })), false);
    assert.equal(ofAccounts(route({ controls: ["a"] }), [route()], forwarded(PAYMENTS)), false);
    assert.equal(ofAccounts(route({ controls: ["a"] }), [], forwarded(PAYMENTS)), true);
    assert.equal(ofHub(route(), [], forwarded(SECURITY)), false);
    assert.equal(matches(patternText(forwardedAlarms), forwarded(PAYMENTS)), true);
    assert.equal(matches(patternText(forwardedAlarms), change(DEAD_LETTERS)), false);
  });
});
