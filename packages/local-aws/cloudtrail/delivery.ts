/** Collects records and delivers them as the trails say, in files and log events. Records that can't be delivered wait, and `failures` has the reason. */
import type { DeliveryAttempt } from "../emulator/emulator";
import { DeliveryAttempts, type DeliveryKind } from "./delivery-attempts";
import { deliveryErrorOf, type DeliveryError } from "./delivery-error";
import type { LogBucket } from "./log-bucket";
import {
  DigestSigner,
  logFile,
  type LogFile,
  type LoggedRecord,
  type LogPart,
  type PreviousDigest,
} from "./log-files";
import type { LogGroup } from "./log-group";
import type { LogTopic } from "./log-topic";
import type { Trail } from "./selectors";

export interface DeliveryFailure {
  /** Milliseconds since 1970. */
  at: number;
  /** What failed: log files, digests, log events or notifications. */
  kind: DeliveryKind;
  trail: string;
  bucket: string;
  account: string;
  region: string;
  /** In AWS's words, as in GetTrailStatus: `AccessDenied`, `NoSuchBucket`, … */
  code: string;
  /** What is missing. */
  message: string;
  /** Records that wait for delivery; for notifications, files that the topic hasn't received. */
  records: number;
}

/** Where deliveries go. */
interface Destinations {
  bucket: LogBucket;
  logGroup: LogGroup;
  topic: LogTopic;
}

interface LogDeliveryOptions {
  destinations: Promise<Destinations>;
  organizationId: string;
  /** The trail as it is now, which decides where waiting records go. Undefined if it was deleted. */
  current: (arn: string) => Trail | undefined;
  /** Receives the results of deliveries after each round. */
  attempted?: (attempts: DeliveryAttempt[]) => Promise<void>;
}

interface Part extends LogPart {
  /** For the bucket. */
  records: LoggedRecord[];
  /** For the log group. */
  logEvents: LoggedRecord[];
  /** Delivered since the last digest. */
  files: LogFile[];
  /** Files that the topic hasn't received. */
  keys: string[];
  /** The start of the next digest: milliseconds since 1970. */
  digestFrom: number;
  previous?: PreviousDigest;
  failures: Map<DeliveryKind, DeliveryFailure>;
}

/** The most records of one part, and the most files for the topic, that wait. AWS tries for 30 days; here memory is the limit. */
const MAXIMUM_WAITING = 20_000;

export class LogDelivery {
  private parts = new Map<string, Part>();
  private running: Promise<void> = Promise.resolve();
  private readonly attempts = new DeliveryAttempts();
  readonly signer = new DigestSigner();
  /** Files written so far. */
  delivered = 0;
  /** Records that were dropped because too many waited. */
  lost = 0;

  constructor(private readonly options: LogDeliveryOptions) {}

  add(trail: Trail, record: LoggedRecord): void {
    const part = this.partOf(trail, record);
    this.wait(part.records, record);
    if (trail.cloudWatchLogs) this.wait(part.logEvents, record);
  }

  private partOf(trail: Trail, record: LoggedRecord): Part {
    const { recipientAccountId: account, awsRegion: region } = record;
    const kind = record.eventCategory === "Insight" ? "CloudTrail-Insight" : "CloudTrail";
    const name = `${trail.arn} ${account} ${region} ${kind}`;
    let part = this.parts.get(name);
    if (!part) {
      const { organizationId } = this.options;
      const queues = { records: [], logEvents: [], files: [], keys: [], failures: new Map() };
      part = { trail, organizationId, account, region, kind, ...queues, digestFrom: Date.now() };
      this.parts.set(name, part);
    }
    return part;
  }

  private wait(queue: LoggedRecord[], record: LoggedRecord): void {
    queue.push(record);
    if (queue.length <= MAXIMUM_WAITING) return;
    queue.shift();
    this.lost += 1;
  }

  /** Present failures by trail, account and region. */
  get failures(): DeliveryFailure[] {
    return [...this.parts.values()].flatMap(({ failures }) => [...failures.values()]);
  }

  /** Delivers the collected records. Never rejects: failures are in `failures`. */
  flush(): Promise<void> {
    return this.inTurn(async (part, to) => {
      await this.writeFile(part, to);
      await this.tellTopic(part, to);
      await this.writeLogEvents(part, to);
    });
  }

  /** Writes a digest file for every part whose trail has log file validation. AWS does this once an hour, with or without files. */
  digest(): Promise<void> {
    return this.inTurn(async (part, { bucket }) => {
      if (!part.trail.logFileValidation || part.kind !== "CloudTrail") return;
      const times = { start: part.digestFrom, end: Date.now() };
      const digest = this.signer.digest(part, part.files, times, part.previous);
      const write = () => bucket.put(part.trail, digest.key, digest.body, digest.metadata);
      if (!(await this.attempt(part, "DigestDelivery", write))) return;
      this.delivered += 1;
      part.previous = digest.previous;
      part.digestFrom = times.end;
      part.files = [];
    });
  }

  async close(): Promise<void> {
    await this.running;
    const destinations = await this.options.destinations.catch(() => undefined);
    if (destinations)
      for (const destination of [destinations.bucket, destinations.logGroup, destinations.topic])
        destination.close();
  }

  private async writeFile(part: Part, { bucket }: Destinations): Promise<void> {
    if (part.records.length === 0) return;
    const records = part.records;
    part.records = [];
    const file = logFile(part, records, Date.now());
    // Back into the queue before the failure is noted, because it counts the waiting records.
    const write = () =>
      bucket.put(part.trail, file.key, file.body).catch((error: unknown) => {
        part.records = [...records, ...part.records];
        throw error;
      });
    if (!(await this.attempt(part, "Delivery", write))) return;
    this.delivered += 1;
    // No digest names files of Insights.
    if (part.kind === "CloudTrail") part.files.push(file);
    part.keys.push(file.key);
    if (part.keys.length > MAXIMUM_WAITING) part.keys.shift();
  }

  private async tellTopic(part: Part, { topic }: Destinations): Promise<void> {
    if (part.trail.topicArn === undefined) {
      part.keys = [];
      part.failures.delete("Notification");
    }
    for (let [key] = part.keys; key !== undefined; [key] = part.keys) {
      const file = key;
      // Notifications that the topic refuses wait, in the order of the files.
      if (!(await this.attempt(part, "Notification", () => topic.notify(part.trail, file)))) return;
      part.keys.shift();
    }
  }

  private async writeLogEvents(part: Part, { logGroup }: Destinations): Promise<void> {
    const records = part.logEvents;
    part.logEvents = [];
    if (!part.trail.cloudWatchLogs) part.failures.delete("CloudWatchLogsDelivery");
    else if (records.length > 0) {
      const write = () =>
        logGroup.put(part, records).catch((error: unknown) => {
          part.logEvents = [...records, ...part.logEvents];
          throw error;
        });
      await this.attempt(part, "CloudWatchLogsDelivery", write);
    }
  }

  /** Sequentially, so that digests and files keep their order. */
  private inTurn(work: (part: Part, to: Destinations) => Promise<void>): Promise<void> {
    this.running = this.running.then(async () => {
      const to = await this.options.destinations.catch(() => undefined);
      if (!to) return;
      for (const part of this.parts.values()) {
        part.trail = this.options.current(part.trail.arn) ?? part.trail;
        await work(part, to);
      }
      // Only an emulator that has ended doesn't receive it.
      await this.attempts.report(this.options.attempted ?? (() => Promise.resolve())).catch(() => undefined);
    });
    return this.running;
  }

  /** @returns whether it succeeded. */
  private async attempt(part: Part, kind: DeliveryKind, deliver: () => Promise<void>): Promise<boolean> {
    let failed: DeliveryError | undefined;
    try {
      await deliver();
    } catch (error) {
      failed = deliveryErrorOf(error);
    }
    const { trail, account, region } = part;
    const at = Date.now();
    this.attempts.note({ trail: trail.arn, account, region }, kind, at, failed);
    if (failed) {
      const { code, message } = failed;
      const { name, bucket } = trail;
      const logs = kind === "CloudWatchLogsDelivery" ? part.logEvents : part.records;
      const { length: records } = kind === "Notification" ? part.keys : logs;
      const failure = { at, kind, trail: name, bucket, account, region, code, message, records };
      part.failures.set(kind, failure);
    } else part.failures.delete(kind);
    return !failed;
  }
}
