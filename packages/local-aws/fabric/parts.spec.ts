import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseArn, resourceName } from "./arn";
import { DeliveryFailure, failureOf } from "./failure";
import { lookUp } from "./json-path";
import { Busy, OrderedQueue } from "./ordered-queue";
import { Memo } from "../memo";
import { nearestMiss } from "./nearest";
import { nextRetry } from "./retry";
import { isReadOnlyManagementEvent, reasonWithheld } from "./state";
import { fittingTogether } from "./targets/queue";
import { eventOf, HUB, MEMBER, REGION, ruleOf } from "./testing";

describe("an ARN", () => {
  it("is parsed, with the colons of its resource", () => {
    const arn = parseArn("arn:aws-cn:logs:cn-north-1:111111111111:log-group:/a:*");
    assert.deepEqual(
      [arn.partition, arn.service, arn.region, arn.account, arn.resource],
      ["aws-cn", "logs", "cn-north-1", "111111111111", "log-group:/a:*"],
    );
    assert.equal(resourceName(parseArn("arn:aws:events:r:1:event-bus/a/b")), "a/b");
    assert.equal(resourceName(parseArn("arn:aws:lambda:r:1:function:f")), "f");
  });

  it("is refused when it is invalid", () => {
    assert.throws(() => parseArn("http://x"), /`http:\/\/x` is not an ARN/);
    assert.throws(() => parseArn("arn:aws:sqs"), /is not an ARN/);
  });
});

describe("a rule's state", () => {
  const call = (eventName: string, more: object = {}) =>
    eventOf({
      "detail-type": "AWS API Call via CloudTrail",
      detail: {
        eventName,
        eventSource: "s3.amazonaws.com",
        eventCategory: "Management",
        managementEvent: true,
        ...more,
      },
    });

  it("ENABLED withholds management events that only read, by name", () => {
    for (const name of ["GetBucketPolicy", "ListBuckets", "DescribeInstances"])
      assert.match(reasonWithheld("ENABLED", call(name)) ?? "", /read-only management events reach only/);
    assert.equal(reasonWithheld("ENABLED", call("PutBucketPolicy")), undefined);
    assert.equal(reasonWithheld("ENABLED", call("AssumeRole", { readOnly: true })), undefined);
  });

  it("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS withholds nothing", () => {
    assert.equal(
      reasonWithheld("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", call("ListBuckets")),
      undefined,
    );
  });

  it("DISABLED withholds everything", () => {
    assert.equal(reasonWithheld("DISABLED", call("PutBucketPolicy")), "the rule is DISABLED");
  });

  it("counts calls that return credentials as writes", () => {
    for (const name of ["GetFederationToken", "GetSessionToken"]) {
      assert.equal(isReadOnlyManagementEvent(call(name, { eventSource: "sts.amazonaws.com" })), false);
      assert.equal(isReadOnlyManagementEvent(call(name)), true, "of another service");
    }
  });

  it("withholds no data events and no events of other sources than CloudTrail", () => {
    assert.equal(
      isReadOnlyManagementEvent(call("GetObject", { eventCategory: "Data", managementEvent: false })),
      false,
    );
    assert.equal(isReadOnlyManagementEvent(eventOf({ detail: { eventName: "GetX" } })), false);
  });
});

describe("the next retry", () => {
  it("waits longer each time, with jitter, up to eight minutes", () => {
    const waits = [0, 1, 2, 3, 20].map((retries) => nextRetry(undefined, retries, 0, 0.999999));
    assert.deepEqual(
      waits.map((wait) => (wait.retry ? Math.round(wait.afterSeconds) : 0)),
      [1, 2, 4, 8, 480],
    );
    const least = nextRetry(undefined, 3, 0, 0);
    assert.ok(least.retry && least.afterSeconds === 4);
  });

  it("ends after as many retries as the policy says, 185 without one", () => {
    assert.deepEqual(nextRetry({ MaximumRetryAttempts: 0 }, 0, 0, 0), {
      retry: false,
      condition: "MaximumRetryAttempts",
    });
    assert.equal(nextRetry(undefined, 184, 0, 0).retry, true);
    assert.equal(nextRetry(undefined, 185, 0, 0).retry, false);
  });

  it("ends when the event would be too old, after a day without a policy", () => {
    const policy = { MaximumEventAgeInSeconds: 60 };
    assert.deepEqual(nextRetry(policy, 1, 59.5, 0), { retry: false, condition: "MaximumEventAgeInSeconds" });
    assert.equal(nextRetry(policy, 1, 50, 0).retry, true);
    assert.equal(nextRetry(undefined, 5, 86_399.9, 0).retry, false);
  });

  it("waits at least for the time in the target's answer", () => {
    const next = nextRetry(undefined, 0, 0, 0, 30);
    assert.ok(next.retry && next.afterSeconds === 30);
  });
});

describe("an error of a target's call", () => {
  const error = (name: string, status?: number, code?: string) =>
    Object.assign(new Error("m"), { name, code, $metadata: { httpStatusCode: status } });
  const cases: [string, Error, string, boolean][] = [
    ["a missing queue", error("QueueDoesNotExist", 400), "NO_RESOURCE", false],
    ["a missing function", error("ResourceNotFoundException", 404), "NO_RESOURCE", false],
    ["a denial", error("AccessDeniedException", 403), "NO_PERMISSIONS", false],
    ["throttling", error("ThrottlingException", 400), "THROTTLING", true],
    ["too many requests", error("TooManyRequestsException", 429), "THROTTLING", true],
    ["a broken service", error("InternalError", 500), "INTERNAL_ERROR", true],
    ["a closed connection", error("Error", undefined, "ECONNREFUSED"), "CONNECTION_FAILURE", true],
    ["a time-out", error("TimeoutError"), "TIMEOUT", true],
    ["a wrong request", error("InvalidParameterValue", 400), "SDK_CLIENT_ERROR", false],
  ];
  for (const [name, given, code, retryable] of cases) {
    it(`is ${retryable ? "retried" : "final"} for ${name}`, () => {
      const failure = failureOf(given);
      assert.deepEqual([failure.code, failure.retryable], [code, retryable]);
    });
  }

  it("stays the same if it is a delivery failure already", () => {
    const failure = new DeliveryFailure("INVALID_JSON", "m");
    assert.equal(failureOf(failure), failure);
  });
});

describe("a JSON path", () => {
  const root = { a: { "b-c": [{ d: 1 }, { d: 2 }], e: null }, f: [[1], [2, 3]] };
  it("follows names, indices and stars", () => {
    assert.deepEqual(lookUp(root, "$"), root);
    assert.equal(lookUp(root, "$.a.b-c[1].d"), 2);
    assert.deepEqual(lookUp(root, "$.a.b-c[*].d"), [1, 2]);
    assert.deepEqual(lookUp(root, "$.f[*][*]"), [1, 2, 3]);
    assert.equal(lookUp(root, "$.a.e"), null);
  });

  it("finds nothing at a missing field", () => {
    for (const path of ["$.x", "$.a.b-c[9]", "$.a.e.f", "$.a.b-c.d", "$.x[*]", "$.a.toString"])
      assert.equal(lookUp(root, path), undefined, path);
  });
});

describe("an ordered queue", () => {
  it("processes all items once each and in order, in batches that fit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { maxLength: 50 }),
        fc.integer({ min: 1, max: 7 }),
        async (items, size) => {
          const seen: number[] = [];
          const busy = new Busy();
          const queue = new OrderedQueue<number>(
            (waiting) => Math.min(size, waiting.length),
            async (batch) => {
              assert.ok(batch.length <= size);
              await Promise.resolve();
              seen.push(...batch);
              batch.forEach(() => busy.end());
            },
          );
          for (const item of items) {
            busy.begin();
            queue.push(item);
          }
          await busy.idle();
          assert.deepEqual(seen, items);
        },
      ),
    );
  });

  it("has up to its concurrency in progress, and no more", async () => {
    let running = 0;
    let most = 0;
    const busy = new Busy();
    const work = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      busy.end();
    };
    const queue = new OrderedQueue<number>(() => 1, work, 3);
    for (let item = 0; item < 9; item++) {
      busy.begin();
      queue.push(item);
    }
    await busy.idle();
    assert.equal(most, 3);
  });
});

describe("a memo", () => {
  it("loads a value once", async () => {
    let asked = 0;
    const memo = new Memo<number>();
    await memo.get("k", async () => ++asked);
    assert.equal(await memo.get("k", async () => ++asked), 1);
  });

  it("does not keep an answer that was in progress when it had to forget", async () => {
    const memo = new Memo<string>();
    let answer: (text: string) => void = () => undefined;
    const old = memo.get("k", () => new Promise((resolve) => (answer = resolve)));
    memo.forget();
    answer("old");
    assert.equal(await old, "old");
    assert.equal(await memo.get("k", async () => "new"), "new");
  });

  it("forgets by the start of the key, and failures at once", async () => {
    const memo = new Memo<string>();
    await memo.get("a/1", async () => "x");
    await memo.get("b/1", async () => "x");
    await assert.rejects(memo.get("c/1", () => Promise.reject(new Error("no"))));
    memo.forget("a/");
    assert.equal(await memo.get("a/1", async () => "y"), "y");
    assert.equal(await memo.get("b/1", async () => "y"), "x");
    assert.equal(await memo.get("c/1", async () => "y"), "y");
  });

  it("forgets after its lifetime", async () => {
    const memo = new Memo<string>(0);
    await memo.get("k", async () => "x");
    assert.equal(await memo.get("k", async () => "y"), "y");
  });
});

describe("the closest rule", () => {
  const rule = (name: string, pattern: object, state?: "DISABLED") =>
    ruleOf(MEMBER, REGION, "default", name, { pattern: pattern as never, state });
  const event = eventOf({ detail: { eventName: "DeleteBucket", errorCode: "AccessDenied" } });

  it("is the one with the fewest unmet conditions, each named with the event's value", () => {
    const said = nearestMiss(
      [
        rule("far", { source: ["aws.ec2"], account: [HUB] }),
        rule("near", {
          source: ["test"],
          detail: { eventName: ["DeleteBucket"], errorCode: [{ exists: false }] },
        }),
      ],
      event,
    );
    assert.equal(
      said,
      'The closest rule is near, but detail.errorCode is "AccessDenied", wanted [{"exists":false}].',
    );
  });

  it("says `absent` if the event has no such field", () => {
    const said = nearestMiss([rule("r", { detail: { a: { b: ["c"] } } })], event);
    assert.equal(said, 'The closest rule is r, but detail.a.b is absent, wanted ["c"].');
  });

  it("compares alternatives, and names the closest", () => {
    const pattern = {
      $or: [
        { source: ["aws.ec2"], detail: { eventName: ["RunInstances"] } },
        { source: ["test"], detail: { eventName: ["CreateBucket"] } },
      ],
    };
    assert.equal(
      nearestMiss([rule("r", pattern)], event),
      'The closest rule is r, but detail.eventName is "DeleteBucket", wanted ["CreateBucket"].',
    );
  });

  it("says when the pattern fits but the state doesn't", () => {
    assert.equal(
      nearestMiss([rule("r", { source: ["test"] }, "DISABLED")], event),
      "The pattern of rule r matches, but the rule is DISABLED.",
    );
  });

  it("says when there are no rules", () => {
    assert.equal(nearestMiss([], event), "The bus has no rules.");
    const scheduled = { ...rule("s", {}), pattern: undefined };
    assert.equal(nearestMiss([scheduled], event), "The bus has only scheduled rules.");
  });
});

describe("a batch for a queue", () => {
  it("has at most ten messages and one mebibyte, and always the first message", () => {
    const mebibyte = 1024 * 1024;
    assert.equal(fittingTogether(Array<string>(25).fill("x")), 10);
    assert.equal(fittingTogether(["x".repeat(mebibyte / 2), "x".repeat(mebibyte / 2), "x"]), 2);
    assert.equal(fittingTogether(["ü".repeat(mebibyte), "x"]), 1);
  });
});
