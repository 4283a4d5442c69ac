import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { RetryableError } from "../../controls/lib/errors";
import { CLOSING_MILLISECONDS, MESSAGE_MILLISECONDS } from "../../contract/limits";
import { messageBudget, startDeadline } from "./deadline";

describe("a message's time", () => {
  it("is bounded, and leaves the function time for closing", () => {
    assert.equal(messageBudget(CLOSING_MILLISECONDS + 7_000), 7_000);
    assert.equal(messageBudget(MESSAGE_MILLISECONDS + CLOSING_MILLISECONDS + 60_000), MESSAGE_MILLISECONDS);
  });

  it("does not begin when none is left", () => {
    assert.equal(messageBudget(CLOSING_MILLISECONDS), undefined);
    assert.equal(messageBudget(0), undefined);
  });

  /** Hangs until its call is aborted. */
  const hanging = () => {
    const calls: AbortSignal[] = [];
    const handle = (_request: unknown, options?: { abortSignal?: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        const { abortSignal } = options ?? {};
        assert(abortSignal);
        calls.push(abortSignal);
        abortSignal.addEventListener("abort", () => reject(new Error("aborted")));
      });
    return { calls, handler: { handle } as never };
  };

  it("ends the call in progress, and allows no other", async () => {
    const { calls, handler } = hanging();
    const deadline = startDeadline(20);
    const limited = deadline.limit(handler) as { handle(request: unknown): Promise<unknown> };

    const isTimeout = (error: unknown) => {
      assert(error instanceof RetryableError);
      assert.match(error.message, /^The message took longer than the 0 seconds it has/);
      return true;
    };
    await assert.rejects(limited.handle({}), isTimeout);
    await assert.rejects(limited.handle({}), isTimeout);

    assert.equal(calls.length, 1);
    assert(deadline.signal.aborted);
  });

  it("does not change the error of a call that the caller aborts", async () => {
    const { handler } = hanging();
    const deadline = startDeadline(10_000);
    const limited = deadline.limit(handler) as {
      handle(request: unknown, options: { abortSignal: AbortSignal }): Promise<unknown>;
    };
    const own = new AbortController();
    const call = limited.handle({}, { abortSignal: own.signal });

    own.abort();

    await assert.rejects(call, /^Error: aborted$/);
    deadline.close();
  });

  it("does not end once it is closed", async () => {
    const deadline = startDeadline(10);
    deadline.close();
    await sleep(30);
    assert.equal(deadline.signal.aborted, false);
  });
});
