/** The weather over an organization: what AWS does when it is busy, slow and eventually consistent. It is pure but for its clock. */
import type { CallWeather, Forecast, WeatheredCall } from "../gateway/forecast";
import type { DeliveryWeather } from "../fabric/delivery-weather";
import { Chance } from "./chance";
import { HAVE_STATES, isLaggedBehind, lags } from "./lagging";
import { planWeather, type WeatherOptions, type Weathers } from "./options";
import { refusedCall, throttled, UNAVAILABLE } from "./refusal";

interface Outage {
  /** botocore's name of the service, for example `sts`. */
  service: string;
  region: string;
  /** How long. */
  seconds: number;
}

/** How often what has happened so far. */
interface WeatherStatistics {
  stale: number;
  throttled: number;
  unavailable: number;
  delayed: number;
  duplicated: number;
  late: number;
  /** Deliveries to targets whose permission was removed. */
  refused: number;
}

/** States of an instance that it reaches when the one before has lasted. */
const LATER_STATES = new Set(["running", "stopped", "terminated"]);
/** The share of calls in a burst that is refused. */
const REFUSED_IN_BURST = 0.5;

export class Weather implements CallWeather, DeliveryWeather {
  readonly statistics: WeatherStatistics = {
    stale: 0,
    throttled: 0,
    unavailable: 0,
    delayed: 0,
    duplicated: 0,
    late: 0,
    refused: 0,
  };
  private chance = new Chance();
  private weathers: Weathers = planWeather({});
  private since = 0;
  private outages: (Outage & { until: number })[] = [];
  private closedTargets: { arn: string; until: number }[] = [];

  /** @param now milliseconds since 1970. */
  constructor(private readonly now: () => number = Date.now) {}

  /** Repeats the weather, as an option. */
  get seed(): number {
    return this.chance.seed;
  }

  /** Changes the weather: what isn't among the options ends. @throws WeatherOptionsError */
  set(options: WeatherOptions): void {
    this.weathers = planWeather(options);
    this.chance = new Chance(options.seed);
    this.since = this.now();
  }

  /** Ends every weather, outages too. */
  calm(): void {
    this.set({});
    this.outages = [];
    this.closedTargets = [];
  }

  /** From now on the service answers nobody in the region. @returns a function that ends it early */
  outage(outage: Outage): () => void {
    const begun = { ...outage, until: this.now() + outage.seconds * 1000 };
    this.outages.push(begun);
    return () => void (this.outages = this.outages.filter((each) => each !== begun));
  }

  /**
   * From now on a target of EventBridge refuses what it is sent, as if the permission had been removed: its events go to the dead-letter
   * queue at once. @param target its ARN
   */
  closeTarget({ target, seconds }: { target: string; seconds: number }): void {
    this.closedTargets.push({ arn: target, until: this.now() + seconds * 1000 });
  }

  get changesCalls(): boolean {
    const { stale, pending, latency, throttling } = this.weathers;
    const some = stale ?? pending ?? throttling;
    return some !== undefined || Object.keys(latency).length > 0 || this.outages.length > 0;
  }

  forecast(call: WeatheredCall): Forecast {
    const { operation, protocol } = call;
    const service = operation.service.name;
    const spared = this.weathers.sparesRoots && call.root;
    if (!spared) {
      const delay = this.weathers.latency[service] ?? 0;
      if (this.isOut(service, call.region)) {
        this.statistics.unavailable++;
        return { milliseconds: delay, refusal: refusedCall(UNAVAILABLE, operation, protocol) };
      }
      if (this.throttles(service, call)) {
        this.statistics.throttled++;
        return {
          milliseconds: delay,
          refusal: refusedCall(throttled(operation, protocol), operation, protocol),
        };
      }
      if (delay > 0) this.statistics.delayed++;
      return { milliseconds: delay, inside: this.inside(call, false) };
    }
    return { milliseconds: 0, inside: this.inside(call, true) };
  }

  /** How many milliseconds later the event of a service comes: that of a state comes with the state. */
  delayOf(event: { "detail-type": string; detail: object }): number {
    const { pending } = this.weathers;
    if (!pending || event["detail-type"] !== "EC2 Instance State-change Notification") return 0;
    const { state } = event.detail as { state?: unknown };
    return typeof state === "string" && LATER_STATES.has(state) ? pending.seconds * 1000 : 0;
  }

  duplicates(target: string): boolean {
    const { deliveries } = this.weathers;
    const twice = deliveries !== undefined && this.chance.next(`twice ${target}`) < deliveries.duplicates;
    if (twice) this.statistics.duplicated++;
    return twice;
  }

  lateMilliseconds(target: string): number {
    const { deliveries } = this.weathers;
    if (!deliveries || this.chance.next(`late ${target}`) >= deliveries.late) return 0;
    this.statistics.late++;
    return this.chance.next(`how late ${target}`) * deliveries.seconds * 1000;
  }

  refuses(target: string): boolean {
    const now = this.now();
    const refused = this.closedTargets.some(({ arn, until }) => arn === target && now < until);
    if (refused) this.statistics.refused++;
    return refused;
  }

  /** What happens inside of the emulator; see emulator/weather.py. */
  private inside({ operation, readOnly, account }: WeatheredCall, spared: boolean): string | undefined {
    const { stale, pending } = this.weathers;
    const { name, service } = operation;
    const parts: string[] = [];
    if (pending && HAVE_STATES.has(service.name)) parts.push(`pending=${pending.seconds}`);
    if (stale && !readOnly && isLaggedBehind(service.name, name)) parts.push("remember");
    if (stale && readOnly && !spared && lags(service.name, name)) {
      const subject = `${service.name}:${name} ${account}`;
      if (this.chance.next(`stale ${subject}`) < stale.share) {
        this.statistics.stale++;
        parts.push(`stale=${(this.chance.next(`how stale ${subject}`) * stale.seconds).toFixed(3)}`);
      }
    }
    return parts.length > 0 ? parts.join(";") : undefined;
  }

  private isOut(service: string, region: string): boolean {
    const now = this.now();
    this.outages = this.outages.filter(({ until }) => until > now);
    return this.outages.some((each) => each.service === service && each.region === region);
  }

  /** Whether the account is in a burst, and this call is one of those refused. */
  private throttles(service: string, { account, region }: WeatheredCall): boolean {
    const { throttling } = this.weathers;
    if (!throttling) return false;
    const subject = `${service} ${account} ${region}`;
    const burst = Math.floor((this.now() - this.since) / (throttling.seconds * 1000));
    const busy = this.chance.of(`burst ${subject} ${burst}`) < throttling.share;
    return busy && this.chance.next(`refused ${subject}`) < REFUSED_IN_BURST;
  }
}
