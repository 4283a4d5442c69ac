import assert from "node:assert/strict";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import { InsightDetector, type FoundInsight } from "./insight-detector";
import type { InsightSelector } from "./selectors";

const MINUTE = 1_000;
const BEGAN = Date.parse("2026-01-02T03:00:00Z");
const ROLE = "arn:aws:sts::333333333333:assumed-role/Deployer";
const both: InsightSelector[] = [
  { type: "ApiCallRateInsight", categories: ["Management"] },
  { type: "ApiErrorRateInsight", categories: ["Management"] },
];
const trail = (insights: InsightSelector[] = both) => [{ arn: "arn:trail", insights }];

const record = (changes: Partial<CloudTrailRecord> = {}): CloudTrailRecord =>
  ({
    userIdentity: { type: "AssumedRole", arn: `${ROLE}/somebody` },
    eventSource: "sqs.amazonaws.com",
    eventName: "TagQueue",
    awsRegion: "eu-west-1",
    userAgent: "aws-cli/2",
    readOnly: false,
    managementEvent: true,
    recipientAccountId: "333333333333",
    eventCategory: "Management",
    ...changes,
  }) as CloudTrailRecord;

describe("CloudTrail Insights", () => {
  let detector: InsightDetector;
  beforeEach(() => (detector = new InsightDetector(BEGAN, MINUTE)));

  const call = (minute: number, times: number, changes: Partial<CloudTrailRecord> = {}, trails = trail()) => {
    for (let time = 0; time < times; time++)
      detector.observe(record(changes), trails, BEGAN + minute * MINUTE + time);
  };
  const judge = (minute: number): FoundInsight[] => detector.judge(BEGAN + minute * MINUTE);
  const states = (found: FoundInsight[]) =>
    found.map(({ record: { insightDetails } }) => insightDetails.state);

  it("finds start and end of a burst of calls, under one shared id", () => {
    call(10, 1);
    call(20, 60);
    call(21, 40);
    const [start, ...more] = judge(22);
    assert.deepEqual(more, []);
    const [end] = judge(24);

    assert.deepEqual(
      [start?.record.sharedEventID, start?.record.eventTime, end?.record.eventTime],
      [end?.record.sharedEventID, "2026-01-02T03:00:20Z", "2026-01-02T03:00:22Z"],
    );
    assert.notEqual(start?.record.eventID, end?.record.eventID);
    assert.deepEqual([...(end?.trails ?? [])], ["arn:trail"]);
    assert.deepEqual(start?.record.insightDetails, {
      state: "Start",
      eventSource: "sqs.amazonaws.com",
      eventName: "TagQueue",
      insightType: "ApiCallRateInsight",
      insightContext: {
        statistics: {
          baseline: { average: 0.05 },
          insight: { average: 60 },
          insightDuration: 1,
          baselineDuration: 20,
        },
        attributions: [
          {
            attribute: "userIdentityArn",
            insight: [{ value: ROLE, average: 60 }],
            baseline: [{ value: ROLE, average: 0.05 }],
          },
          {
            attribute: "userAgent",
            insight: [{ value: "aws-cli/2", average: 60 }],
            baseline: [{ value: "aws-cli/2", average: 0.05 }],
          },
          {
            attribute: "errorCode",
            insight: [{ value: "null", average: 60 }],
            baseline: [{ value: "null", average: 0.05 }],
          },
        ],
      },
    });
    assert.deepEqual(end?.record.insightDetails.insightContext.statistics, {
      baseline: { average: 0.05 },
      insight: { average: 50 },
      insightDuration: 2,
      baselineDuration: 20,
    });
  });

  it("has the fields that AWS documents, and no caller, name or source beside the details", () => {
    call(1, 30);
    const [found] = judge(2);

    assert.deepEqual(Object.keys(found?.record ?? {}), [
      "eventVersion",
      "eventTime",
      "awsRegion",
      "eventID",
      "eventType",
      "recipientAccountId",
      "sharedEventID",
      "insightDetails",
      "eventCategory",
    ]);
  });

  it("finds nothing in a burst of reads, in few calls, and in calls at the usual rate", () => {
    call(1, 60, { eventName: "ListQueueTags", readOnly: true });
    call(1, 14);
    for (let minute = 0; minute < 30; minute++) call(minute, 10, { eventName: "SetQueueAttributes" });
    call(30, 40, { eventName: "SetQueueAttributes" });

    assert.deepEqual(judge(60), []);
  });

  it("finds the same burst where it is above five times the usual rate by a single call", () => {
    for (let minute = 0; minute < 30; minute++) call(minute, 10);
    call(30, 50);
    call(31, 60);

    const found = judge(40);
    assert.deepEqual(states(found), ["Start", "End"]);
    assert.equal(found[0]?.record.eventTime, "2026-01-02T03:00:31Z");
  });

  it("counts each account, region, source and name separately", () => {
    const places = [
      {},
      { recipientAccountId: "444444444444" },
      { awsRegion: "us-east-1" },
      { eventSource: "sns.amazonaws.com" },
      { eventName: "UntagQueue" },
    ];
    for (const place of places) call(1, 14, place);

    assert.deepEqual(judge(9), []);
  });

  it("finds bursts of errors by code, also of reads, without giving the code twice", () => {
    call(1, 30, { readOnly: true, errorCode: "AccessDenied" });
    call(1, 10, { readOnly: true, errorCode: "Throttling" });
    const [found, ...more] = judge(2);

    assert.deepEqual(more, []);
    const { insightType, errorCode, insightContext } = found?.record.insightDetails ?? {};
    assert.deepEqual([insightType, errorCode], ["ApiErrorRateInsight", "AccessDenied"]);
    assert.deepEqual(
      insightContext?.attributions.map(({ attribute }) => attribute),
      ["userIdentityArn", "userAgent"],
    );
  });

  it("finds a burst of failing writes twice: as calls and as errors", () => {
    call(1, 30, { errorCode: "AccessDenied" });

    const types = judge(2).map(({ type }) => type);
    assert.deepEqual(types, ["ApiCallRateInsight", "ApiErrorRateInsight"]);
  });

  it("looks only for the insights that a trail covering the call has", () => {
    const data = [{ type: "ApiCallRateInsight" as const, categories: ["Data"] }];
    call(1, 30, {}, trail([]));
    call(1, 30, {}, trail(data));
    assert.deepEqual(judge(2), []);

    const put = { eventName: "GetObject", readOnly: true, managementEvent: false, eventCategory: "Data" };
    call(2, 30, put, trail(data));
    assert.deepEqual(states(judge(3)), ["Start"]);
  });

  it("names the five with most calls, in descending order", () => {
    for (let user = 1; user <= 7; user++)
      call(1, 3 + user, { userIdentity: { type: "IAMUser", arn: `u${user}` } });
    const [found] = judge(2);

    assert.deepEqual(
      found?.record.insightDetails.insightContext.attributions[0]?.insight.map(({ value }) => value),
      ["u7", "u6", "u5", "u4", "u3"],
    );
  });

  it("continues through one usual minute, and starts anew after two", () => {
    call(1, 200);
    call(3, 200);
    call(7, 500);

    const found = judge(20);
    assert.deepEqual(states(found), ["Start", "End", "Start", "End"]);
    const { insightDuration } = found[1]?.record.insightDetails.insightContext.statistics ?? {};
    assert.equal(insightDuration, 3);
  });

  it("judges no minute before its end, and none twice", () => {
    call(1, 60);
    assert.deepEqual(judge(1), []);
    assert.deepEqual(states(judge(2)), ["Start"]);
    assert.deepEqual(judge(2), []);
  });
});
