/** Gathers records and brings them to the trails' buckets, in files. What can't be delivered waits, and says why. */
import type { CloudTrailRecord } from "../../events/record";
import { DeliveryError, type LogBucket } from "./log-bucket";
import { DigestSigner, logFile, type LogFile, type LogPart, type PreviousDigest } from "./log-files";
import type { Trail } from "./selectors";

export interface DeliveryFailure {
  /** Milliseconds since 1970. */
  at: number;
  trail: string;
  bucket: string;
  account: string;
  region: string;
  /** `AccessDenied`, `NoSuchBucket`, … */
  code: string;
  message: string;
  /** Records that wait to be delivered. */
  records: number;
}

interface Part extends LogPart {
  records: CloudTrailRecord[];
  /** Delivered since the last digest. */
  files: LogFile[];
  /** Since when the next digest speaks: milliseconds since 1970. */
  digestFrom: number;
  previous?: PreviousDigest;
  failure?: DeliveryFailure;
}

/** AWS tries for 30 days; here the memory sets the limit. Records of one part. */
const MAXIMUM_WAITING = 20_000;

export class LogDelivery {
  private parts = new Map<string, Part>();
  private running: Promise<void> = Promise.resolve();
  readonly signer = new DigestSigner();
  /** Files written so far. */
  delivered = 0;
  /** Records that were given up because too many waited. */
  lost = 0;

  constructor(
    private readonly bucket: Promise<LogBucket>,
    private readonly organizationId: string,
    /** The trail as it is now: what waits goes where the trail now says. Undefined if it was deleted. */
    private readonly current: (arn: string) => Trail | undefined,
    private readonly onFailure: (failure: DeliveryFailure) => void = () => undefined,
  ) {}

  add(trail: Trail, record: CloudTrailRecord): void {
    const { recipientAccountId: account, awsRegion: region } = record;
    const name = `${trail.arn} ${account} ${region}`;
    let part = this.parts.get(name);
    if (!part) {
      const { organizationId } = this;
      part = { trail, organizationId, account, region, records: [], files: [], digestFrom: Date.now() };
      this.parts.set(name, part);
    }
    part.records.push(record);
    if (part.records.length > MAXIMUM_WAITING) {
      part.records.shift();
      this.lost += 1;
    }
  }

  /** What can't be delivered at present, by trail, account and region. */
  get failures(): DeliveryFailure[] {
    return [...this.parts.values()].map(({ failure }) => failure).filter((failure) => failure !== undefined);
  }

  /** Delivers what has been gathered. Never rejects: failures are in `failures`. */
  flush(): Promise<void> {
    return this.inTurn(async (part) => {
      if (part.records.length === 0) return;
      const records = part.records;
      part.records = [];
      const file = logFile(part, records, Date.now());
      const failed = await this.put(part, file.key, file.body);
      if (failed) part.records = [...records, ...part.records];
      else part.files.push(file);
      this.remember(part, failed);
    });
  }

  /** Writes a digest file for every part whose trail asks for log file validation. AWS does so once an hour, with or without files. */
  digest(): Promise<void> {
    return this.inTurn(async (part) => {
      if (!part.trail.logFileValidation) return;
      const times = { start: part.digestFrom, end: Date.now() };
      const digest = this.signer.digest(part, part.files, times, part.previous);
      const failed = await this.put(part, digest.key, digest.body, digest.metadata);
      this.remember(part, failed);
      if (failed) return;
      part.previous = digest.previous;
      part.digestFrom = times.end;
      part.files = [];
    });
  }

  async close(): Promise<void> {
    await this.running;
    (await this.bucket.catch(() => undefined))?.close();
  }

  /** One after the other, so that digests and files keep their order. */
  private inTurn(work: (part: Part) => Promise<void>): Promise<void> {
    this.running = this.running.then(async () => {
      for (const part of this.parts.values()) {
        part.trail = this.current(part.trail.arn) ?? part.trail;
        await work(part);
      }
    });
    return this.running;
  }

  private async put(
    part: Part,
    key: string,
    body: Buffer,
    metadata?: Record<string, string>,
  ): Promise<DeliveryError | undefined> {
    try {
      await (await this.bucket).put(part.trail, key, body, metadata);
      this.delivered += 1;
      return undefined;
    } catch (error) {
      if (error instanceof DeliveryError) return error;
      return new DeliveryError((error as Error).name, (error as Error).message);
    }
  }

  private remember(part: Part, failed: DeliveryError | undefined): void {
    const before = part.failure;
    part.failure = failed && {
      at: Date.now(),
      trail: part.trail.name,
      bucket: part.trail.bucket,
      account: part.account,
      region: part.region,
      code: failed.code,
      message: failed.message,
      records: part.records.length,
    };
    if (part.failure && part.failure.message !== before?.message) this.onFailure(part.failure);
  }
}
