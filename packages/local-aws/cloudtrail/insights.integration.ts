import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import {
  CloudTrailClient,
  GetInsightSelectorsCommand,
  GetTrailCommand,
  PutInsightSelectorsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, ListQueueTagsCommand, SQSClient, TagQueueCommand } from "@aws-sdk/client-sqs";
import type { InsightRecord } from "./insight-record";
import {
  MANAGEMENT,
  MEMBER,
  ORGANIZATION_ID,
  SECURITY,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";

const CALLS = 100;

describe("A trail's Insights", () => {
  let organization: RecordedOrganization;
  let trails: CloudTrailClient;
  let sqs: SQSClient;
  let QueueUrl: string | undefined;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization();
    trails = new CloudTrailClient(organization.config(MANAGEMENT));
    sqs = new SQSClient({ ...organization.config(MEMBER), useQueueUrlAsEndpoint: false });
    ({ QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "much-tagged" })));
  });
  after(() => organization?.stop());

  const select = (...types: ("ApiCallRateInsight" | "ApiErrorRateInsight")[]) =>
    trails.send(
      new PutInsightSelectorsCommand({
        TrailName: "organization",
        InsightSelectors: types.map((InsightType) => ({ InsightType })),
      }),
    );
  const burst = (call: () => Promise<unknown>) =>
    Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let time = 0; time < CALLS / 10; time++) await call().catch(() => undefined);
      }),
    );
  const tag = () => sqs.send(new TagQueueCommand({ QueueUrl, Tags: { drilled: "yes" } }));
  const found = async (state: string, type: string): Promise<InsightRecord> => {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const event = organization.insights.find(
        ({ detail: { insightDetails } }) =>
          insightDetails.state === state && insightDetails.insightType === type,
      );
      if (event) return event.detail;
      if (Date.now() > deadline) throw new Error(`No ${state} of ${type} within 15 s.`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it("are off until they are selected, and then listed by the trail", async () => {
    const ask = () => trails.send(new GetInsightSelectorsCommand({ TrailName: "organization" }));
    await assert.rejects(ask(), { name: "InsightNotEnabledException" });

    await select("ApiCallRateInsight", "ApiErrorRateInsight");

    assert.deepEqual(
      (await ask()).InsightSelectors?.map(({ InsightType }) => InsightType),
      ["ApiCallRateInsight", "ApiErrorRateInsight"],
    );
    const { Trail } = await trails.send(new GetTrailCommand({ Name: "organization" }));
    assert.equal(Trail?.HasInsightSelectors, true);
    await select();
    await assert.rejects(ask(), { name: "InsightNotEnabledException" });
  });

  it("find nothing while they are off", async () => {
    await burst(tag);
    await organization.gateway.allReported();
    await new Promise((resolve) => setTimeout(resolve, 2_500));

    assert.deepEqual(organization.insights, []);
  });

  it("put start and end of a burst of writes on the bus, and nothing for a burst of reads", async () => {
    await select("ApiCallRateInsight");
    await burst(() => sqs.send(new ListQueueTagsCommand({ QueueUrl })));
    await burst(tag);

    const start = await found("Start", "ApiCallRateInsight");
    const end = await found("End", "ApiCallRateInsight");

    assert.equal(start.sharedEventID, end.sharedEventID);
    for (const { account, region, source, detail, ...event } of organization.insights) {
      assert.deepEqual(
        [account, region, source, event["detail-type"]],
        [MEMBER, "eu-west-1", "aws.cloudtrail", "AWS Insight via CloudTrail"],
      );
      const { eventSource, eventName } = detail.insightDetails;
      assert.deepEqual([eventSource, eventName], ["sqs.amazonaws.com", "TagQueue"]);
    }
    const { statistics, attributions } = end.insightDetails.insightContext;
    // Its first and last calls may have fallen into minutes that were not unusual.
    const calls = Math.round(statistics.insight.average * statistics.insightDuration);
    assert.ok(calls > CALLS / 2 && calls <= CALLS, JSON.stringify(statistics));
    assert.equal(attributions[0]?.insight[0]?.value, `arn:aws:iam::${MEMBER}:root`);
  });

  it("report a burst of errors by their code", async () => {
    await select("ApiErrorRateInsight");
    await burst(() => tagNothing(sqs));

    const { insightDetails } = await found("Start", "ApiErrorRateInsight");
    assert.deepEqual([insightDetails.eventName, typeof insightDetails.errorCode], ["TagQueue", "string"]);
    await found("End", "ApiErrorRateInsight");
  });

  it("are written into their own files in the bucket", async () => {
    const bucket = new S3Client({
      ...organization.config(SECURITY),
      endpoint: organization.emulator.url,
      forcePathStyle: true,
    });
    await bucket.send(new CreateBucketCommand({ Bucket: "insight-logs" }));
    const Principal = { Service: "cloudtrail.amazonaws.com" };
    const allow = { Effect: "Allow", Principal, Action: "s3:*", Resource: ["arn:aws:s3:::insight-logs*"] };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
    await bucket.send(new PutBucketPolicyCommand({ Bucket: "insight-logs", Policy }));
    await trails.send(new UpdateTrailCommand({ Name: "organization", S3BucketName: "insight-logs" }));
    await organization.cloudTrail.flush();

    const { Contents = [] } = await bucket.send(new ListObjectsV2Command({ Bucket: "insight-logs" }));
    const keys = Contents.map(({ Key = "" }) => Key).filter((key) => key.includes("Insight"));
    assert.equal(keys.length, 1);
    assert.match(
      keys[0] ?? "",
      new RegExp(
        `^AWSLogs/${ORGANIZATION_ID}/${MEMBER}/CloudTrail-Insight/eu-west-1/\\d{4}/\\d\\d/\\d\\d/` +
          `${MEMBER}_CloudTrail-Insight_eu-west-1_\\d{8}T\\d{4}Z_[A-Za-z0-9]{16}\\.json\\.gz$`,
      ),
    );
    const { Body } = await bucket.send(new GetObjectCommand({ Bucket: "insight-logs", Key: keys[0] }));
    const { Records } = JSON.parse(gunzipSync((await Body?.transformToByteArray()) ?? "").toString()) as {
      Records: InsightRecord[];
    };
    assert.deepEqual(
      Records,
      organization.insights.map(({ detail }) => detail),
    );
  });

  it("are not reported by a trail that was stopped meanwhile", async () => {
    await select("ApiCallRateInsight");
    const before = organization.insights.length;
    await burst(() => sqs.send(new TagQueueCommand({ QueueUrl, Tags: { again: "yes" } })));
    await trails.send(new StopLoggingCommand({ Name: "organization" }));
    const ends = organization.insights
      .slice(before)
      .filter(({ detail }) => detail.insightDetails.state === "End");

    await new Promise((resolve) => setTimeout(resolve, 3_500));
    assert.deepEqual(
      organization.insights.slice(before).filter(({ detail }) => detail.insightDetails.state === "End"),
      ends,
    );
  });
});

/** A write that fails because the queue is missing. */
const tagNothing = (sqs: SQSClient) =>
  sqs.send(new TagQueueCommand({ QueueUrl: "http://127.0.0.1/333333333333/none", Tags: { a: "b" } }));
