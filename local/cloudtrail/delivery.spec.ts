import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import type { CloudTrailRecord } from "../../events/record";
import { LogDelivery } from "./delivery";
import { DeliveryError, type LogBucket } from "./log-bucket";
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

  beforeEach(() => {
    files = new Map();
    puts = [];
    refuse = undefined;
    current = trail;
    const bucket: LogBucket = {
      put(into, key, body) {
        if (refuse) return Promise.reject(refuse);
        puts.push({ bucket: into.bucket, key });
        const { Records = [] } = JSON.parse(gunzipSync(body).toString()) as {
          Records?: { eventName: string }[];
        };
        files.set(
          key,
          Records.map(({ eventName }) => eventName),
        );
        return Promise.resolve();
      },
      close: () => undefined,
    };
    delivery = new LogDelivery(Promise.resolve(bucket), "o-abc", () => current);
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
});
