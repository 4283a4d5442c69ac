/** What the specs put in the emulator's place: deployed things as plain data, and a record of what was delivered. */
import type { EventBridgeEvent, JsonObject } from "@bailiwick/aws-events/record";
import type { AuthorizationRequest } from "../emulator/emulator";
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
  /** Why something is refused; by default nothing is. */
  deny(asked: AuthorizationRequest): string | undefined;
  /** Throws what the target's call throws; by default nothing. */
  fail(arn: string): void;
}

export interface World {
  fabric: Fabric;
  trace: Trace;
  deployed: Deployed;
  /** What the targets have got: by ARN, in order. */
  got: Record<string, QueueMessage[]>;
  archived: EventBridgeEvent[];
  /** Questions to IAM. */
  asked: AuthorizationRequest[];
  /** How often the rules of a bus were read. */
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

/** A member's default bus that forwards to the hub's bus, whose rule hands to a queue. */
export function wired(): Deployed {
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

/** The fabric over what is deployed. */
export async function startWorld(
  deployed: Deployed = wired(),
  options: Partial<FabricOptions> = {},
): Promise<World> {
  const world = { deployed, got: {}, archived: [], asked: [], reads: [] } as unknown as World;
  const take = (arn: string, message: QueueMessage) => {
    deployed.fail(arn);
    (world.got[arn] ??= []).push(message);
  };
  const rulesOf = (account: string, region: string, bus: string) =>
    deployed.rules.filter((rule) => rule.account === account && rule.region === region && rule.bus === bus);
  const services: Services = {
    rules: async (account, region, bus) => {
      world.reads.push(`${account}/${region}/${bus}`);
      return rulesOf(account, region, bus);
    },
    ruleNames: async (account, region, bus) => rulesOf(account, region, bus).map(({ name }) => name),
    targets: async (account, region, bus, rule) =>
      rulesOf(account, region, bus).find(({ name }) => name === rule)?.targets ?? [],
    bus: async (account, region, name) =>
      deployed.buses[`arn:aws:events:${region}:${account}:event-bus/${name}`],
    archived: async (account, region, name) =>
      deployed.archives.includes(`arn:aws:events:${region}:${account}:event-bus/${name}`),
    archive: async (_account, _region, _bus, events) => void world.archived.push(...events),
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
    authorize: async (asked) => {
      world.asked.push(asked);
      const reason = deployed.deny(asked);
      return reason === undefined ? { allowed: true } : { allowed: false, reason };
    },
  };
  world.trace = options.trace ?? createTrace();
  const emulator = Promise.resolve({ token: "secret" } as Awaited<FabricOptions["emulator"]>);
  world.fabric = await startFabric({
    emulator,
    trace: world.trace,
    services,
    millisecondsPerSecond: 0.01,
    ...options,
  });
  return world;
}

/** Puts the event on the member's default bus and waits until all is done. */
export async function publish(
  { fabric }: World,
  event: EventBridgeEvent,
  account = MEMBER,
  region = REGION,
  bus = "default",
): Promise<void> {
  await fabric.publish(account, region, bus, event);
  await fabric.idle();
}
