import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { ChangeMessageVisibilityCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import type { Context, SQSEvent } from "aws-lambda";
import assert from "node:assert/strict";
import * as v from "valibot";
import type { Control } from "../../controls/lib/control";
import type { Evaluation, Remediation, RemediationContext } from "../../controls/lib/remediation";
import type { Outcome } from "../../controls/lib/outcome";
import { RetryableError } from "../../controls/lib/errors";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { createHandler } from "./handler";
import { outcomeId } from "../../contract/ledger-keys";
import { memoryStore } from "./ledger/memory";
import { setSettings, unsetSettings } from "../../contract/testing";

const ACCOUNT = "210987654321";

interface Parameters {
  limit: number;
}

const control: Control<Parameters> = {
  id: "lamp-bulb-not-burning",
  title: "Bulbs don't burn",
  description: "A control of the spec.",
  severity: "low",
  frameworks: [],
  resourceType: "AWS::Lamp::Bulb",
  pattern: {},
  parameters: v.strictObject({ limit: v.optional(v.number(), 60) }),
  resource: ({ account, region, detail }) => {
    const { bulb } = detail;
    if (typeof bulb !== "string") return undefined;
    return {
      account,
      region,
      type: "AWS::Lamp::Bulb",
      id: bulb,
      arn: `arn:aws:lamp:${region}:${account}:bulb/${bulb}`,
    };
  },
  furtherResources: ({ account, region, detail }) =>
    ((detail["others"] as string[] | undefined) ?? []).map((id) => ({
      ...{ account, region, type: "AWS::Lamp::Bulb", id },
      arn: `arn:aws:lamp:${region}:${account}:bulb/${id}`,
    })),
  permissions: ({ partition, account, region, id, beside = [] }) => {
    const bulb = `arn:${partition}:lamp:${region}:${account}:bulb/${id}`;
    return [{ Effect: "Allow", Action: "lamp:*", Resource: beside.length === 0 ? bulb : [bulb, ...beside] }];
  },
  remediationSteps: "Switch it off.",
};

const burning: Evaluation<string> = {
  state: "violation",
  findings: ["It burns."],
  before: "on",
  remedies: ["Switch it off."],
};
const dark: Evaluation<string> = { state: "compliant", why: "It is dark." };

const event = (change: Partial<EventBridgeEvent> = {}): EventBridgeEvent => ({
  version: "0",
  id: "5f0c4c7e-8f2b-4a0e-9a52-1f0a3c2d7b61",
  "detail-type": "AWS API Call via CloudTrail",
  source: "aws.lamp",
  account: ACCOUNT,
  time: "2026-03-17T08:41:27Z",
  region: "eu-west-1",
  resources: [],
  detail: {
    bulb: "b1",
    eventID: "trail-1",
    eventName: "SwitchOn",
    userIdentity: { arn: "arn:aws:iam::210987654321:user/maria" },
  },
  ...change,
});

const messages = (...bodies: (string | EventBridgeEvent)[]) =>
  ({
    Records: bodies.map((body, index) => ({
      messageId: `m${index + 1}`,
      body: typeof body === "string" ? body : JSON.stringify(body),
      attributes: { ApproximateReceiveCount: "2" },
      eventSource: "aws:sqs",
    })),
  }) as unknown as SQSEvent;

describe("the handler of a control", () => {
  const sts = mockClient(STSClient);
  const bus = mockClient(EventBridgeClient);
  const queue = mockClient(SQSClient);
  const logged: string[] = [];
  const metrics: string[] = [];
  let states: (Evaluation<string> | Error)[];
  let seen: RemediationContext<Parameters>[];
  let fixes: unknown[];
  let fixed: RemediationContext<Parameters>[];
  let fixing: () => void;

  beforeEach(() => {
    sts.reset();
    bus.reset();
    queue.reset();
    queue.on(ChangeMessageVisibilityCommand).resolves({});
    const Credentials = {
      AccessKeyId: "ASIA",
      SecretAccessKey: "secret",
      SessionToken: "token",
      Expiration: new Date(),
    };
    sts.on(AssumeRoleCommand).resolves({ Credentials });
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
    [logged.length, metrics.length] = [0, 0];
    [states, seen, fixes, fixed, fixing] = [[burning, dark], [], [], [], () => undefined];
  });
  after(() => {
    sts.restore();
    bus.restore();
    queue.restore();
    unsetSettings();
  });

  const remediation: Remediation<Parameters, string> = {
    async evaluate(context) {
      seen.push(context);
      const state = states.shift() ?? assert.fail("evaluated too often");
      if (state instanceof Error) throw state;
      return state;
    },
    async fix(context, violation) {
      fixing();
      fixed.push(context);
      fixes.push(violation.before);
    },
  };

  const run = async (batch: SQSEvent, change: object = {}) => {
    setSettings(change);
    let clock = 0;
    const handler = createHandler(control, remediation, {
      sts: new STSClient({ region: "eu-central-1" }),
      eventBridge: new EventBridgeClient({ region: "eu-central-1" }),
      sqs: new SQSClient({ region: "eu-central-1" }),
      store: memoryStore(),
      now: () => (clock += 40),
      clock: () => Date.parse("2026-03-17T08:42:00Z"),
      logger: {
        info: (text: unknown) => logged.push(`info ${String(text)}`),
        error: (text: unknown) => logged.push(`error ${String(text)}`),
      } as never,
      metrics: {
        addMetric: (name: string, _unit: unknown, value: number) => metrics.push(`${name} ${value}`),
        publishStoredMetrics: () => metrics.push("published"),
      } as never,
    });
    return handler(batch, { getRemainingTimeInMillis: () => 50_000 } as Context);
  };
  const outcomes = () =>
    bus
      .commandCalls(PutEventsCommand)
      .map((call) => JSON.parse(call.args[0].input.Entries?.[0]?.Detail ?? "") as Outcome);
  const base = {
    control: control.id,
    id: outcomeId(control.id, control.resource(event())!.arn, "trail-1"),
    eventId: event().id,
    resource: control.resource(event())!,
    findings: [] as string[],
    remedies: [] as string[],
    attempt: 2,
    durationMilliseconds: 40,
    cloudTrailEventId: "trail-1",
    eventName: "SwitchOn",
    principal: "arn:aws:iam::210987654321:user/maria",
    severity: control.severity,
    time: "2026-03-17T08:41:27Z",
  };

  it("puts a violation right, looks again, and tells", async () => {
    assert.deepEqual(await run(messages(event())), { batchItemFailures: [] });
    assert.deepEqual(fixes, ["on"]);
    assert.equal(seen.length, 2);
    assert.deepEqual(outcomes(), [
      { ...base, outcome: "remediated", findings: ["It burns."], remedies: ["Switch it off."] },
    ]);
    const [entry] = bus.commandCalls(PutEventsCommand)[0]!.args[0].input.Entries!;
    assert.deepEqual(
      [entry!.EventBusName, entry!.Source, entry!.DetailType, entry!.Resources],
      ["bailiwick", "bailiwick", "Control Outcome", [base.resource.arn]],
    );
    assert.deepEqual(logged, [`info remediated: ${base.resource.arn}`]);
    assert.deepEqual(metrics, ["remediated 1", "duration 40", "published"]);
  });

  it("works with credentials narrowed to the resource, in the resource's region", async () => {
    await run(messages(event()));
    const { input } = sts.commandCalls(AssumeRoleCommand)[0]!.args[0];
    assert.deepEqual(input, {
      RoleArn: "arn:aws:iam::210987654321:role/bailiwick-lamp",
      RoleSessionName: "5f0c4c7e-8f2b-4a0e-9a52-1f0a3c2d7b61-lamp-bulb-not-burning",
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "lamp:*", Resource: "arn:aws:lamp:eu-west-1:210987654321:bulb/b1" },
        ],
      }),
      DurationSeconds: 900,
      Tags: [
        { Key: "bailiwick:control", Value: "lamp-bulb-not-burning" },
        { Key: "bailiwick:event", Value: "trail-1" },
        { Key: "bailiwick:outcome", Value: base.id },
      ],
    });
    assert.equal(seen[0]?.aws.region, "eu-west-1");
    assert.deepEqual(seen[0]?.aws.credentials, {
      accessKeyId: "ASIA",
      secretAccessKey: "secret",
      sessionToken: "token",
    });
  });

  it("makes a fix of more than the resource with a session that reaches just that, and no other", async () => {
    const shade = "arn:aws:lamp:eu-west-1:210987654321:shade/s1";
    states = [{ ...burning, beside: [shade] }, dark];
    await run(messages(event()));
    const reached = sts
      .commandCalls(AssumeRoleCommand)
      .map(
        ({ args }) =>
          (JSON.parse(args[0].input.Policy ?? "") as { Statement: { Resource: unknown }[] }).Statement,
      )
      .map(([statement]) => statement?.Resource);
    assert.deepEqual(reached, [base.resource.arn, [base.resource.arn, shade]]);
    assert.deepEqual(
      outcomes().map(({ outcome }) => outcome),
      ["remediated"],
    );
  });

  it("makes a fix of more than one session reaches with several, each with its own part", async () => {
    const shades = Array.from({ length: 60 }, (_, n) => `arn:aws:lamp:eu-west-1:210987654321:shade/s${n}`);
    states = [{ ...burning, beside: shades }, dark];

    await run(messages(event()));

    const [reading, ...fixing] = sts
      .commandCalls(AssumeRoleCommand)
      .map(({ args }) => args[0].input.Policy ?? "");
    assert.ok(fixing.length > 1 && fixing.every((policy) => policy.length <= 2048));
    assert.deepEqual(
      fixed.flatMap(({ beside = [] }) => beside),
      shades,
    );
    fixed.forEach(({ beside = [] }, index) =>
      shades.forEach((shade) =>
        assert.equal(fixing[index]?.includes(`${shade}"`), beside.includes(shade), `${index} ${shade}`),
      ),
    );
    assert.ok(!reading?.includes("shade"));
    assert.deepEqual(
      outcomes().map(({ outcome }) => outcome),
      ["remediated"],
    );
  });

  it("looks at each resource of an event by itself, once each", async () => {
    states = [burning, dark, dark];
    await run(messages(event({ detail: { ...event().detail, others: ["b2", "b1"] } })));
    assert.deepEqual(
      outcomes().map(({ resource, outcome }) => [resource?.id, outcome]),
      [
        ["b1", "remediated"],
        ["b2", "compliant"],
      ],
    );
  });

  it("hands the control its parameters, completed by defaults", async () => {
    await run(messages(event()));
    states = [burning, dark];
    await run(messages(event()), { parameters: { limit: 5 } });
    assert.deepEqual(
      seen.map(({ parameters }) => parameters.limit),
      [60, 60, 5, 5],
    );
  });

  it("does nothing to a good state", async () => {
    states = [dark];
    await run(messages(event()));
    assert.deepEqual(outcomes(), [{ ...base, outcome: "compliant", why: "It is dark." }]);
    assert.deepEqual(fixes, []);
  });

  it("does nothing to a resource that is gone", async () => {
    states = [{ state: "absent" }];
    await run(messages(event()));
    assert.deepEqual(outcomes(), [
      { ...base, outcome: "compliant", why: "The resource does not exist any more." },
    ]);
  });

  it("calls a violation put right when the resource is gone afterwards", async () => {
    states = [burning, { state: "absent" }];
    await run(messages(event()));
    assert.equal(outcomes()[0]?.outcome, "remediated");
  });

  it("only tells in mode notify", async () => {
    states = [burning];
    await run(messages(event()), { mode: "notify" });
    assert.deepEqual(outcomes(), [
      { ...base, outcome: "notified", findings: ["It burns."], remedies: ["Switch it off."] },
    ]);
    assert.deepEqual(fixes, []);
  });

  it("goes by the account's own mode", async () => {
    states = [burning];
    await run(messages(event()), { accountModes: { [ACCOUNT]: "notify" } });
    assert.equal(outcomes()[0]?.outcome, "notified");
    states = [burning, dark];
    await run(messages(event()), { mode: "notify", accountModes: { [ACCOUNT]: "enforce" } });
    assert.equal(outcomes()[1]?.outcome, "remediated");
  });

  it("leaves accounts alone in which it is off", async () => {
    assert.deepEqual(await run(messages(event()), { accountModes: { [ACCOUNT]: "off" } }), {
      batchItemFailures: [],
    });
    assert.equal(sts.calls().length + bus.calls().length + seen.length, 0);
  });

  it("only tells of what can't be put right", async () => {
    states = [{ ...burning, remedies: [] }];
    await run(messages(event()));
    assert.deepEqual(outcomes(), [{ ...base, outcome: "notified", findings: ["It burns."] }]);
  });

  it("says what remains after a fix that could not do everything", async () => {
    states = [burning, { ...burning, findings: ["It is hot."], remedies: [] }];
    await run(messages(event()));
    assert.deepEqual(outcomes()[0]?.remaining, ["It is hot."]);
    assert.equal(outcomes()[0]?.outcome, "remediated");
  });

  it("does not act on a failed call", async () => {
    await run(messages(event({ detail: { ...event().detail, errorCode: "AccessDenied" } })));
    assert.deepEqual(outcomes(), [
      { ...base, outcome: "compliant", why: "The call failed (AccessDenied), so it changed nothing." },
    ]);
    assert.equal(sts.calls().length, 0);
  });

  it("comes back to a resource that is in violation again after the fix", async () => {
    states = [burning, burning];
    assert.deepEqual(await run(messages(event())), { batchItemFailures: [{ itemIdentifier: "m1" }] });
    assert.deepEqual(outcomes(), [
      {
        ...base,
        outcome: "failed",
        findings: ["It burns."],
        remedies: ["Switch it off."],
        retryable: true,
        error:
          `${base.resource.arn} is still, or again, in violation after it was remediated; it will be retried. If this goes on, ` +
          "find out what else changes it. (It burns.)",
      },
    ]);
  });

  const sdk = (name: string, message: string, more: object = {}) =>
    Object.assign(new Error(message), { name, ...more });
  /** When, how, whether it is tried again, what it says, and what was found and done by then. */
  const failures: [string, () => void, boolean, string, Partial<Outcome>?][] = [
    [
      "a role that can't be assumed",
      () => sts.on(AssumeRoleCommand).rejects(sdk("AccessDenied", "not authorized")),
      false,
      "Access denied while assuming arn:aws:iam::210987654321:role/bailiwick-lamp. Check the permissions and the trust of the control's " +
        "role in that account, and what service control policies or resource policies deny. (AccessDenied: not authorized)",
    ],
    [
      "a state that can't be read",
      () => (states = [sdk("AccessDeniedException", "no")]),
      false,
      `Access denied while reading ${base.resource.arn}. Check the permissions and the trust of the control's role in that account, and ` +
        "what service control policies or resource policies deny. (AccessDeniedException: no)",
    ],
    [
      "throttling",
      () => (states = [sdk("ThrottlingException", "slow down")]),
      true,
      `AWS limits the rate of calls while reading ${base.resource.arn}; it will be retried. (ThrottlingException: slow down)`,
    ],
    [
      "a broken connection while fixing",
      () =>
        (fixing = () => {
          throw sdk("Error", "reset", { code: "ECONNRESET" });
        }),
      true,
      `AWS could not be reached while changing ${base.resource.arn}; it will be retried. (Error: reset)`,
      { findings: ["It burns."] },
    ],
    [
      "a resource that goes away while it is fixed",
      () =>
        (fixing = () => {
          throw sdk("InvalidGroup.NotFound", "gone");
        }),
      true,
      `The resource changed while changing ${base.resource.arn}; it will be retried. (InvalidGroup.NotFound: gone)`,
      { findings: ["It burns."] },
    ],
    [
      "an internal fault of AWS while verifying",
      () => (states = [burning, sdk("InternalError", "oops", { $metadata: { httpStatusCode: 500 } })]),
      true,
      `AWS had an internal fault while verifying ${base.resource.arn}; it will be retried. (InternalError: oops)`,
      { findings: ["It burns."], remedies: ["Switch it off."] },
    ],
    ["a control's own error", () => (states = [new RetryableError("Later.")]), true, "Later."],
    [
      "a bug",
      () => (states = [new TypeError("x is not a function")]),
      false,
      `Unexpected failure while reading ${base.resource.arn}. (TypeError: x is not a function)`,
    ],
  ];
  for (const [what, prepare, retryable, error, progress] of failures) {
    it(`tells of ${what} and gives the message back`, async () => {
      prepare();
      assert.deepEqual(await run(messages(event())), { batchItemFailures: [{ itemIdentifier: "m1" }] });
      assert.deepEqual(outcomes(), [{ ...base, outcome: "failed", retryable, error, ...progress }]);
      assert.equal(fixes.length, progress?.remedies ? 1 : 0);
      assert.deepEqual(logged, [`error failed: ${base.resource.arn}`]);
    });
  }

  const malformed: [string, string | EventBridgeEvent, string][] = [
    ["no JSON", "{", "The message is not JSON, so no event can be read from it."],
    [
      "no object",
      "7",
      "The message is not an EventBridge event. (all): Invalid type: Expected Object but received 7.",
    ],
    [
      "a forged account",
      event({ account: "*" }),
      "The message is not an EventBridge event. account: Expected 12 digits.",
    ],
    [
      "a hostile region",
      event({ region: "eu-west-1/../*" }),
      "The message is not an EventBridge event. region: Expected a region.",
    ],
    [
      "no detail",
      JSON.stringify({ ...event(), detail: undefined, id: 7 }),
      'The message is not an EventBridge event. id: Invalid type: Expected string but received 7; detail: Invalid key: Expected "detail" but received undefined.',
    ],
  ];
  for (const [what, body, error] of malformed) {
    it(`accounts for a message with ${what} and acts on nothing`, async () => {
      assert.deepEqual(await run(messages(body)), { batchItemFailures: [{ itemIdentifier: "m1" }] });
      const { eventId, resource, outcome, retryable, error: told } = outcomes()[0]!;
      assert.deepEqual(
        { eventId, resource, outcome, retryable, told },
        { eventId: "m1", resource: null, outcome: "failed", retryable: false, told: error },
      );
      assert.equal(sts.calls().length, 0);
    });
  }

  it("accounts for an event that names no resource", async () => {
    await run(messages(event({ detail: { bulb: 7 } })));
    const [outcome] = outcomes();
    assert.equal(outcome?.eventId, event().id);
    assert.equal(
      outcome?.error,
      `The event ${event().id} names no AWS::Lamp::Bulb that could exist. If it is genuine, the control lamp-bulb-not-burning must be ` +
        "changed to find the resource that it names.",
    );
  });

  it("gives back of a batch just the messages it couldn't finish", async () => {
    states = [dark, dark];
    const result = await run(messages(event(), "{", event()));
    assert.deepEqual(result, { batchItemFailures: [{ itemIdentifier: "m2" }] });
  });

  it("gives a message back when the hub bus does not take its outcome", async () => {
    bus
      .on(PutEventsCommand)
      .resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "later" }] });
    assert.deepEqual(await run(messages(event())), { batchItemFailures: [{ itemIdentifier: "m1" }] });
    states = [dark];
    bus.on(PutEventsCommand).rejects(sdk("AccessDeniedException", "no"));
    assert.deepEqual(await run(messages(event())), { batchItemFailures: [{ itemIdentifier: "m1" }] });
  });
});
