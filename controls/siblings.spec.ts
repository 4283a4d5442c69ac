/** Every call that concerns a control's kind of resource is among the control's events, or there is a reason why not. */
import assert from "node:assert/strict";
import { controls } from ".";
import { loadSide } from "./lib/sides";

/** The names of a service's calls, as its SDK client has them. */
function callsOf(client: string): string[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the control gives the service
  const exported = require(`@aws-sdk/client-${client}`) as Record<string, unknown>;
  return Object.keys(exported).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);
}

/** CloudTrail's names in a pattern: CloudFront and Lambda put the API's version behind the call's. */
function namesIn(pattern: unknown): Set<string> {
  const { detail } = pattern as { detail?: { eventName?: unknown[] } };
  const names = (detail?.eventName ?? []).filter((name) => typeof name === "string");
  return new Set(names.map((name) => name.replace(/20\d\d(_?\d\d){2}(v\d)?$/, "")));
}

const ONLY_READS = /^(Get|List|Describe|Search|Test)/;

// One on calls of several services is about certain names of resources, and says in its own spec which calls it wants.
const onCalls = controls.filter(
  ({ pattern }) =>
    JSON.stringify(pattern["detail-type"]) === JSON.stringify(["AWS API Call via CloudTrail"]) &&
    pattern["source"]?.length === 1,
);

describe("a control on calls", () => {
  it("lists its siblings, unlike one on a service's own events", () => {
    const listing = controls.filter(({ id }) => loadSide(id, "siblings") !== undefined);
    assert.deepEqual(
      listing.map(({ id }) => id),
      onCalls.map(({ id }) => id),
    );
  });

  for (const { id, pattern, readOnlyEvents } of onCalls) {
    it(`${id} has every call about its kind of resource among its events, or says why not`, () => {
      const { client, noun, not } = loadSide(id, "siblings")!;
      const names = namesIn(pattern);
      const calls = callsOf(client).filter((call) => noun.test(call));
      const unexplained = calls.filter(
        (call) =>
          !names.has(call) &&
          (readOnlyEvents === true || !ONLY_READS.test(call)) &&
          !not.some(([which]) => which.test(call)),
      );
      assert.ok(calls.length > 0);
      assert.deepEqual(unexplained, []);
      for (const [, reason] of not) assert.match(reason, /^[A-Z].{15,}\.$/);
    });

    it(`${id} listens to calls that its service has`, () => {
      const calls = new Set(callsOf(loadSide(id, "siblings")!.client));
      assert.deepEqual(
        [...namesIn(pattern)].filter((name) => !calls.has(name)),
        [],
      );
    });

    it(`${id} gives no reason for a call that there isn't`, () => {
      const { client, noun, not } = loadSide(id, "siblings")!;
      const calls = callsOf(client).filter((call) => noun.test(call));
      assert.deepEqual(
        not.filter(([which]) => !calls.some((call) => which.test(call))),
        [],
      );
    });
  }
});
