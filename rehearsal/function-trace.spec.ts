import assert from "node:assert/strict";
import type { JsonObject } from "@bailiwick/aws-events/record";
import {
  eventOf,
  HOME,
  HUB,
  HUB_BUS,
  MEMBER,
  publish,
  REGION,
  startTestFabric,
  forwardingToHub,
  type TestFabric,
} from "@bailiwick/local-aws/testing/fabric";
import { createControlTrace, noteFunctionWork } from "./function-trace";

describe("the trace of an event", () => {
  let testFabric: TestFabric;
  beforeEach(async () => {
    const trace = createControlTrace();
    const hub = { account: HUB, region: HOME, bus: "hub" };
    testFabric = await startTestFabric(forwardingToHub(), {
      trace,
      onArrival: (event, at) => noteFunctionWork(trace, event, at, hub),
    });
  });
  afterEach(() => testFabric.fabric.close());

  it("gets a control's outcome that the event led to", async () => {
    const { trace } = testFabric;
    const event = eventOf();
    await publish(testFabric, event);
    assert.match(trace.explain(event.id)?.pending ?? "", /No outcome has been reported since/);

    const detail = { control: "c", eventId: event.id, outcome: "remediated", durationMilliseconds: 50 };
    const outcome = eventOf({
      source: "bailiwick",
      "detail-type": "Control Outcome",
      account: HUB,
      region: HOME,
      detail,
    });
    await publish(testFabric, outcome, HUB, HOME, "hub");

    const explanation = trace.explain(event.id);
    assert.equal(explanation?.pending, undefined);
    assert.equal(explanation?.stopped, undefined);
    const [began, ended] =
      explanation?.steps.filter(({ stage }) => stage === "function" || stage === "outcome") ?? [];
    assert.equal(began?.text, "The function of c began with it.");
    assert.equal(ended?.text, "The control c reported its outcome: remediated.");
    assert.equal(Math.round((ended?.at ?? 0) - (began?.at ?? 0)), 50);
  });

  it("gets outcomes and calls of a function from nobody but the hub's account and AWS", async () => {
    const { trace, fabric, deployed } = testFabric;
    const event = eventOf({ id: "0d079340-135a-c8c6-95c2-41fb8f496c53" });
    const session = `arn:aws:sts::${MEMBER}:assumed-role/bailiwick-c/${event.id}-c`;
    deployed.buses[HUB_BUS.replace("bus/hub", "bus/other")] = { arn: "other" };
    await publish(testFabric, event);
    const outcome = { source: "bailiwick", "detail-type": "Control Outcome" };
    const detail = { control: "c", eventId: event.id, outcome: "remediated", durationMilliseconds: 50 };
    const ofHub = { ...outcome, detail, account: HUB, region: HOME };
    const ofMember = { ...outcome, detail, account: MEMBER, region: HOME };
    const call = {
      source: "my.app",
      "detail-type": "AWS API Call via CloudTrail",
      detail: { eventName: "PutBucketPolicy", userIdentity: { arn: session } },
    };

    await publish(testFabric, eventOf(ofMember), HUB, HOME, "hub");
    await publish(testFabric, eventOf(ofMember));
    await publish(testFabric, eventOf(ofHub), HUB, HOME, "default");
    await publish(testFabric, eventOf(ofHub), HUB, HOME, "other");
    await publish(testFabric, eventOf(ofHub), HUB, REGION, "hub");
    await publish(testFabric, eventOf(call));
    await fabric.idle();

    const believed = trace.explain(event.id)?.steps.filter(({ stage }) => /function|outcome/.test(stage));
    assert.deepEqual(believed, []);
    await publish(testFabric, eventOf(ofHub), HUB, HOME, "hub");
    assert.deepEqual(trace.explain(event.id)?.outcomes, ["The control c reported its outcome: remediated."]);
  });

  it("gets the session that is named after it, and the calls made with it", async () => {
    const { trace } = testFabric;
    const event = eventOf({ id: "0d079340-135a-c8c6-95c2-41fb8f496c53" });
    await publish(testFabric, event);
    const role = `arn:aws:iam::${MEMBER}:role/bailiwick-c`;
    const session = `${event.id}-s3-bucket-policy`;
    const record = (account: string, detail: JsonObject) =>
      eventOf({ "detail-type": "AWS API Call via CloudTrail", source: "aws.x", account, detail });
    const assume = {
      eventName: "AssumeRole",
      eventSource: "sts.amazonaws.com",
      userIdentity: { accountId: HUB, arn: `arn:aws:sts::${HUB}:assumed-role/fn/fn` },
      requestParameters: { roleArn: role, roleSessionName: session },
    };
    const fix = {
      eventName: "PutBucketPolicy",
      eventSource: "s3.amazonaws.com",
      errorCode: "AccessDenied",
      userIdentity: { accountId: MEMBER, arn: `arn:aws:sts::${MEMBER}:assumed-role/bailiwick-c/${session}` },
    };
    const outsider = { ...fix, userIdentity: { arn: `arn:aws:sts::${MEMBER}:assumed-role/x/somebody` } };

    await publish(testFabric, record(HUB, assume), HUB, REGION);
    await publish(testFabric, record(MEMBER, assume));
    await publish(testFabric, record(MEMBER, fix));
    await publish(testFabric, record(MEMBER, outsider));

    const work = trace.explain(event.id)?.steps.filter(({ stage }) => stage === "function");
    assert.deepEqual(
      work?.map(({ text }) => text),
      [
        `The function took a session of ${role}.`,
        "With its session it called s3.amazonaws.com's PutBucketPolicy: AccessDenied.",
      ],
    );
  });
});
