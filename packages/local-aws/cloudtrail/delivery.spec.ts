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
  let told: string[];
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
    told = [];
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
      tell: (_trail, key) =>
        refuseTopic ? Promise.reject(refuseTopic) : Promise.resolve(void told.push(key)),
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

  it("keeps what was refused, says why, and delivers it when it may", async () => {
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

  it("delivers what waited to where the trail now points", async () => {
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

  it("tells after each round how deliveries ended, and only of those that were tried", async () => {
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

  it("writes log events beside files, each waiting for itself", async () => {
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

  it("keeps nothing for a trail without a log group, and forgets what waited for one that was taken away", async () => {
    delivery.add(trail, record("a"));
    current = { ...trail, cloudWatchLogs: { groupArn: "arn:group", roleArn: "arn:role" } };
    delivery.add(current, record("b"));
    current = trail;
    await delivery.flush();
    current = { ...trail, cloudWatchLogs: { groupArn: "arn:group", roleArn: "arn:role" } };
    await delivery.flush();

    assert.deepEqual(logEvents, []);
  });

  it("tells the topic of each file once, and of no file that was refused", async () => {
    current = { ...trail, topicArn: "arn:topic" };
    delivery.add(current, record("a"));
    refuse = new DeliveryError("AccessDenied", "no");
    await delivery.flush();
    assert.deepEqual(told, []);
    refuse = undefined;
    await delivery.flush();
    await delivery.flush();

    assert.deepEqual(told, [...files.keys()]);
  });

  it("tells the topic in order of the files that it would not hear of before, and once", async () => {
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
    assert.deepEqual([told, delivery.failures], [[...files.keys()], []]);
  });

  it("forgets the files that a topic was to hear of when the trail has none any more", async () => {
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
    assert.deepEqual(told, []);
  });

  it("keeps insights in files of their own, which digests leave out", async () => {
    delivery.add(trail, record("a"));
    delivery.add(trail, { ...record("b"), eventCategory: "Insight" });
    await delivery.flush();
    await delivery.digest();

    const folders = [...files.keys()].map((key) => key.split("/")[3]);
    assert.deepEqual(folders, ["CloudTrail", "CloudTrail-Insight", "CloudTrail-Digest"]);
    assert.deepEqual(vouched, [[...files.keys()][0]]);
  });
});
