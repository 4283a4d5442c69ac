import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseArn, resourceName } from "./arn";
import { DeliveryFailure, failureOf } from "./failure";
import { lookUp } from "./json-path";
import { Busy, OrderedQueue } from "./ordered-queue";
import { Memo } from "./memo";
import { nearestMiss } from "./nearest";
import { nextTry } from "./retry";
import { isReadOnlyManagementEvent, withheld } from "./state";
import { fittingTogether } from "./targets/queue";
import { eventOf, HUB, MEMBER, REGION, ruleOf } from "./testing";

describe("an ARN", () => {
  it("is taken apart, colons of the resource included", () => {
    const arn = parseArn("arn:aws-cn:logs:cn-north-1:111111111111:log-group:/a:*");
    assert.deepEqual(
      [arn.partition, arn.service, arn.region, arn.account, arn.resource],
      ["aws-cn", "logs", "cn-north-1", "111111111111", "log-group:/a:*"],
    );
    assert.equal(resourceName(parseArn("arn:aws:events:r:1:event-bus/a/b")), "a/b");
    assert.equal(resourceName(parseArn("arn:aws:lambda:r:1:function:f")), "f");
  });

  it("is refused when it is none", () => {
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

  it("ENABLED holds back management events that only read, by name", () => {
    for (const name of ["GetBucketPolicy", "ListBuckets", "DescribeInstances"])
      assert.match(withheld("ENABLED", call(name)) ?? "", /read-only management events reach only/);
    assert.equal(withheld("ENABLED", call("PutBucketPolicy")), undefined);
    assert.equal(withheld("ENABLED", call("AssumeRole", { readOnly: true })), undefined);
  });

  it("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS holds nothing back", () => {
    assert.equal(withheld("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", call("ListBuckets")), undefined);
  });

  it("DISABLED holds everything back", () => {
    assert.equal(withheld("DISABLED", call("PutBucketPolicy")), "the rule is DISABLED");
  });

  it("counts calls that hand out credentials as writes", () => {
    for (const name of ["GetFederationToken", "GetSessionToken"]) {
      assert.equal(isReadOnlyManagementEvent(call(name, { eventSource: "sts.amazonaws.com" })), false);
      assert.equal(isReadOnlyManagementEvent(call(name)), true, "of another service");
    }
  });

  it("holds back no data events and nothing that is not CloudTrail's", () => {
    assert.equal(
      isReadOnlyManagementEvent(call("GetObject", { eventCategory: "Data", managementEvent: false })),
      false,
    );
    assert.equal(isReadOnlyManagementEvent(eventOf({ detail: { eventName: "GetX" } })), false);
  });
});

describe("the next try", () => {
  it("waits longer each time, with jitter, up to eight minutes", () => {
    const waits = [0, 1, 2, 3, 20].map((retries) => nextTry(undefined, retries, 0, 0.999999));
    assert.deepEqual(
      waits.map((wait) => (wait.again ? Math.round(wait.afterSeconds) : 0)),
      [1, 2, 4, 8, 480],
    );
    const least = nextTry(undefined, 3, 0, 0);
    assert.ok(least.again && least.afterSeconds === 4);
  });

  it("ends after as many retries as the policy says, 185 without one", () => {
    assert.deepEqual(nextTry({ MaximumRetryAttempts: 0 }, 0, 0, 0), {
      again: false,
      condition: "MaximumRetryAttempts",
    });
    assert.equal(nextTry(undefined, 184, 0, 0).again, true);
    assert.equal(nextTry(undefined, 185, 0, 0).again, false);
  });

  it("ends when the event would be too old, after a day without a policy", () => {
    const policy = { MaximumEventAgeInSeconds: 60 };
    assert.deepEqual(nextTry(policy, 1, 59.5, 0), { again: false, condition: "MaximumEventAgeInSeconds" });
    assert.equal(nextTry(policy, 1, 50, 0).again, true);
    assert.equal(nextTry(undefined, 5, 86_399.9, 0).again, false);
  });

  it("waits at least as long as the target asked", () => {
    const next = nextTry(undefined, 0, 0, 0, 30);
    assert.ok(next.again && next.afterSeconds === 30);
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
    it(`is ${retryable ? "tried again" : "final"} for ${name}`, () => {
      const failure = failureOf(given);
      assert.deepEqual([failure.code, failure.retryable], [code, retryable]);
    });
  }

  it("stays what it is when it is known already", () => {
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

  it("finds nothing where nothing is", () => {
    for (const path of ["$.x", "$.a.b-c[9]", "$.a.e.f", "$.a.b-c.d", "$.x[*]", "$.a.toString"])
      assert.equal(lookUp(root, path), undefined, path);
  });
});

describe("a lane", () => {
  it("hands on all, once each and in order, in batches that fit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { maxLength: 50 }),
        fc.integer({ min: 1, max: 7 }),
        async (items, size) => {
          const seen: number[] = [];
          const busy = new Busy();
          const lane = new OrderedQueue<number>(
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
            lane.push(item);
          }
          await busy.idle();
          assert.deepEqual(seen, items);
        },
      ),
    );
  });

  it("keeps as many under way as it may, and no more", async () => {
    let running = 0;
    let most = 0;
    const busy = new Busy();
    const work = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      busy.end();
    };
    const lane = new OrderedQueue<number>(() => 1, work, 3);
    for (let item = 0; item < 9; item++) {
      busy.begin();
      lane.push(item);
    }
    await busy.idle();
    assert.equal(most, 3);
  });
});

describe("a memo", () => {
  it("asks once", async () => {
    let asked = 0;
    const memo = new Memo<number>();
    await memo.get("k", async () => ++asked);
    assert.equal(await memo.get("k", async () => ++asked), 1);
  });

  it("does not keep an answer that was under way when it was told to forget", async () => {
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

describe("the nearest miss", () => {
  const rule = (name: string, pattern: object, state?: "DISABLED") =>
    ruleOf(MEMBER, REGION, "default", name, { pattern: pattern as never, state });
  const event = eventOf({ detail: { eventName: "DeleteBucket", errorCode: "AccessDenied" } });

  it("is the rule with the fewest conditions missed, and names each with what was found", () => {
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
      'Nearest was rule near, but for detail.errorCode is "AccessDenied", wanted [{"exists":false}].',
    );
  });

  it("says absent where the event has no such field", () => {
    const said = nearestMiss([rule("r", { detail: { a: { b: ["c"] } } })], event);
    assert.equal(said, 'Nearest was rule r, but for detail.a.b is absent, wanted ["c"].');
  });

  it("looks into alternatives, and tells of the nearest", () => {
    const pattern = {
      $or: [
        { source: ["aws.ec2"], detail: { eventName: ["RunInstances"] } },
        { source: ["test"], detail: { eventName: ["CreateBucket"] } },
      ],
    };
    assert.equal(
      nearestMiss([rule("r", pattern)], event),
      'Nearest was rule r, but for detail.eventName is "DeleteBucket", wanted ["CreateBucket"].',
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
  it("holds ten messages and one mebibyte at most, and always the first", () => {
    const mebibyte = 1024 * 1024;
    assert.equal(fittingTogether(Array<string>(25).fill("x")), 10);
    assert.equal(fittingTogether(["x".repeat(mebibyte / 2), "x".repeat(mebibyte / 2), "x"]), 2);
    assert.equal(fittingTogether(["ü".repeat(mebibyte), "x"]), 1);
  });
});
