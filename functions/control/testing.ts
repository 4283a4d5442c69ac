/** The handler of a made-up control with AWS's answers made up, for its specs. */
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Context, SQSEvent } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import * as v from "valibot";
import { outcomeId } from "../../contract/ledger-keys";
import type { Look } from "../../contract/looks";
import { setSettings, unsetSettings } from "../../contract/testing";
import type { Control } from "../../controls/lib/control";
import type { PermissionScope } from "../../controls/lib/permissions";
import type { Outcome } from "../../controls/lib/outcome";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../../controls/lib/remediation";
import { createHandler } from "./handler";
import { memoryStore } from "./ledger/memory";

export const ACCOUNT = "210987654321";

interface Parameters {
  limit: number;
}

const bulbArn = ({ partition, account, region, id }: PermissionScope) =>
  `arn:${partition}:lamp:${region}:${account}:bulb/${id}`;

const control: Control<Parameters> = {
  id: "lamp-bulb-not-burning",
  title: "Bulbs don't burn",
  description: "A control of the specs.",
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
  readPermissions: (scope) => [{ Effect: "Allow", Action: "lamp:Look", Resource: bulbArn(scope) }],
  fixPermissions: ({ beside = [], ...scope }) => [
    {
      Effect: "Allow",
      Action: "lamp:Switch",
      Resource: beside.length === 0 ? bulbArn(scope) : [bulbArn(scope), ...beside],
    },
  ],
  remediationSteps: "Switch it off.",
};

export const burning: Violation<string> = {
  state: "violation",
  findings: ["It burns."],
  before: "on",
  remedies: ["Switch it off."],
};
export const dark: Evaluation<string> = { state: "compliant", why: "It is dark." };

export const event = (change: Partial<EventBridgeEvent> = {}): EventBridgeEvent => ({
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

export const messages = (...bodies: (string | EventBridgeEvent)[]) =>
  ({
    Records: bodies.map((body, index) => ({
      messageId: `m${index + 1}`,
      body: typeof body === "string" ? body : JSON.stringify(body),
      attributes: { ApproximateReceiveCount: "2" },
      eventSource: "aws:sqs",
    })),
  }) as unknown as SQSEvent;

const resource = control.resource(event()) ?? assert.fail("The event names a bulb.");

/** What every outcome of `event` has. */
export const BASE = {
  control: control.id,
  id: outcomeId(control.id, resource.arn, "trail-1"),
  eventId: event().id,
  resource,
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

/** Mocks for the specs of one `describe`, which start afresh before each. */
export function mockHandler() {
  const sts = mockClient(STSClient);
  const bus = mockClient(EventBridgeClient);
  const queue = mockClient(SQSClient);
  const logged: string[] = [];
  const metrics: string[] = [];
  const bulb = {
    /** What the next reads give. */
    states: [] as (Evaluation<string> | Error)[],
    /** The contexts of all reads. */
    reads: [] as RemediationContext<Parameters>[],
    /** The states before all fixes, and their contexts. */
    fixes: [] as unknown[],
    fixContexts: [] as RemediationContext<Parameters>[],
    /** Called before each fix, to make it fail. */
    beforeFix: () => undefined as void,
  };

  beforeEach(() => {
    for (const mock of [sts, bus, queue]) mock.reset();
    queue.on(SendMessageCommand).resolves({});
    const Credentials = {
      AccessKeyId: "ASIA",
      SecretAccessKey: "secret",
      SessionToken: "token",
      Expiration: new Date(),
    };
    sts.on(AssumeRoleCommand).resolves({ Credentials });
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
    [logged.length, metrics.length] = [0, 0];
    const fresh = {
      states: [burning, dark],
      reads: [],
      fixes: [],
      fixContexts: [],
      beforeFix: () => undefined,
    };
    Object.assign(bulb, fresh);
  });
  after(() => {
    for (const mock of [sts, bus, queue]) mock.restore();
    unsetSettings();
  });

  const remediation: Remediation<Parameters, string> = {
    async evaluate(context) {
      bulb.reads.push(context);
      const state = bulb.states.shift() ?? assert.fail("evaluated too often");
      if (state instanceof Error) throw state;
      return state;
    },
    async fix(context, violation) {
      bulb.beforeFix();
      bulb.fixContexts.push(context);
      bulb.fixes.push(violation.before);
    },
  };

  /** Handles a batch with the settings of the specs, changed. */
  const run = async (batch: SQSEvent, change: object = {}) => {
    setSettings(change);
    let clock = 0;
    const handler = createHandler(control, remediation, {
      sts: new STSClient({ region: "eu-central-1" }),
      eventBridge: new EventBridgeClient({ region: "eu-central-1" }),
      sqs: new SQSClient({ region: "eu-central-1" }),
      scheduler: new SchedulerClient({ region: "eu-central-1" }),
      store: memoryStore(),
      now: () => (clock += 40),
      // Later than reads may lag behind the event.
      clock: () => Date.parse("2026-03-17T08:43:00Z"),
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

  /** The messages that the function sent: to which queue, with which delay, and the note of their look. */
  const sent = () =>
    queue.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => {
      // What is given up may be anything.
      const isEvent = input.MessageBody?.startsWith('{"') ?? false;
      const { look } = (isEvent ? JSON.parse(input.MessageBody ?? "") : {}) as { look?: Look };
      return { queue: input.QueueUrl?.split("/").at(-1), delay: input.DelaySeconds, look };
    });

  return { sts, bus, queue, logged, metrics, bulb, run, outcomes, sent };
}
