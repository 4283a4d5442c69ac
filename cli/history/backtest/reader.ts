/** Reads log files one after the other and finds the events that the controls' patterns match. */
import { createReadStream, readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { CatalogueEntry } from "../../../controls/lib/control";
import { calledDetailTypes, cloudTrailEvent, isWithheld, timeOf } from "@bailiwick/aws-events/cloudtrail";
import { patternText } from "@bailiwick/aws-events";
import {
  isJsonObject,
  type CloudTrailRecord,
  type EventBridgeEvent,
  type JsonObject,
} from "@bailiwick/aws-events/record";
import { RuleIndex } from "@bailiwick/aws-events";
import { NameFilter } from "./names";
import type { FileResult, Hit, ProblemKind, ReadOptions } from "./result";
import { Splitter, type Breakage, type ItemSink } from "./splitter";
import { unpack } from "./unpack";

/** Files with more text than this are read in pieces. */
const wholeFile = 8 * 1024 * 1024;

export class LogReader implements ItemSink {
  private readonly rules: RuleIndex;
  private readonly names: NameFilter;
  private readonly accounts: ReadonlySet<string>;
  private result: FileResult = emptyResult("");

  /** Hits refer to the order of `controls`. */
  constructor(
    private readonly controls: readonly CatalogueEntry[],
    private readonly options: ReadOptions,
  ) {
    this.rules = new RuleIndex(controls.map(({ pattern }) => patternText(pattern)));
    this.names = new NameFilter((name) =>
      this.rules.couldMatch({ "detail-type": calledDetailTypes, "detail.eventName": [name] }),
    );
    this.accounts = new Set(options.accounts);
  }

  /** Never throws for faults of the file: they are in the result. */
  async read(file: string): Promise<FileResult> {
    this.result = emptyResult(file);
    const { result } = this;
    const splitter = new Splitter(this.names, this);
    try {
      result.bytes = statSync(file).size;
      if (result.bytes === 0) this.problem("empty", "0 bytes");
      else if (!this.readWhole(file, splitter)) await this.readPieces(file, splitter);
      if (!splitter.foundText && result.problems.length === 0)
        this.problem("empty", "nothing but white space");
    } catch (error) {
      this.problem("can't be read", error instanceof Error ? error.message : String(error));
    }
    return result;
  }

  /** False when the file must be read in pieces: because it is large, or to read what precedes its fault. */
  private readWhole(file: string, splitter: Splitter): boolean {
    if (this.result.bytes > wholeFile) return false;
    let bytes = readFileSync(file);
    if (isGzip(bytes)) {
      // Header and trailer alone have 18 bytes.
      if (bytes.length < 18) return false;
      const textBytes = bytes.readUInt32LE(bytes.length - 4);
      if (textBytes > wholeFile) return false;
      try {
        // A buffer of the right size avoids joining pieces. The size is only the file's claim, hence the limit.
        bytes = gunzipSync(bytes, {
          chunkSize: Math.max(textBytes + 64, 4096),
          maxOutputLength: wholeFile * 2,
        });
      } catch {
        return false;
      }
    }
    this.result.textBytes = bytes.length;
    splitter.whole(bytes);
    return true;
  }

  private async readPieces(file: string, splitter: Splitter): Promise<void> {
    const take = (piece: Buffer): void => {
      this.result.textBytes += piece.length;
      splitter.push(piece);
    };
    let complete = true;
    try {
      if (isGzip(await firstBytes(file))) await unpack(file, take);
      else {
        for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 }))
          take(piece as Buffer);
      }
    } catch (error) {
      complete = false;
      const { code = "", message } = error as NodeJS.ErrnoException;
      this.problem(
        code === "Z_BUF_ERROR" ? "truncated gzip" : code.startsWith("Z_") ? "corrupt gzip" : "can't be read",
        message,
      );
    }
    splitter.end(complete);
  }

  passed(count: number): void {
    this.result.records += count;
  }

  broken(kind: Breakage, bytes: Buffer): void {
    this.problem(kind, bytes.length === 0 ? "the end is missing" : bytes.toString("utf8", 0, 80));
  }

  item(bytes: Buffer): boolean {
    const text = bytes.toString("utf8");
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.broken("broken JSON", bytes);
      return false;
    }
    this.record(value as JsonObject, text);
    return true;
  }

  /** A record that can't be processed doesn't prevent the others from being read. */
  private record(value: JsonObject, text?: string): void {
    try {
      this.value(value, text ?? JSON.stringify(value));
    } catch (error) {
      this.problem("unreadable record", error instanceof Error ? error.message : String(error));
    }
  }

  private value(value: JsonObject, text: string): void {
    const { result } = this;
    if (Array.isArray(value.Records)) {
      for (const record of value.Records) {
        if (isJsonObject(record)) this.record(record);
        else this.problem("wrong type", "Records");
      }
      return;
    }
    if ("digestStartTime" in value && "digestEndTime" in value) {
      result.digests++;
      return;
    }
    if ("detail-type" in value) this.envelope(value, text);
    else if (["eventVersion", "eventName", "eventSource", "userIdentity"].some((field) => field in value)) {
      result.records++;
      const event = cloudTrailEvent(value);
      if ("kind" in event) this.problem(event.kind, event.field);
      // The record's own text, because matching knows numbers as they are written.
      else
        this.match(
          { ...event, detail: value },
          `${JSON.stringify({ ...event, detail: 0 }).slice(0, -2)}${text}}`,
        );
    } else this.problem("not a CloudTrail record", text.slice(0, 80));
  }

  private envelope(event: JsonObject, text: string): void {
    this.result.records++;
    for (const field of ["source", "detail-type", "account", "region", "time", "id"]) {
      const value = event[field];
      if (value === undefined || value === null) return this.problem("missing field", field);
      if (typeof value !== "string") return this.problem("wrong type", field);
    }
    if (!isJsonObject(event.detail))
      return this.problem(event.detail === undefined ? "missing field" : "wrong type", "detail");
    if (timeOf(event.time as string) === undefined) return this.problem("wrong type", "time");
    this.match(event as unknown as EventBridgeEvent, text);
  }

  private match(event: EventBridgeEvent, text: string): void {
    this.result.examined++;
    const { since, until } = this.options;
    const time = Date.parse(event.time);
    if ((since !== undefined && time < since) || (until !== undefined && time >= until)) return;
    if (this.accounts.size > 0 && !this.accounts.has(event.account)) return;
    const record = event.detail as unknown as Partial<CloudTrailRecord>;
    for (const control of this.rules.match(text)) {
      this.result.hits.push({
        control,
        // The same call can be there as a record and as an event, whose own id differs.
        id: typeof record.eventID === "string" ? record.eventID : event.id,
        time: event.time,
        account: event.account,
        region: event.region,
        resources: this.resourcesOf(control, event),
        principal: principalOf(record),
        eventName: typeof record.eventName === "string" ? record.eventName : event["detail-type"],
        withheld: this.controls[control]?.readOnlyEvents !== true && isWithheld(record),
      });
    }
  }

  private resourcesOf(number: number, event: EventBridgeEvent): Hit["resources"] {
    const control = this.controls[number];
    try {
      return [control?.resource(event), ...(control?.furtherResources?.(event) ?? [])].flatMap((resource) =>
        resource ? [{ arn: resource.arn, type: resource.type }] : [],
      );
    } catch (error) {
      this.problem("resource unknown", error instanceof Error ? error.message : String(error));
      return [];
    }
  }

  private problem(kind: ProblemKind, example: string): void {
    const { problems } = this.result;
    const byField = kind === "missing field" || kind === "wrong type";
    const known = problems.find(
      (problem) => problem.kind === kind && (!byField || problem.example === example),
    );
    if (known) known.count++;
    else problems.push({ kind, example, count: 1 });
  }
}

function emptyResult(file: string): FileResult {
  return { file, bytes: 0, textBytes: 0, records: 0, examined: 0, digests: 0, problems: [], hits: [] };
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function firstBytes(file: string): Promise<Buffer> {
  for await (const piece of createReadStream(file, { end: 31 })) return piece as Buffer;
  return Buffer.alloc(0);
}

function principalOf({ userIdentity }: Partial<CloudTrailRecord>): string {
  const identity: unknown = userIdentity;
  if (!isJsonObject(identity)) return "unknown";
  const session = identity.sessionContext;
  const issuer =
    isJsonObject(session) && isJsonObject(session.sessionIssuer) ? session.sessionIssuer.arn : undefined;
  for (const name of [issuer, identity.arn, identity.invokedBy, identity.principalId, identity.type]) {
    if (typeof name === "string" && name !== "") return name;
  }
  return "unknown";
}
