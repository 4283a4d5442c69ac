import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import assert from "node:assert/strict";
import { ACCOUNT, BASE, burning, dark, event, messages, mockHandler } from "./testing";

describe("the handler of a control", () => {
  const { sts, bus, logged, metrics, bulb, run, outcomes, sent } = mockHandler();

  it("remediates a violation, reads the state again, and reports the outcome", async () => {
    assert.deepEqual(await run(messages(event())), { batchItemFailures: [] });
    assert.deepEqual(bulb.fixes, ["on"]);
    assert.equal(bulb.reads.length, 2);
    assert.deepEqual(outcomes(), [
      { ...BASE, outcome: "remediated", findings: ["It burns."], remedies: ["Switch it off."] },
    ]);
    const [entry] = bus.commandCalls(PutEventsCommand)[0]!.args[0].input.Entries!;
    assert.deepEqual(
      [entry!.EventBusName, entry!.Source, entry!.DetailType, entry!.Resources],
      ["bailiwick", "bailiwick", "Control Outcome", [BASE.resource.arn]],
    );
    assert.deepEqual(logged, [`info remediated: ${BASE.resource.arn}`]);
    assert.deepEqual(metrics, ["remediated 1", "duration 40", "published"]);
  });

  it("reads with a session that can only read, and fixes with another one", async () => {
    await run(messages(event()));

    const actions = sts
      .commandCalls(AssumeRoleCommand)
      .map(
        ({ args }) =>
          (JSON.parse(args[0].input.Policy ?? "") as { Statement: { Action: string }[] }).Statement,
      )
      .map((statements) => statements.map(({ Action }) => Action));
    assert.deepEqual(actions, [["lamp:Look"], ["lamp:Look", "lamp:Switch"]]);
  });

  it("opens no session that may change something in mode notify", async () => {
    await run(messages(event()), { mode: "notify" });

    const policies = sts.commandCalls(AssumeRoleCommand).map(({ args }) => args[0].input.Policy ?? "");
    assert.equal(policies.length, 1);
    assert(!policies[0]?.includes("lamp:Switch"));
  });

  it("uses credentials narrowed to the resource, in the resource's region", async () => {
    await run(messages(event()));
    const { input } = sts.commandCalls(AssumeRoleCommand)[0]!.args[0];
    assert.deepEqual(input, {
      RoleArn: "arn:aws:iam::210987654321:role/bailiwick-lamp",
      RoleSessionName: "5f0c4c7e-8f2b-4a0e-9a52-1f0a3c2d7b61-lamp-bulb-not-burning",
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "lamp:Look", Resource: "arn:aws:lamp:eu-west-1:210987654321:bulb/b1" },
        ],
      }),
      DurationSeconds: 900,
      Tags: [
        { Key: "bailiwick:control", Value: "lamp-bulb-not-burning" },
        { Key: "bailiwick:event", Value: "trail-1" },
        { Key: "bailiwick:outcome", Value: BASE.id },
      ],
    });
    assert.equal(bulb.reads[0]?.aws.region, "eu-west-1");
    assert.deepEqual(bulb.reads[0]?.aws.credentials, {
      accessKeyId: "ASIA",
      secretAccessKey: "secret",
      sessionToken: "token",
    });
  });

  it("opens a session for exactly what a fix changes beside the resource", async () => {
    const shade = "arn:aws:lamp:eu-west-1:210987654321:shade/s1";
    bulb.states = [{ ...burning, beside: [shade] }, dark];
    await run(messages(event()));
    const reached = sts
      .commandCalls(AssumeRoleCommand)
      .map(
        ({ args }) =>
          (JSON.parse(args[0].input.Policy ?? "") as { Statement: { Resource: unknown }[] }).Statement,
      )
      .map((statements) => statements.map(({ Resource }) => Resource));
    assert.deepEqual(reached, [[BASE.resource.arn], [BASE.resource.arn, [BASE.resource.arn, shade]]]);
    assert.deepEqual(
      outcomes().map(({ outcome }) => outcome),
      ["remediated"],
    );
  });

  it("opens several sessions, each for its own part, when one can't reach everything", async () => {
    const shades = Array.from({ length: 60 }, (_, n) => `arn:aws:lamp:eu-west-1:210987654321:shade/s${n}`);
    bulb.states = [{ ...burning, beside: shades }, dark];

    await run(messages(event()));

    const [reading, ...fixPolicies] = sts
      .commandCalls(AssumeRoleCommand)
      .map(({ args }) => args[0].input.Policy ?? "");
    assert.ok(fixPolicies.length > 1 && fixPolicies.every((policy) => policy.length <= 2048));
    assert.deepEqual(
      bulb.fixContexts.flatMap(({ beside = [] }) => beside),
      shades,
    );
    bulb.fixContexts.forEach(({ beside = [] }, index) =>
      shades.forEach((shade) =>
        assert.equal(fixPolicies[index]?.includes(`${shade}"`), beside.includes(shade), `${index} ${shade}`),
      ),
    );
    assert.ok(!reading?.includes("shade"));
    assert.deepEqual(
      outcomes().map(({ outcome }) => outcome),
      ["remediated"],
    );
  });

  it("processes each resource of an event separately, and once", async () => {
    bulb.states = [burning, dark, dark];
    await run(messages(event({ detail: { ...event().detail, others: ["b2", "b1"] } })));
    assert.deepEqual(
      outcomes().map(({ resource, outcome }) => [resource?.id, outcome]),
      [
        ["b1", "remediated"],
        ["b2", "compliant"],
      ],
    );
  });

  it("gives the control its parameters, completed by defaults", async () => {
    await run(messages(event()));
    bulb.states = [burning, dark];
    await run(messages(event()), { parameters: { limit: 5 } });
    assert.deepEqual(
      bulb.reads.map(({ parameters }) => parameters.limit),
      [60, 60, 5, 5],
    );
  });

  it("changes nothing in a compliant state", async () => {
    bulb.states = [dark];
    await run(messages(event()));
    assert.deepEqual(outcomes(), [{ ...BASE, outcome: "compliant", why: "It is dark." }]);
    assert.deepEqual(bulb.fixes, []);
  });

  it("reports a deleted resource as compliant", async () => {
    bulb.states = [{ state: "absent" }];
    await run(messages(event()));
    assert.deepEqual(outcomes(), [
      { ...BASE, outcome: "compliant", why: "The resource does not exist any more." },
    ]);
  });

  it("reports a violation as remediated when the resource is gone afterwards", async () => {
    bulb.states = [burning, { state: "absent" }];
    await run(messages(event()));
    assert.equal(outcomes()[0]?.outcome, "remediated");
  });

  it("only notifies in mode notify", async () => {
    bulb.states = [burning];
    await run(messages(event()), { mode: "notify" });
    assert.deepEqual(outcomes(), [
      { ...BASE, outcome: "notified", findings: ["It burns."], remedies: ["Switch it off."] },
    ]);
    assert.deepEqual(bulb.fixes, []);
  });

  it("follows the account's own mode", async () => {
    bulb.states = [burning];
    await run(messages(event()), { accountModes: { [ACCOUNT]: "notify" } });
    assert.equal(outcomes()[0]?.outcome, "notified");
    bulb.states = [burning, dark];
    await run(messages(event()), { mode: "notify", accountModes: { [ACCOUNT]: "enforce" } });
    assert.equal(outcomes()[1]?.outcome, "remediated");
  });

  it("does nothing in accounts in which it is off", async () => {
    assert.deepEqual(await run(messages(event()), { accountModes: { [ACCOUNT]: "off" } }), {
      batchItemFailures: [],
    });
    assert.equal(sts.calls().length + bus.calls().length + bulb.reads.length, 0);
  });

  it("only notifies of what it can't remediate", async () => {
    bulb.states = [{ ...burning, remedies: [] }];
    await run(messages(event()));
    assert.deepEqual(outcomes(), [{ ...BASE, outcome: "notified", findings: ["It burns."] }]);
  });

  it("says what remains after an incomplete fix", async () => {
    bulb.states = [burning, { ...burning, findings: ["It is hot."], remedies: [] }];
    await run(messages(event()));
    assert.deepEqual(outcomes()[0]?.remaining, ["It is hot."]);
    assert.equal(outcomes()[0]?.outcome, "remediated");
  });

  it("does not act on a failed call", async () => {
    await run(messages(event({ detail: { ...event().detail, errorCode: "AccessDenied" } })));
    assert.deepEqual(outcomes(), [
      { ...BASE, outcome: "compliant", why: "The call failed (AccessDenied), so it changed nothing." },
    ]);
    assert.equal(sts.calls().length, 0);
  });

  it("looks again when the fix is not visible yet, before it reports anything", async () => {
    bulb.states = [burning, burning];
    assert.deepEqual(await run(messages(event())), { batchItemFailures: [] });
    assert.deepEqual(outcomes(), []);
    assert.deepEqual(
      sent().map(({ queue, look }) => [queue, look?.reason, look?.attempt, look?.event]),
      [["bailiwick-lamp", "not-visible", 2, "trail-1"]],
    );
  });

  it("looks again while the fix is on its way to its final state", async () => {
    bulb.states = [burning, { state: "changing", what: "It is glowing." }];
    await run(messages(event()));
    assert.deepEqual(outcomes(), []);
    assert.deepEqual(
      sent().map(({ look }) => look?.reason),
      ["changing"],
    );
  });

  it("reports a resource that another change puts into violation after the fix, and tries again", async () => {
    bulb.states = [burning, { ...burning, before: "brighter" }];
    assert.deepEqual(await run(messages(event())), { batchItemFailures: [] });
    const [outcome] = outcomes();
    assert.equal(outcome?.outcome, "failed");
    assert.equal(outcome.retryable, true);
    assert.equal(
      outcome.error,
      `${BASE.resource.arn} is still, or again, in violation after it was remediated; it will be retried. If this goes on, ` +
        "find out what else changes it. (It burns.)",
    );
    assert.deepEqual(
      sent().map(({ look }) => look?.reason),
      ["failed"],
    );
  });

  it("gives each resource of a call about many a message of its own", async () => {
    const others = Array.from({ length: 200 }, (_, index) => `b${index + 2}`);

    await run(messages(event({ detail: { ...event().detail, others } })));

    assert.deepEqual(bulb.reads, []);
    assert.deepEqual(
      sent().map(({ look }) => [look?.reason, look?.resource.id]),
      ["b1", ...others].map((id) => ["shared", id]),
    );
  });

  it("drops and counts the events of accounts that are not governed", async () => {
    const result = await run(messages(event({ account: "999999999999" })));

    assert.deepEqual(result, { batchItemFailures: [] });
    assert.deepEqual([outcomes(), sent(), sts.calls()], [[], [], []]);
    assert.deepEqual(metrics, ["ungoverned 1", "published"]);
  });
});
