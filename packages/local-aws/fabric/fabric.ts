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
import type { DeliveryWeather } from "./delivery-weather";
import { Busy } from "./ordered-queue";
import { nearestMiss } from "./nearest";
import { RuleMetrics } from "./rule-metrics";
import { Permissions } from "./permissions";
import type { RefusableCall, Refusal } from "./refusal";
import { refuse } from "./refuse";
import { Rules } from "./rules";
import { sdkServices } from "./sdk";
import { listen, type DispatchedEvent, type EventServer } from "./server";
import type { DeployedRule, Services } from "./services";
import { reasonWithheld } from "./state";
import { Buses } from "./targets/bus";
import { targetKinds } from "./targets/kinds";
import { Queues } from "./targets/queue";
import type { TargetContext } from "./targets/target";

/** Where a bus is, and its name. */
export interface BusPlace {
  account: string;
  region: string;
  bus: string;
}

export interface FabricOptions {
  emulator: Promise<Pick<Emulator, "url" | "token" | "authorize" | "archive" | "connection" | "metrics">>;
  trace: Trace;
  /** Called with each event that arrives on a bus, before its rules are matched. It must not throw: that would stop the event. */
  onArrival?: (event: EventBridgeEvent, at: BusPlace) => void;
  /** How long a second of retry policies lasts here. Default 10 ms: time runs a hundred times as fast. */
  millisecondsPerSecond?: number;
  /** 0–1: how often a delivery is made twice, as AWS may. Default: LOCAL_AWS_DUPLICATES of the environment, else 0. */
  duplicates?: number;
  /** What befalls deliveries besides. Default: nothing. */
  weather?: DeliveryWeather;
  /** How long an API destination has to answer. Default 5,000, as on AWS. */
  timeoutMilliseconds?: number;
  /** Replaces the emulator's API in specs. */
  services?: Services;
}

export interface Fabric {
  /** Where the emulator posts the events that are put on its buses. */
  eventsUrl: string;
  /** `http://127.0.0.1:port`: GET /trace/<event id> explains an event's path. */
  url: string;
  /** Puts an event on a bus. Resolves when the bus has it; `idle` resolves when it is delivered. */
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
  /** The refusal of AWS to a call that the emulator would accept; undefined if AWS would accept it too. Reads what is deployed. */
  refuse(call: RefusableCall): Promise<Refusal | undefined>;
  /** Resolves when nothing is in progress, retries included. */
  idle(): Promise<void>;
  /** Makes this share of deliveries twice from now on: 0–1. */
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
  const fabric = new EventFabric(options);
  await fabric.listen();
  return fabric;
}

class EventFabric implements Fabric {
  /** Both are known once it listens. */
  eventsUrl = "";
  url = "";
  private server: EventServer | undefined;
  private readonly busy = new Busy();
  private readonly rules: Rules;
  private readonly permissions: Permissions;
  private readonly queues: Queues;
  private readonly buses: Buses;
  private readonly archives: Archives;
  private readonly deliveries: Deliveries;
  private readonly metrics: RuleMetrics;
  private readonly services: Services;
  /** By bus: resolves when the last event so far is routed. */
  private readonly lastRouted = new Map<string, Promise<void>>();
  private duplicates: number;
  private closed = false;

  constructor(private readonly options: FabricOptions) {
    const services = options.services ?? lateServices(options.emulator);
    this.services = services;
    this.duplicates = options.duplicates ?? share(process.env["LOCAL_AWS_DUPLICATES"]);
    this.rules = new Rules(services);
    this.permissions = new Permissions(services);
    this.queues = new Queues(services);
    this.buses = new Buses(services);
    this.archives = new Archives(services, options.trace, this.busy);
    this.metrics = new RuleMetrics(services);
    const context: TargetContext = {
      services,
      permissions: this.permissions,
      accept: (account, region, bus, event) => this.accept({ account, region, bus }, event, true),
    };
    this.deliveries = new Deliveries({
      kindOf: targetKinds(context, this.buses, this.queues, options),
      queues: this.queues,
      permissions: this.permissions,
      trace: options.trace,
      metrics: this.metrics,
      busy: this.busy,
      millisecondsPerSecond: options.millisecondsPerSecond ?? 10,
      duplicates: () => this.duplicates,
      weather: options.weather,
    });
  }

  async listen(): Promise<void> {
    this.server = await listen({
      token: this.options.emulator.then(({ token }) => token),
      trace: this.options.trace,
      onEvent: (dispatched) => this.dispatch(dispatched),
      refuse: (call) => this.refuse(call),
    });
    this.url = this.server.url;
    this.eventsUrl = `${this.url}/events`;
  }

  publish(account: string, region: string, bus: string, event: EventBridgeEvent): Promise<void> {
    const fromBus = event.account !== account || event.region !== region;
    this.accept({ account, region, bus }, event, fromBus);
    return Promise.resolve();
  }

  invalidate(account: string, region: string): void {
    this.rules.forget(account, region);
    this.archives.forget(`${account}/${region}/`);
    this.buses.forget(`${account}/${region}/`);
    this.permissions.forget();
  }

  invalidateAll(): void {
    this.rules.forgetAll();
    this.archives.forget();
    this.buses.forget();
    this.queues.forget();
    this.permissions.forget();
  }

  changed(service: string, account: string, region: string, operation?: string): void {
    if (!DECIDES_DELIVERY.has(service)) return;
    if (operation !== undefined && MOVES_DATA_ONLY.test(operation)) return;
    if (service === "events" || service === "cloudformation") {
      this.rules.forget(account, region);
      this.archives.forget(`${account}/${region}/`);
      this.buses.forget();
      this.permissions.forget();
      if (service === "events") return;
      this.rules.forgetAll();
    }
    this.queues.forget();
    this.permissions.forget();
  }

  refuse(call: RefusableCall): Promise<Refusal | undefined> {
    const { services, buses, permissions } = this;
    return refuse(call, { services, buses, permissions });
  }

  idle(): Promise<void> {
    return this.busy.idle();
  }

  duplicate(share: number): void {
    this.duplicates = share;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.deliveries.close();
    this.metrics.close();
    await this.server?.close();
  }

  private dispatch(dispatched: DispatchedEvent): void {
    const { account, region, bus, event } = dispatched;
    if (dispatched.rule === undefined) void this.publish(account, region, bus, event);
    else this.runSchedule(dispatched);
  }

  /** One bus handles its events one after the other. */
  private accept(at: BusPlace, event: EventBridgeEvent, fromBus: boolean): void {
    if (this.closed) return;
    this.busy.begin();
    const { account, region, bus } = at;
    const key = `${account}/${region}/${bus}`;
    const previous = this.lastRouted.get(key) ?? Promise.resolve();
    const routed = previous
      .then(() => this.route(at, event, fromBus))
      .catch((error: Error) => {
        this.options.trace.note({
          eventId: event.id,
          stage: "bus",
          account,
          region,
          text: `The bus ${bus} could not handle it.`,
          stopped: `The bus ${bus} of ${account} in ${region} could not handle the event: ${error.message}`,
        });
      })
      .finally(() => {
        if (this.lastRouted.get(key) === routed) this.lastRouted.delete(key);
        this.busy.end();
      });
    this.lastRouted.set(key, routed);
  }

  /** From a bus to the targets of the rules that match. */
  private async route(at: BusPlace, event: EventBridgeEvent, fromBus: boolean): Promise<void> {
    const { trace, onArrival } = this.options;
    const { account, region, bus } = at;
    const step = { eventId: event.id, cloudTrailEventId: cloudTrailId(event), account, region };
    onArrival?.(event, at);
    if (bus !== "default" && !(await this.buses.find(account, region, bus))) {
      const stopped = `There is no event bus ${bus} in ${account}, ${region}.`;
      trace.note({ ...step, stage: "bus", text: "Put on a bus that does not exist.", stopped });
      return;
    }
    trace.note({
      ...step,
      ...labels(event),
      stage: "bus",
      text: `Arrived on the bus ${bus}: ${event.source}, ${event["detail-type"]}.`,
    });
    await this.archives.keep(account, region, bus, event);
    const eventText = JSON.stringify(event);
    const { rules, matching } = await this.matchingRules(at, event, eventText);
    if (matching.length === 0) {
      trace.note({
        ...step,
        stage: "rule",
        text: `None of the ${rules.length} rules of the bus matched.`,
        data: { bus },
        stopped: () =>
          `No rule of the bus ${bus} in ${account}, ${region} matched. ${nearestMiss(rules, event)}`,
      });
    }
    for (const rule of matching) {
      const stopped =
        rule.targets.length === 0 ? `The rule ${rule.arn} matched, but has no targets.` : undefined;
      const data = { bus, rule: rule.arn };
      this.metrics.count(rule, "MatchedEvents");
      trace.note({ ...step, stage: "rule", text: `The rule ${rule.name} matched.`, stopped, data });
      this.deliveries.deliver(rule, event, eventText, fromBus);
    }
  }

  /** @returns all rules of the bus, and those that receive the event. */
  private async matchingRules(
    { account, region, bus }: BusPlace,
    event: EventBridgeEvent,
    eventText: string,
  ): Promise<{ rules: DeployedRule[]; matching: DeployedRule[] }> {
    const deployed = await this.rules.of(account, region, bus);
    const replayedTo = await this.archives.replayFilter(account, region, event);
    const matching = deployed
      .matching(eventText)
      .filter(
        ({ state, arn }) => reasonWithheld(state, event) === undefined && (replayedTo?.includes(arn) ?? true),
      );
    return { rules: deployed.rules, matching };
  }

  /** The event of a schedule goes to one target of its own rule only. */
  private runSchedule({ account, region, bus, event, rule: name, target: id }: DispatchedEvent): void {
    const { trace } = this.options;
    this.busy.begin();
    const step = { eventId: event.id, account, region, stage: "rule" as const };
    this.rules
      .of(account, region, bus)
      .then(({ rules }) => {
        const rule = rules.find((deployed) => deployed.name === name);
        const targets = rule?.targets.filter(({ Id }) => Id === id) ?? [];
        trace.note({ ...step, text: `The schedule of the rule ${name} is due.` });
        if (rule) this.deliveries.deliver({ ...rule, targets }, event, JSON.stringify(event), false);
      })
      .catch((error: Error) => {
        trace.note({
          ...step,
          text: `The schedule of the rule ${name} could not run.`,
          stopped: error.message,
        });
      })
      .finally(() => this.busy.end());
  }
}

/** A variable of the environment has a value that is not possible. */
class EnvironmentError extends Error {
  override name = "EnvironmentError";
}

/** @throws EnvironmentError unless it is from 0 to 1. */
function share(given: string | undefined): number {
  const value = Number(given ?? 0);
  if (value >= 0 && value <= 1) return value;
  throw new EnvironmentError(
    `LOCAL_AWS_DUPLICATES must be the share of deliveries made twice, from 0 to 1, not \`${given}\`.`,
  );
}

/** `eventID` of the CloudTrail record in the event, if it has one. */
function cloudTrailId(event: EventBridgeEvent): string | undefined {
  const { eventID } = event.detail;
  return event["detail-type"].endsWith("via CloudTrail") && typeof eventID === "string" ? eventID : undefined;
}

function labels(event: EventBridgeEvent): { eventName?: string; resource?: string } {
  const { eventName } = event.detail;
  return { eventName: typeof eventName === "string" ? eventName : undefined, resource: event.resources[0] };
}

/** Each call waits for the emulator. */
function lateServices(emulator: FabricOptions["emulator"]): Services {
  const services = emulator.then(sdkServices);
  services.catch(() => undefined);
  return new Proxy({} as Services, {
    get:
      (_, name: keyof Services) =>
      async (...parameters: unknown[]): Promise<unknown> =>
        ((await services)[name] as (...parameters: unknown[]) => Promise<unknown>)(...parameters),
  });
}
