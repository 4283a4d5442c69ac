/** Simulates a hub for fault tests: lamps that must not burn, a queue that redelivers, a ledger, and functions that can be killed. */
import type { Context, SQSEvent } from "aws-lambda";
import type { Control } from "../../controls/lib/control";
import type { Outcome } from "../../controls/lib/outcome";
import type { Remediation } from "../../controls/lib/remediation";
import { resourceFrom } from "../../controls/lib/resources";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { CONTROL_TIMEOUT_SECONDS, MAX_RECEIVES, visibilityTimeoutSeconds } from "../../contract/limits";
import type { Entry } from "../../contract/ledger-records";
import { setSettings, SETTINGS, setUndoSettings } from "../../contract/testing";
import type { UndoAnswer } from "../../contract/undo";
import type { Clients } from "../../functions/control/clients";
import { SimulatedQueue, type Message } from "./simulation-queue";
import { createHandler, type Handler } from "../../functions/control/handler";
import { memoryStore } from "../../functions/control/ledger/memory";
import { createUndoHandler, type UndoHandler } from "../../functions/undo/handler";
import type { ControlFunctionSettingsInput } from "../../contract/control-settings";

export const ACCOUNT = "210987654321";
export const CONTROL = "lamp-bulb-not-burning";
const SHAPE = {
  type: "AWS::Lamp::Bulb",
  id: /^[a-z0-9-]{1,64}$/,
  arn: ({ partition, account, region, id }: Record<"partition" | "account" | "region" | "id", string>) =>
    `arn:${partition}:lamp:${region}:${account}:bulb/${id}`,
};

const control: Control = {
  id: CONTROL,
  title: "Bulbs don't burn",
  description: "A control of the fault tests.",
  severity: "low",
  frameworks: [],
  resourceType: SHAPE.type,
  pattern: {},
  resource: (event) => resourceFrom(event, SHAPE, event.detail["bulb"]),
  readPermissions: (scope) => [{ Effect: "Allow", Action: "lamp:Look", Resource: SHAPE.arn(scope) }],
  fixPermissions: (scope) => [{ Effect: "Allow", Action: "lamp:Switch", Resource: SHAPE.arn(scope) }],
  undoPermissions: (scope) => [{ Effect: "Allow", Action: "lamp:Relight", Resource: SHAPE.arn(scope) }],
  tagging: {
    pattern: () => ({}),
    resources: (event, key) => {
      const tags = event.detail["tags"];
      const resource = resourceFrom(event, SHAPE, event.detail["bulb"]);
      if (typeof tags !== "object" || tags === null || Array.isArray(tags) || !resource) return [];
      const value = tags[key];
      return [{ resource, value: typeof value === "string" ? value : undefined }];
    },
  },
  remediationSteps: "Switch it off.",
};

const VISIBILITY_MILLISECONDS = 1000 * visibilityTimeoutSeconds(CONTROL_TIMEOUT_SECONDS);

let serial = 0;
export function event(
  bulb: string,
  change: Partial<EventBridgeEvent> = {},
  principal = "maria",
): EventBridgeEvent {
  serial++;
  return {
    version: "0",
    id: `event-${serial}`,
    "detail-type": "AWS API Call via CloudTrail",
    source: "aws.lamp",
    account: ACCOUNT,
    time: "2026-03-17T08:41:27Z",
    region: "eu-west-1",
    resources: [],
    detail: {
      bulb,
      eventID: `record-${serial}`,
      eventName: "SwitchOn",
      userIdentity: { type: "IAMUser", arn: `arn:aws:iam::${ACCOUNT}:user/${principal}` },
    },
    ...change,
  };
}

export const arnOf = (bulb: string, account = ACCOUNT) =>
  SHAPE.arn({ partition: "aws", account, region: "eu-west-1", id: bulb });

export type { Message } from "./simulation-queue";

export function createSimulation(
  change: Partial<ControlFunctionSettingsInput> = {},
  ofControl: Partial<Control> = {},
) {
  const lamps = new Map<string, "on" | "off">();
  /** What is wrong with a lamp that is on. Default: that it burns. */
  const findings = new Map<string, string[]>();
  /** Lamps that are between two states, by what they are doing. */
  const changing = new Map<string, string>();
  const tags = new Map<string, Record<string, string>>();
  /** The ARN of a lamp for each time the control switched it off. */
  const fixes: string[] = [];
  /** The policies of the sessions. */
  const policies: string[] = [];
  const outcomes: Outcome[] = [];
  const store = memoryStore();
  const time = { now: Date.parse("2026-03-17T08:42:00Z") };
  const queue = new SimulatedQueue(time);
  /** Awaited before each step of the function, so that a spec can delay it or make it fail. */
  const faults: {
    before: (
      step: "assume" | "read" | "fix" | "fixed" | "undo" | "undone" | "tags" | "report",
    ) => Promise<void> | void;
  } = {
    before: () => undefined,
  };
  const pause = () => new Promise((resolve) => setImmediate(resolve));

  const remediation: Remediation<Record<string, never>, string> = {
    async evaluate({ resource }) {
      await pause();
      await faults.before("read");
      const what = changing.get(resource.arn);
      if (what !== undefined) return { state: "changing", what };
      const state = lamps.get(resource.arn);
      if (state === undefined) return { state: "absent" };
      return state === "off"
        ? { state: "compliant", why: "It is dark.", after: "off" }
        : {
            state: "violation",
            findings: findings.get(resource.arn) ?? ["It burns."],
            before: "on",
            remedies: ["Switch it off."],
          };
    },
    async fix({ resource }) {
      await faults.before("fix");
      await pause();
      fixes.push(resource.arn);
      lamps.set(resource.arn, "off");
      await faults.before("fixed");
    },
    async undo({ resource }, before) {
      await faults.before("undo");
      await pause();
      lamps.set(resource.arn, before as "on");
      await faults.before("undone");
    },
    async tags({ resource }) {
      await faults.before("tags");
      return tags.get(resource.arn) ?? {};
    },
  };
  const send =
    (answer: (input: Record<string, unknown>) => Promise<unknown>) =>
    async ({ input }: { input: Record<string, unknown> }) => {
      await pause();
      return answer(input);
    };
  const clients: Partial<Clients> = {
    sts: {
      config: { requestHandler: { handle: () => Promise.reject(new Error("no network here")) } },
      send: send(async ({ Policy }) => {
        await faults.before("assume");
        policies.push(Policy as string);
        return { Credentials: { AccessKeyId: "A", SecretAccessKey: "S", SessionToken: "T" } };
      }),
    } as unknown as Clients["sts"],
    eventBridge: {
      send: send(async (input) => {
        await faults.before("report");
        const [entry] = input["Entries"] as { Detail: string }[];
        outcomes.push(JSON.parse(entry?.Detail ?? "") as Outcome);
        return { Entries: [{}] };
      }),
    } as unknown as Clients["eventBridge"],
    sqs: queue.sqs as unknown as Clients["sqs"],
    scheduler: queue.scheduler as unknown as Clients["scheduler"],
    store,
    clock: () => time.now,
    sleep: (milliseconds) => Promise.resolve((time.now += milliseconds)),
    logger: { info: () => undefined, error: () => undefined },
    metrics: { addMetric: () => undefined, publishStoredMetrics: () => undefined } as never,
  };
  const settings = { ...SETTINGS, ...change };
  setSettings(change);
  const start = (): Handler => createHandler({ ...control, ...ofControl }, remediation, clients);
  const startUndo = (): UndoHandler => {
    const { ledger, breaker, mode, accountModes = {}, parameters = {} } = settings;
    setUndoSettings({
      ledger: { ...ledger, windowMinutes: breaker.windowMinutes },
      controls: { [CONTROL]: { mode, accountModes, parameters } },
    });
    const handler = createUndoHandler([{ control, remediation }], clients);
    setSettings(change);
    return handler;
  };

  /** Delivers one batch to one function. @returns the messages to deliver again */
  async function invoke(handler: Handler, messages: Message[]): Promise<Message[]> {
    for (const message of messages) message.received++;
    const batch = {
      Records: messages.map(({ id, body, received }) => ({
        messageId: id,
        receiptHandle: id,
        body,
        attributes: { ApproximateReceiveCount: String(received) },
        eventSource: "aws:sqs",
      })),
    } as unknown as SQSEvent;
    const context = { getRemainingTimeInMillis: () => 55_000 } as Context;
    const response = await handler(batch, context);
    const failed = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    return messages.filter(({ id }) => failed.has(id));
  }

  /**
   * Delivers all messages in batches of ten to many functions at once, and the looks that follow as the clock runs ahead, until none
   * is left that is due within `minutes`.
   */
  async function deliver(
    bodies: readonly string[],
    { functions = 10, minutes = 12 * 60 }: { functions?: number; minutes?: number } = {},
  ): Promise<{ deadLetters: Message[] }> {
    const handlers = Array.from({ length: functions }, start);
    const end = time.now + minutes * 60_000;
    const before = queue.deadLetters.length;
    for (const body of bodies) queue.add(body);
    for (;;) {
      const visible = queue.take();
      const batches: Message[][] = [];
      for (let from = 0; from < visible.length; from += 10) batches.push(visible.slice(from, from + 10));
      while (batches.length > 0)
        await Promise.all(
          batches.splice(0, functions).map(async (batch, index) => {
            for (const message of await invoke(handlers[index] ?? start(), batch))
              if (message.received >= MAX_RECEIVES) queue.deadLetters.push(message);
              else queue.return(message, VISIBILITY_MILLISECONDS);
          }),
        );
      const next = queue.next();
      if (next === undefined || next > end) return { deadLetters: queue.deadLetters.slice(before) };
      time.now = Math.max(time.now, next);
    }
  }

  return {
    lamps,
    findings,
    changing,
    tags,
    fixes,
    policies,
    outcomes,
    queue,
    store,
    time,
    faults,
    /** Those of the control: an undo has them as they are then. */
    settings,
    start,
    invoke,
    deliver,
    /** The ledger's entries. */
    entries: () =>
      [...store.items.values()]
        .filter(({ list }) => list === CONTROL)
        .map(({ id, body }) => ({ id, ...(JSON.parse(body) as Entry) })),
    undo: (request: object): Promise<UndoAnswer> => startUndo()({ undo: request }),
  };
}

export type Simulation = ReturnType<typeof createSimulation>;

/** Shuffled, the same way for the same seed. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed;
  for (let index = result.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const other = state % (index + 1);
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}
