import assert from "node:assert/strict";
import { PermanentError, RetryableError } from "../../controls/lib/errors";
import { classifyError } from "./classify-error";

describe("an error", () => {
  const named = (name: string, more: object = {}) => Object.assign(new Error("m"), { name, ...more });

  it("is retryable when AWS is busy, out of reach or inconsistent", () => {
    const retryable = [
      named("Throttling"),
      named("TooManyRequestsException"),
      named("RequestLimitExceeded"),
      named("SlowDown"),
      named("X", { $metadata: { httpStatusCode: 429 } }),
      named("X", { $metadata: { httpStatusCode: 503 } }),
      named("X", { $metadata: { httpStatusCode: 409 } }),
      named("Error", { code: "ECONNREFUSED" }),
      named("TimeoutError"),
      named("RequestTimeout"),
      named("ExpiredTokenException"),
      named("OperationAborted"),
      named("ConflictException"),
      named("NoSuchBucket"),
      named("InvalidSecurityGroupRuleId.NotFound"),
      named("TrailNotFoundException"),
    ];
    for (const error of retryable) assert.ok(classifyError(error, "x") instanceof RetryableError, error.name);
  });

  it("is permanent otherwise", () => {
    const permanent = [
      named("AccessDenied"),
      named("UnauthorizedOperation"),
      named("InvalidClientTokenId"),
      named("ValidationError", { $metadata: { httpStatusCode: 400 } }),
      named("TypeError"),
      "text",
      undefined,
    ];
    for (const error of permanent)
      assert.ok(classifyError(error, "x") instanceof PermanentError, String(error));
  });

  it("stays what it is when it was classified before", () => {
    const error = new PermanentError("Known.");
    assert.equal(classifyError(error, "x"), error);
  });
});
