/** Replaces the emulator in specs: what is deployed is plain data, and what is delivered is kept. */
import type { EventBridgeEvent, JsonObject } from "@bailiwick/aws-events/record";
import type { AuthorizationRequest, Metric } from "../emulator/emulator";
import { createTrace, type Trace } from "../trace";
import { startFabric, type Fabric, type FabricOptions } from "./fabric";
import type {
  ApiDestination,
  Connection,
  DeployedBus,
  DeployedQueue,
  DeployedRule,
  DeployedTarget,
  QueueMessage,
  RuleState,
  ServiceFailure,
  Services,
} from "./services";

export const MEMBER = "333333333333";
export const HUB = "222222222222";
export const REGION = "eu-west-1";
export const HOME = "eu-central-1";
export const HUB_BUS = `arn:aws:events:${HOME}:${HUB}:event-bus/hub`;
export const HUB_QUEUE = `arn:aws:sqs:${HOME}:${HUB}:control`;
export const ROLE = `arn:aws:iam::${MEMBER}:role/forward`;

export interface Deployed {
  rules: DeployedRule[];
  /** By ARN. */
  buses: Record<string, DeployedBus>;
  queues: Record<string, DeployedQueue>;
  keys: Record<string, string>;
  functions: Record<string, string | undefined>;
  topics: Record<string, string | undefined>;
  logGroups: Record<string, string[]>;
  apiDestinations: Record<string, ApiDestination>;
  connections: Record<string, Connection>;
  /** Bus ARNs with an archive. */
  archives: string[];
  replayFilters: Record<string, string[]>;
  /** @returns why the request is denied. Default: nothing is. */
  deny(request: AuthorizationRequest): string | undefined;
  /** Throws the error of the target's call. Default: nothing. */
  fail(arn: string): void;
}

export interface TestFabric {
  fabric: Fabric;
  trace: Trace;
  deployed: Deployed;
  /** What the targets received: by ARN, in order. */
  received: Record<string, QueueMessage[]>;
  archived: EventBridgeEvent[];
  /** Points of metrics, as they were published. */
  metrics: Metric[];
  /** Requests to IAM. */
  authorizations: AuthorizationRequest[];
  /** The buses whose rules were read, each time. */
  reads: string[];
}

export function ruleOf(
  account: string,
  region: string,
  bus: string,
  name: string,
  more: { pattern?: JsonObject; targets?: DeployedTarget[]; state?: RuleState },
): DeployedRule {
  const path = bus === "default" ? name : `${bus}/${name}`;
  return {
    name,
    arn: `arn:aws:events:${region}:${account}:rule/${path}`,
    account,
    region,
    bus,
    state: more.state ?? "ENABLED",
    pattern: JSON.stringify(more.pattern ?? { source: ["test"] }),
    targets: more.targets ?? [],
  };
}

/** A member's default bus that forwards to the hub's bus, whose rule has a queue as target. */
export function forwardingToHub(): Deployed {
  return {
    rules: [
      ruleOf(MEMBER, REGION, "default", "forward", {
        targets: [{ Id: "hub", Arn: HUB_BUS, RoleArn: ROLE }],
      }),
      ruleOf(HUB, HOME, "hub", "control", { targets: [{ Id: "queue", Arn: HUB_QUEUE }] }),
    ],
    buses: { [HUB_BUS]: { arn: HUB_BUS, policy: '{"Statement":[]}' } },
    queues: { [HUB_QUEUE]: queueOf() },
    keys: {},
    functions: {},
    topics: {},
    logGroups: {},
    apiDestinations: {},
    connections: {},
    archives: [],
    replayFilters: {},
    deny: () => undefined,
    fail: () => undefined,
  };
}

export const queueOf = (more: Partial<DeployedQueue> = {}): DeployedQueue => ({
  url: "http://queue",
  policy: '{"Statement":[]}',
  fifo: false,
  contentBasedDeduplication: false,
  ...more,
});

let count = 0;
export function eventOf(more: Partial<EventBridgeEvent> = {}): EventBridgeEvent {
  return {
    version: "0",
    id: `event-${++count}`,
    "detail-type": "Test",
    source: "test",
    account: MEMBER,
    time: "2026-03-01T12:00:00Z",
    region: REGION,
    resources: [],
    detail: { number: count },
    ...more,
  };
}

/** A fabric over this deployment. */
export async function startTestFabric(
  deployed: Deployed = forwardingToHub(),
  options: Partial<FabricOptions> = {},
): Promise<TestFabric> {
  const testFabric = {
    deployed,
    received: {},
    archived: [],
    metrics: [],
    authorizations: [],
    reads: [],
  } as unknown as TestFabric;
  const take = (arn: string, message: QueueMessage) => {
    deployed.fail(arn);
    (testFabric.received[arn] ??= []).push(message);
  };
  const rulesOf = (account: string, region: string, bus: string) =>
    deployed.rules.filter((rule) => rule.account === account && rule.region === region && rule.bus === bus);
  const services: Services = {
    rules: async (account, region, bus) => {
      testFabric.reads.push(`${account}/${region}/${bus}`);
      return rulesOf(account, region, bus);
    },
    ruleNames: async (account, region, bus) => rulesOf(account, region, bus).map(({ name }) => name),
    targets: async (account, region, bus, rule) =>
      rulesOf(account, region, bus).find(({ name }) => name === rule)?.targets ?? [],
    bus: async (account, region, name) =>
      deployed.buses[`arn:aws:events:${region}:${account}:event-bus/${name}`],
    hasArchive: async (account, region, name) =>
      deployed.archives.includes(`arn:aws:events:${region}:${account}:event-bus/${name}`),
    archive: async (_account, _region, _bus, events) => void testFabric.archived.push(...events),
    metrics: async (metrics) => void testFabric.metrics.push(...metrics),
    replayFilter: async (_account, _region, name) => deployed.replayFilters[name],
    queue: async (arn) => deployed.queues[arn],
    send: async ({ arn }, messages) => {
      const results: (ServiceFailure | undefined)[] = [];
      for (const message of messages) {
        try {
          take(arn, message);
          results.push(undefined);
        } catch (error) {
          results.push(error as ServiceFailure);
        }
      }
      return results;
    },
    key: async (_account, _region, id) => {
      const policy = deployed.keys[id];
      return policy === undefined ? undefined : { arn: id, policy };
    },
    functionPolicy: async (arn) => ({ exists: arn in deployed.functions, policy: deployed.functions[arn] }),
    invoke: async (arn, payload) => take(arn, { body: payload }),
    topic: async (arn) => (arn in deployed.topics ? { policy: deployed.topics[arn] } : undefined),
    publish: async (arn, message) => take(arn, { body: message }),
    logGroup: async (arn) => {
      const policies = deployed.logGroups[arn];
      return policies && { policies };
    },
    log: async (arn, _stream, message) => take(arn, { body: message }),
    startExecution: async (arn, input) => take(arn, { body: input }),
    apiDestination: async (arn) => deployed.apiDestinations[arn],
    connection: async (_account, _region, name) => deployed.connections[name],
    authorize: async (request) => {
      testFabric.authorizations.push(request);
      const reason = deployed.deny(request);
      return reason === undefined ? { allowed: true } : { allowed: false, reason };
    },
  };
  testFabric.trace = options.trace ?? createTrace();
  const emulator = Promise.resolve({ token: "secret" } as Awaited<FabricOptions["emulator"]>);
  testFabric.fabric = await startFabric({
    emulator,
    trace: testFabric.trace,
    services,
    millisecondsPerSecond: 0.01,
    ...options,
  });
  return testFabric;
}

/** Puts the event on the member's default bus and waits until it is delivered. */
export async function publish(
  { fabric }: TestFabric,
  event: EventBridgeEvent,
  account = MEMBER,
  region = REGION,
  bus = "default",
): Promise<void> {
  await fabric.publish(account, region, bus, event);
  await fabric.idle();
}
