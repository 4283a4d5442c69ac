import assert from "node:assert/strict";
import {
  CLOSING_MILLISECONDS,
  CONTROL_TIMEOUT_SECONDS,
  DEAD_LETTER_RETENTION_DAYS,
  LEASE_MILLISECONDS,
  MAX_RECEIVES,
  MESSAGE_MILLISECONDS,
  NOTIFIER_TIMEOUT_SECONDS,
  visibilityTimeoutSeconds,
} from "./limits";

/** What SQS and Lambda take. */
const LONGEST_VISIBILITY_SECONDS = 12 * 60 * 60;
const LONGEST_BATCHING_SECONDS = 300;
const LONGEST_RETENTION_DAYS = 14;

describe("the limits", () => {
  it("give a resource to nobody else while the function that claimed it may still run", () => {
    assert.ok(LEASE_MILLISECONDS >= CONTROL_TIMEOUT_SECONDS * 1000);
  });

  it("end a claim before the queue delivers the message of a function that was stopped", () => {
    assert.ok(LEASE_MILLISECONDS < visibilityTimeoutSeconds(CONTROL_TIMEOUT_SECONDS) * 1000);
  });

  it("hide a message six times as long as the function may run, and as long as SQS allows at most", () => {
    for (const seconds of [CONTROL_TIMEOUT_SECONDS, NOTIFIER_TIMEOUT_SECONDS]) {
      assert.ok(visibilityTimeoutSeconds(seconds) >= 6 * seconds);
      const longest = visibilityTimeoutSeconds(seconds, LONGEST_BATCHING_SECONDS);
      assert.ok(longest >= 6 * seconds + LONGEST_BATCHING_SECONDS && longest <= LONGEST_VISIBILITY_SECONDS);
    }
  });

  it("leave a function time to report a message that used all of its own", () => {
    assert.ok(CLOSING_MILLISECONDS > 0);
    assert.ok(MESSAGE_MILLISECONDS + CLOSING_MILLISECONDS <= CONTROL_TIMEOUT_SECONDS * 1000);
  });

  it("retry a message at least once, and keep a dead letter for longer than all its deliveries take", () => {
    assert.ok(MAX_RECEIVES > 1);
    const deliveries = MAX_RECEIVES * visibilityTimeoutSeconds(CONTROL_TIMEOUT_SECONDS);
    assert.ok(DEAD_LETTER_RETENTION_DAYS * 86_400 > deliveries);
    assert.ok(DEAD_LETTER_RETENTION_DAYS <= LONGEST_RETENTION_DAYS);
  });
});
