import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import { LogDelivery } from "./delivery";
import type { DeliveryAttempt } from "../emulator/emulator";
import { DeliveryError } from "./delivery-error";
import type { LogBucket } from "./log-bucket";
import type { LogGroup } from "./log-group";
import type { LogTopic } from "./log-topic";
import type { Trail } from "./selectors";

const trail = {
  name: "org",
  arn: "arn:trail",
  bucket: "logs",
  homeRegion: "eu-west-1",
  organization: true,
  logFileValidation: true,
} as Trail;
const record = (eventName: string, account = "333333333333") =>
  ({
    eventName,
    eventTime: "2026-01-02T03:04:05Z",
    recipientAccountId: account,
    awsRegion: "us-east-1",
  }) as CloudTrailRecord;

describe("Log delivery", () => {
  let files: Map<string, string[]>;
  let refuse: Error | undefined;
  let current: Trail;
  let puts: { bucket: string; key: string }[];
  let delivery: LogDelivery;
  let attempts: DeliveryAttempt[];
  let logEvents: string[][];
  let notified: string[];
  let vouched: string[];
  let refuseLogs: Error | undefined;
  let refuseTopic: Error | undefined;

  beforeEach(() => {
    files = new Map();
    puts = [];
    refuse = undefined;
    refuseLogs = undefined;
    refuseTopic = undefined;
    current = trail;
    attempts = [];
    logEvents = [];
    notified = [];
    vouched = [];
    const logGroup: LogGroup = {
      put(_part, records) {
        if (refuseLogs) return Promise.reject(refuseLogs);
        logEvents.push(records.map((each) => (each as CloudTrailRecord).eventName));
        return Promise.resolve();
      },
      close: () => undefined,
    };
    const topic: LogTopic = {
      notify: (_trail, key) =>
        refuseTopic ? Promise.reject(refuseTopic) : Promise.resolve(void notified.push(key)),
      close: () => undefined,
    };
    const bucket: LogBucket = {
      put(into, key, body) {
        if (refuse) return Promise.reject(refuse);
        puts.push({ bucket: into.bucket, key });
        const { Records = [], logFiles = [] } = JSON.parse(gunzipSync(body).toString()) as {
          Records?: { eventName: string }[];
          logFiles?: { s3Object: string }[];
        };
        vouched.push(...logFiles.map(({ s3Object }) => s3Object));
        files.set(
          key,
          Records.map(({ eventName }) => eventName),
        );
        return Promise.resolve();
      },
      close: () => undefined,
    };
    delivery = new LogDelivery({
      destinations: Promise.resolve({ bucket, logGroup, topic }),
      organizationId: "o-abc",
      current: () => current,
      attempted: (those) => Promise.resolve(void attempts.push(...those)),
    });
  });

  it("writes one file for each account and region, in order, and nothing when there is nothing", async () => {
    for (const name of ["a", "b"]) delivery.add(trail, record(name));
    delivery.add(trail, record("c", "444444444444"));

    await delivery.flush();
    await delivery.flush();

    assert.deepEqual([...files.values()], [["a", "b"], ["c"]]);
  });

  it("keeps refused records, reports the reason, and delivers them once allowed", async () => {
    delivery.add(trail, record("a"));
    refuse = new DeliveryError("AccessDenied", "the bucket's policy");

    await delivery.flush();
    const [failure] = delivery.failures;
    assert.deepEqual(
      [failure?.code, failure?.message, failure?.records],
      ["AccessDenied", "the bucket's policy", 1],
    );

    refuse = undefined;
    delivery.add(trail, record("b"));
    await delivery.flush();
    assert.deepEqual([...files.values()], [["a", "b"]]);
    assert.deepEqual(delivery.failures, []);
  });

  it("delivers waiting records to the trail's new bucket", async () => {
    delivery.add(trail, record("a"));
    current = { ...trail, bucket: "other" };

    await delivery.flush();

    assert.equal(puts[0]?.bucket, "other");
  });

  it("writes digests only for trails that ask for them", async () => {
    delivery.add(trail, record("a"));
    await delivery.flush();
    await delivery.digest();
    assert.equal([...files.keys()].filter((key) => key.includes("CloudTrail-Digest")).length, 1);

    current = { ...trail, logFileValidation: false };
    await delivery.digest();
    assert.equal([...files.keys()].filter((key) => key.includes("CloudTrail-Digest")).length, 1);
  });

  it("reports after each round the results of the deliveries that were tried", async () => {
    delivery.add(trail, record("a"));
    await delivery.flush();
    refuse = new DeliveryError("NoSuchBucket", "no such bucket");
    delivery.add(trail, record("b"));
    await delivery.flush();
    await delivery.flush();
    refuse = undefined;
    await delivery.flush();
    await delivery.flush();

    const [first] = attempts;
    assert.deepEqual(
      attempts.map(({ trail: arn, account, region, kind, error }) => [arn, account, region, kind, error]),
      [undefined, "NoSuchBucket", "NoSuchBucket", undefined].map((error) => [
        "arn:trail",
        "333333333333",
        "us-east-1",
        "Delivery",
        error,
      ]),
    );
    assert.deepEqual(
      attempts.slice(1, 3).map(({ succeeded }) => succeeded),
      [first?.succeeded, first?.succeeded],
    );
    assert.equal(first?.attempted, first?.succeeded);
  });

  it("writes log events beside files, which wait independently", async () => {
    const withLogs = { ...trail, cloudWatchLogs: { groupArn: "arn:group", roleArn: "arn:role" } };
    current = withLogs;
    delivery.add(withLogs, record("a"));
    refuseLogs = new DeliveryError("Access denied.", "the role");
    await delivery.flush();
    assert.deepEqual([...files.values()], [["a"]]);
    assert.deepEqual(
      delivery.failures.map(({ kind, code, records }) => [kind, code, records]),
      [["CloudWatchLogsDelivery", "Access denied.", 1]],
    );

    refuseLogs = undefined;
    await delivery.flush();
    assert.deepEqual([[...files.values()], logEvents, delivery.failures], [[["a"]], [["a"]], []]);
  });

  it("keeps nothing for a trail without a log group, and drops what waited for one that was removed", async () => {
    delivery.add(trail, record("a"));
    current = { ...trail, cloudWatchLogs: { groupArn: "arn:group", roleArn: "arn:role" } };
    delivery.add(current, record("b"));
    current = trail;
    await delivery.flush();
    current = { ...trail, cloudWatchLogs: { groupArn: "arn:group", roleArn: "arn:role" } };
    await delivery.flush();

    assert.deepEqual(logEvents, []);
  });

  it("notifies the topic of each file once, and of no file that was refused", async () => {
    current = { ...trail, topicArn: "arn:topic" };
    delivery.add(current, record("a"));
    refuse = new DeliveryError("AccessDenied", "no");
    await delivery.flush();
    assert.deepEqual(notified, []);
    refuse = undefined;
    await delivery.flush();
    await delivery.flush();

    assert.deepEqual(notified, [...files.keys()]);
  });

  it("notifies the topic in order, and once, of the files whose notifications it refused before", async () => {
    current = { ...trail, topicArn: "arn:topic" };
    refuseTopic = new DeliveryError("AuthorizationError", "the topic's policy");
    for (const name of ["a", "b"]) {
      delivery.add(current, record(name));
      await delivery.flush();
    }
    assert.deepEqual(
      delivery.failures.map(({ kind, code, records }) => [kind, code, records]),
      [["Notification", "AuthorizationError", 2]],
    );

    refuseTopic = undefined;
    await delivery.flush();
    await delivery.flush();
    assert.deepEqual([notified, delivery.failures], [[...files.keys()], []]);
  });

  it("drops waiting notifications when the trail no longer has a topic", async () => {
    current = { ...trail, topicArn: "arn:topic" };
    refuseTopic = new DeliveryError("AuthorizationError", "the topic's policy");
    delivery.add(current, record("a"));
    await delivery.flush();
    current = trail;
    await delivery.flush();
    assert.deepEqual(delivery.failures, []);

    current = { ...trail, topicArn: "arn:other" };
    refuseTopic = undefined;
    await delivery.flush();
    assert.deepEqual(notified, []);
  });

  it("writes insights into their own files, which digests leave out", async () => {
    delivery.add(trail, record("a"));
    delivery.add(trail, { ...record("b"), eventCategory: "Insight" });
    await delivery.flush();
    await delivery.digest();

    const folders = [...files.keys()].map((key) => key.split("/")[3]);
    assert.deepEqual(folders, ["CloudTrail", "CloudTrail-Insight", "CloudTrail-Digest"]);
    assert.deepEqual(vouched, [[...files.keys()][0]]);
  });
});
