import assert from "node:assert/strict";
import { createTrace } from "@bailiwick/local-aws/trace";
import { caseOf, fakeDrill } from "./testing/fakes";
import { offendingCall } from "./offending-call";

const ARN = "arn:aws:s3:::open";
const drillCase = caseOf(fakeDrill());
const failedDrill = { case: drillCase, resource: ARN, outcomes: [], since: 1_000 };

function traceOf(
  ...calls: {
    id: string;
    at: number;
    eventName?: string;
    resource?: string;
    region?: string;
    stopped?: string;
  }[]
) {
  const trace = createTrace();
  for (const { id, at, stopped, eventName, resource = ARN, region = drillCase.region } of calls)
    trace.note({
      cloudTrailEventId: id,
      at,
      stage: "call",
      text: id,
      eventName,
      account: drillCase.account.id,
      region,
      resource,
      stopped,
    });
  return trace;
}

const idOf = (trace: ReturnType<typeof createTrace>) => offendingCall(trace, failedDrill)?.cloudTrailEventId;

describe("the offending call in the trace", () => {
  it("is the newest on the resource", () => {
    assert.equal(idOf(traceOf({ id: "first", at: 2_000 }, { id: "second", at: 3_000 })), "second");
  });

  it("is one that stopped rather than a later one that arrived", () => {
    const trace = traceOf({ id: "stopped", at: 2_000, stopped: "No rule." }, { id: "cleanUp", at: 3_000 });

    assert.equal(idOf(trace), "stopped");
  });

  it("is one that the control looks at, whatever happened to others on the resource", () => {
    const trace = traceOf(
      { id: "offending", at: 2_000, eventName: "PutBucketPolicy" },
      { id: "other", at: 3_000, eventName: "PutBucketTagging", stopped: "No rule." },
    );

    assert.equal(idOf(trace), "offending");
  });

  it("is none from before, from elsewhere, or on another resource", () => {
    const trace = traceOf(
      { id: "before", at: 900 },
      { id: "elsewhere", at: 2_000, region: "us-east-1" },
      { id: "other", at: 2_000, resource: "arn:aws:s3:::other" },
    );

    assert.equal(idOf(trace), undefined);
  });

  it("is found when the trace has the name and not the ARN", () => {
    assert.equal(idOf(traceOf({ id: "named", at: 2_000, resource: "open" })), "named");
  });
});
