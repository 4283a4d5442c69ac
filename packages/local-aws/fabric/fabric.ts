/**
 * EventBridge of the local organization: default and custom buses of every account and region, the rules and targets that are deployed
 * in the emulator, delivered as AWS delivers and refused as AWS refuses
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-what-is.html).
 */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Emulator } from "../emulator/emulator";
import type { Trace } from "../trace";
import { Archives } from "./archives";
import { Deliveries } from "./deliveries";
import { Busy } from "./ordered-queue";
import { nearestMiss } from "./nearest";
import { Permissions } from "./permissions";
import type { RefusableCall, Refusal } from "./refusal";
import { refuse } from "./refuse";
import { Rules } from "./rules";
import { sdkServices } from "./sdk";
import { listen, type DispatchedEvent } from "./server";
import type { Services } from "./services";
import { withheld } from "./state";
import { Buses } from "./targets/bus";
import { targetKinds } from "./targets/kinds";
import { Queues } from "./targets/queue";
import type { TargetContext } from "./targets/target";

/** A bus. */
export interface BusPlace {
  account: string;
  region: string;
  /** Its name. */
  bus: string;
}

export interface FabricOptions {
  emulator: Promise<Pick<Emulator, "url" | "token" | "authorize" | "archive" | "connection">>;
  trace: Trace;
  /** Called with each event that arrives on a bus, before its rules are matched. It must not throw: the event would go no further. */
  onArrival?: (event: EventBridgeEvent, at: BusPlace) => void;
  /** How long a second of retry policies lasts here. Default 10 ms: time runs a hundred times as fast. */
  millisecondsPerSecond?: number;
  /** 0–1: how often a delivery is made twice, as AWS may. Default: LOCAL_AWS_DUPLICATES of the environment, else 0. */
  duplicates?: number;
  /** How long an API destination has to answer. Default 5,000, as on AWS. */
  timeoutMilliseconds?: number;
  /** Instead of the emulator's API, in specs. */
  services?: Services;
}

export interface Fabric {
  /** Where the emulator posts what is put on its buses. */
  eventsUrl: string;
  /** `http://127.0.0.1:port`: GET /trace/<event id> tells an event's way. */
  url: string;
  /** Puts an event on a bus. Returns when the bus has it; `idle` tells when it is delivered. */
  publish(account: string, region: string, busName: string, event: EventBridgeEvent): Promise<void>;
  /** Rules, targets or bus policies of that account and region changed. */
  invalidate(account: string, region: string): void;
  /** A policy, role, queue, function, … changed somewhere. */
  invalidateAll(): void;
  /**
   * Something was written in a service: forgets what that may have changed.
   * @param service botocore's or the signing name, for example `events`.
   * @param operation if known; sending and receiving messages and events changes nothing.
   */
  changed(service: string, account: string, region: string, operation?: string): void;
  /** What AWS would answer to a call that the emulator would take; undefined when it may pass. Reads what is deployed. */
  refuse(call: RefusableCall): Promise<Refusal | undefined>;
  /** Resolves when nothing is under way, retries included. */
  idle(): Promise<void>;
  /** Makes duplicates from now on: 0–1. */
  duplicate(share: number): void;
  close(): Promise<void>;
}

/** Services in which a write may change what is delivered where. */
const DECIDES_DELIVERY = new Set(
  "events iam organizations sqs sns lambda logs kms states stepfunctions cloudformation".split(" "),
);
/** Calls that write, but nothing that delivery depends on. */
const MOVES_DATA_ONLY =
  /^(PutEvents|(Send|Delete)Message(Batch)?|ChangeMessageVisibility(Batch)?|Publish(Batch)?|PutLogEvents|Invoke)$/;

/** Listens on a free port of 127.0.0.1 at once; events wait for the emulator. */
export async function startFabric(options: FabricOptions): Promise<Fabric> {
  const { trace } = options;
  const services = options.services ?? lateServices(options.emulator);
  const busy = new Busy();
  const rules = new Rules(services);
  const permissions = new Permissions(services);
  const queues = new Queues(services);
  const buses = new Buses(services);
  const archives = new Archives(services, trace, busy);
  const order = new Map<string, Promise<void>>();
  let duplicates = options.duplicates ?? share(process.env["LOCAL_AWS_DUPLICATES"]);
  let closed = false;

  /** One bus takes its events one after the other. */
  const arrive = (account: string, region: string, bus: string, event: EventBridgeEvent, fromBus = true) => {
    if (closed) return;
    busy.begin();
    const key = `${account}/${region}/${bus}`;
    const before = order.get(key) ?? Promise.resolve();
    const done = before
      .then(() => route(account, region, bus, event, fromBus))
      .catch((error: Error) => {
        trace.note({
          eventId: event.id,
          stage: "bus",
          account,
          region,
          text: `The bus ${bus} could not handle it.`,
          stopped: `The bus ${bus} of ${account} in ${region} could not handle the event: ${error.message}`,
        });
      })
      .finally(() => {
        if (order.get(key) === done) order.delete(key);
        busy.end();
      });
    order.set(key, done);
  };

  const context: TargetContext = { services, permissions, arrive };
  const deliveries = new Deliveries({
    kindOf: targetKinds(context, buses, queues, options),
    queues,
    permissions,
    trace,
    busy,
    millisecondsPerSecond: options.millisecondsPerSecond ?? 10,
    duplicates: () => duplicates,
  });

  const route = async (
    account: string,
    region: string,
    bus: string,
    event: EventBridgeEvent,
    fromBus: boolean,
  ) => {
    const here = { eventId: event.id, cloudTrailEventId: cloudTrailId(event), account, region };
    options.onArrival?.(event, { account, region, bus });
    if (bus !== "default" && !(await buses.find(account, region, bus))) {
      const stopped = `There is no event bus ${bus} in ${account}, ${region}.`;
      trace.note({ ...here, stage: "bus", text: `Put on a bus that does not exist.`, stopped });
      return;
    }
    trace.note({
      ...here,
      ...labels(event),
      stage: "bus",
      text: `Arrived on the bus ${bus}: ${event.source}, ${event["detail-type"]}.`,
    });
    await archives.keep(account, region, bus, event);
    const deployed = await rules.of(account, region, bus);
    const all = deployed.rules;
    const eventText = JSON.stringify(event);
    const wanted = await archives.replayFilter(account, region, event);
    const given = deployed
      .matching(eventText)
      .filter((rule) => withheld(rule.state, event) === undefined && (wanted?.includes(rule.arn) ?? true));
    if (given.length === 0) {
      trace.note({
        ...here,
        stage: "rule",
        text: `None of the ${all.length} rules of the bus matched.`,
        data: { bus },
        stopped: () =>
          `No rule of the bus ${bus} in ${account}, ${region} matched. ${nearestMiss(all, event)}`,
      });
    }
    for (const rule of given) {
      const stopped =
        rule.targets.length === 0 ? `The rule ${rule.arn} matched, but has no targets.` : undefined;
      const data = { bus, rule: rule.arn };
      trace.note({ ...here, stage: "rule", text: `The rule ${rule.name} matched.`, stopped, data });
      deliveries.hand(rule, event, eventText, fromBus);
    }
  };

  /** A schedule's event goes to one target of its own rule only. */
  const fire = ({ account, region, bus, event, rule: name, target: id }: DispatchedEvent) => {
    busy.begin();
    const here = { eventId: event.id, account, region, stage: "rule" as const };
    rules
      .of(account, region, bus)
      .then((deployed) => {
        const rule = deployed.rules.find((one) => one.name === name);
        const targets = rule?.targets.filter(({ Id }) => Id === id) ?? [];
        trace.note({ ...here, text: `The time of the rule ${name} has come.` });
        if (rule) deliveries.hand({ ...rule, targets }, event, JSON.stringify(event), false);
      })
      .catch((error: Error) => {
        trace.note({ ...here, text: `The schedule ${name} could not fire.`, stopped: error.message });
      })
      .finally(() => busy.end());
  };

  const publish: Fabric["publish"] = (account, region, busName, event) => {
    arrive(account, region, busName, event, event.account !== account || event.region !== region);
    return Promise.resolve();
  };
  const mayNot = (call: RefusableCall) => refuse(call, { services, buses, permissions });
  const onEvent = (dispatched: DispatchedEvent) => {
    const { account, region, bus, event } = dispatched;
    if (dispatched.rule === undefined) void publish(account, region, bus, event);
    else fire(dispatched);
  };
  const server = await listen({
    token: options.emulator.then(({ token }) => token),
    trace,
    onEvent,
    refuse: mayNot,
  });

  return {
    eventsUrl: `${server.url}/events`,
    url: server.url,
    publish,
    invalidate(account, region) {
      rules.forget(account, region);
      archives.forget(`${account}/${region}/`);
      buses.forget(`${account}/${region}/`);
      permissions.forget();
    },
    invalidateAll() {
      rules.forgetAll();
      archives.forget();
      buses.forget();
      queues.forget();
      permissions.forget();
    },
    changed(service, account, region, operation) {
      if (!DECIDES_DELIVERY.has(service)) return;
      if (operation !== undefined && MOVES_DATA_ONLY.test(operation)) return;
      if (service === "events" || service === "cloudformation") {
        rules.forget(account, region);
        archives.forget(`${account}/${region}/`);
        buses.forget();
        permissions.forget();
        if (service === "events") return;
        rules.forgetAll();
      }
      queues.forget();
      permissions.forget();
    },
    refuse: mayNot,
    idle: () => busy.idle(),
    duplicate: (share) => {
      duplicates = share;
    },
    async close() {
      closed = true;
      deliveries.close();
      await server.close();
    },
  };
}

/** The environment asks for what can't be. */
export class EnvironmentError extends Error {
  override name = "EnvironmentError";
}

/** @throws EnvironmentError unless it is from 0 to 1. */
function share(given: string | undefined): number {
  const value = Number(given ?? 0);
  if (value >= 0 && value <= 1) return value;
  throw new EnvironmentError(
    `LOCAL_AWS_DUPLICATES is the share of deliveries made twice, from 0 to 1; \`${given}\` is none.`,
  );
}

/** CloudTrail's eventID of the record in the event, if it carries one. */
function cloudTrailId(event: EventBridgeEvent): string | undefined {
  const { eventID } = event.detail;
  return event["detail-type"].endsWith("via CloudTrail") && typeof eventID === "string" ? eventID : undefined;
}

function labels(event: EventBridgeEvent): { eventName?: string; resource?: string } {
  const { eventName } = event.detail;
  return { eventName: typeof eventName === "string" ? eventName : undefined, resource: event.resources[0] };
}

/** The same interface, waiting for the emulator with each call. */
function lateServices(emulator: FabricOptions["emulator"]): Services {
  const services = emulator.then(sdkServices);
  services.catch(() => undefined);
  return new Proxy({} as Services, {
    get:
      (_, name: keyof Services) =>
      async (...given: unknown[]): Promise<unknown> =>
        ((await services)[name] as (...given: unknown[]) => Promise<unknown>)(...given),
  });
}
