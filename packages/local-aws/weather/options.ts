/** What weather there can be, and in which figures. */

/** Each kind is on if it is there. */
export interface WeatherOptions {
  /** Repeats a weather: calls that come in the same order meet the same. @default a random one, which `weather.seed` has */
  seed?: number;
  /** Reads answer with an earlier state. @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html */
  stale?: {
    /** How old the state is at most, in seconds. @default 2 */
    seconds?: number;
    /** 0–1: the share of reads that is stale. @default 0.5 */
    share?: number;
  };
  /** Instances, event source mappings and tables need time from one state to the next. */
  pending?: {
    /** @default 2 */
    seconds?: number;
  };
  /** How long a call of a service takes longer, in milliseconds, by botocore's name of the service. @default `{ sts: 100 }` */
  latency?: Readonly<Record<string, number>>;
  /** Calls are refused in bursts, as AWS refuses who calls too often. @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
  throttling?: {
    /** 0–1: the share of time in which an account is throttled in a service and region. @default 0.1 */
    share?: number;
    /** How long a burst lasts, in seconds; half of the calls in it are refused. @default 1 */
    seconds?: number;
  };
  /** EventBridge delivers at least once, and in no order. @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
  deliveries?: {
    /** 0–1: the share of deliveries made twice. @default 0.1 */
    duplicates?: number;
    /** 0–1: the share that is late, and so in another order. @default 0.25 */
    late?: number;
    /** How late at most, in seconds. @default 3 */
    seconds?: number;
  };
  /**
   * The root users of accounts, with which tests watch, see everything at once and are neither throttled nor delayed. What they do meets
   * the weather: states last, and others' reads of it are stale. @default false
   */
  sparesRoots?: boolean;
}

export interface Weathers {
  stale?: { seconds: number; share: number };
  pending?: { seconds: number };
  latency: Readonly<Record<string, number>>;
  throttling?: { share: number; seconds: number };
  deliveries?: { duplicates: number; late: number; seconds: number };
  sparesRoots: boolean;
}

/** Every kind, in moderate figures: a drill takes tens of seconds. */
export const MODERATE_WEATHER: WeatherOptions = {
  stale: {},
  pending: {},
  latency: { sts: 100 },
  throttling: {},
  deliveries: {},
};

/** Options that no weather can be made of. */
export class WeatherOptionsError extends Error {
  override name = "WeatherOptionsError";
}

/** @throws WeatherOptionsError that says which figure is wrong. */
export function planWeather(options: WeatherOptions): Weathers {
  const { stale, pending, latency = {}, throttling, deliveries, sparesRoots = false } = options;
  const planned: Weathers = {
    ...(stale && { stale: { seconds: 2, share: 0.5, ...stale } }),
    ...(pending && { pending: { seconds: 2, ...pending } }),
    latency,
    ...(throttling && { throttling: { share: 0.1, seconds: 1, ...throttling } }),
    ...(deliveries && { deliveries: { duplicates: 0.1, late: 0.25, seconds: 3, ...deliveries } }),
    sparesRoots,
  };
  for (const kind of ["stale", "pending", "throttling", "deliveries"] as const)
    for (const [name, value] of Object.entries(planned[kind] ?? {})) {
      const most = name === "seconds" ? 3600 : 1;
      if (!(value >= 0 && value <= most))
        throw new WeatherOptionsError(
          `weather.${kind}.${name} is ${value}: it must be a number from 0 to ${most}.`,
        );
    }
  for (const [service, milliseconds] of Object.entries(latency))
    if (!(milliseconds >= 0 && milliseconds <= 60_000))
      throw new WeatherOptionsError(
        `weather.latency.${service} is ${milliseconds}: it must be a number of milliseconds from 0 to 60000.`,
      );
  return planned;
}
