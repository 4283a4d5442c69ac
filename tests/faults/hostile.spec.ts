import assert from "node:assert/strict";
import fc from "fast-check";
import { controlById, controls } from "../../controls";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { sessionPolicy } from "../../functions/control/session";
import { eventsOf } from "../../controls/lib/testing";
import { unsetSettings } from "../../contract/testing";
import { ACCOUNT, arnOf, createSimulation, event } from "./simulation";

const EVENTS = 10_000;
const OTHER = "999988887777";

/** Names that would widen a session policy, leave its string, or reach into objects. */
const hostileNames = fc.oneof(
  fc.constantFrom(
    "*",
    "b?",
    "b1*",
    "${aws:username}",
    'b1","Resource":"*',
    "b1\\",
    "b1\n",
    "../b1",
    "__proto__",
    "constructor",
    "arn:aws:lamp:eu-west-1:999988887777:bulb/b1",
    "b1\u0000",
    "",
    "x".repeat(100_000),
  ),
  fc.string(),
);
const anything = fc.oneof(hostileNames, fc.anything({ maxDepth: 2 }));
const account = fc.oneof({ weight: 3, arbitrary: fc.constant(ACCOUNT) }, { weight: 1, arbitrary: anything });
const hostile = fc.oneof(
  // Plausible: an attacker has chosen one or two fields.
  fc
    .record({
      bulb: fc.oneof(fc.constant("b1"), hostileNames, anything),
      account,
      region: fc.oneof(
        { weight: 3, arbitrary: fc.constant("eu-west-1") },
        { weight: 1, arbitrary: anything },
      ),
      extra: fc.dictionary(
        fc.constantFrom("__proto__", "constructor", "errorCode", "eventID", "userIdentity"),
        anything,
      ),
    })
    .map(({ bulb, extra, ...envelope }) => {
      const base = event("b1");
      return { ...base, ...envelope, detail: { ...base.detail, ...extra, bulb, account: OTHER } };
    }),
  fc.anything({ maxDepth: 3, withNullPrototype: true }),
);

function text(value: unknown): string {
  try {
    // `__proto__` as an own key is what JSON.parse makes of it; JSON.stringify drops what isn't JSON.
    return JSON.stringify(value) ?? "undefined";
  } catch {
    return "{";
  }
}

describe("hostile events", () => {
  after(unsetSettings);

  it(`lead to no wrong action, and none is lost: ${EVENTS.toLocaleString("en")} of them`, async function () {
    this.timeout(120_000);
    const simulation = createSimulation({
      breaker: { resourceActions: 100, accountActions: 100_000, windowMinutes: 10, closeAfterMinutes: 60 },
    });
    const mine = arnOf("b1");
    const victims = [arnOf("b2"), arnOf("b1", OTHER), arnOf("x")];
    for (const arn of [mine, ...victims]) simulation.lamps.set(arn, "on");
    const bodies = fc.sample(hostile, { numRuns: EVENTS, seed: 20_260_317 }).map(text);
    assert.equal(bodies.length, EVENTS);

    const { deadLetters } = await simulation.deliver(bodies, { functions: 20 });

    for (const arn of victims) assert.equal(simulation.lamps.get(arn), "on", arn);
    assert(simulation.fixes.every((arn) => arn === mine));
    for (const policy of simulation.policies) {
      const { Statement } = JSON.parse(policy) as { Statement: { Resource: string }[] };
      assert(Statement.length > 0);
      for (const { Resource } of Statement)
        assert.match(Resource, /^arn:aws:lamp:eu-west-1:210987654321:bulb\/[a-z0-9-]+$/);
    }
    // Each is in the dead-letter queue with a ledger entry that failed, or has an entry that is done.
    const entries = simulation.entries();
    const failed = entries.filter(({ status }) => status === "failed").length;
    const done = entries.filter(({ status }) => status === "done");
    assert.equal(entries.length, failed + done.length);
    assert(deadLetters.length > 1_000 && done.length > 100, `${deadLetters.length} ${done.length}`);
    const failedEvents = new Set(
      simulation.outcomes.filter(({ outcome }) => outcome === "failed").map(({ eventId }) => eventId),
    );
    // A message without a readable event is reported by the queue's id, which is its number.
    const failedBodies = new Set(
      [...failedEvents].flatMap((id) => (/^m\d+$/.test(id) ? [bodies[Number(id.slice(1))]] : [])),
    );
    for (const { body } of deadLetters) {
      const own = (/"id":"(event-\d+)"/.exec(body) ?? [])[1];
      assert(failedBodies.has(body) || (own !== undefined && failedEvents.has(own)), body.slice(0, 300));
    }
    // What is not a dead letter came to a good end: as many entries as there are different events among them.
    for (const { outcome } of simulation.outcomes) assert(JSON.stringify(outcome).length < 300_000);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });

  it("never widen the session of a real control, whatever its events name as the resource", () => {
    // A control that only describes events opens no session.
    for (const { id } of controls.filter((control) => control.describe === undefined)) {
      const control = controlById(id);
      const [, real] = [...eventsOf(id)].find(([name]) => name.startsWith("matching")) ?? [];
      assert(real, id);
      // Native events name their resource in the detail itself.
      const root = real.detail["requestParameters"] === undefined ? [] : ["requestParameters"];
      const places = stringsIn(at(real.detail, root));
      fc.assert(
        fc.property(fc.constantFrom(...places), anything, (place, value) => {
          const changed = structuredClone(real);
          set(at(changed.detail, root), place, value);
          for (const resource of [
            control.resource(changed),
            ...(control.furtherResources?.(changed) ?? []),
          ]) {
            if (!resource) continue;
            assert.equal(resource.account, real.account);
            const statements = (["read", "fix", "undo"] as const).flatMap(
              (task) =>
                (
                  JSON.parse(sessionPolicy(control, resource, "aws", { task })) as {
                    Statement: { Sid: string; Resource: string | string[]; Condition?: object }[];
                  }
                ).Statement,
            );
            for (const { Sid, Resource, Condition } of statements)
              for (const each of [Resource].flat()) {
                if (each === "*") assert(Condition ?? Sid === "ReadOrganization");
                // An IAM user's path stands in its ARN and not in the event.
                else if (each.includes(":user/*/"))
                  assert.doesNotMatch(each.replace(":user/*/", ":user/"), /[*?"'$\s]/);
                else assert.doesNotMatch(each.replace(/:\*:/, "::"), /[*?"'$\s]/);
              }
          }
        }),
        { numRuns: 1_000 },
      );
    }
  });
});

const at = (value: JsonObject, path: string[]): unknown =>
  path.reduce<unknown>((found, key) => (found as JsonObject)[key], value);

function stringsIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value === "string") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    stringsIn(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function set(target: unknown, path: readonly (string | number)[], value: unknown): void {
  let at = target as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}
