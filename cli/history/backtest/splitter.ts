/**
 * Splits the bytes of a log file into its items: CloudTrail records or EventBridge events, in any of the usual layouts –
 * `{"Records":[…]}` as AWS writes it, an array, or one object after the other. Works on pieces of a file, so that memory doesn't
 * depend on its size.
 *
 * Records as AWS writes them begin with `{"eventVersion":"` and are one line, so they are found by search alone, and those whose
 * name no control asks for are only counted. Everything else is followed bracket by bracket.
 *
 * Own code instead of JSON.parse because it was measured (`npm run bench -- backtest`, docs/backtest.md): with it the whole backtest
 * runs at 88 % of the speed at which bare gunzip unpacks the same files (10,000 files with 10 million records, 14 GB of text, on 2
 * cores). When a control on CloudTrail Insights had every record parsed, it ran at 13 % instead of 85 %. Long because the layouts share
 * the scanning of brackets and strings.
 */
import { insightEventType } from "@bailiwick/aws-events/cloudtrail";
import { nextOfEvent, standsAt } from "./marks";
import type { NameFilter } from "./names";

export type Breakage = "broken JSON" | "cut off" | "too large" | "given up";

export interface ItemSink {
  /** An item to be read; false when it can't be. `bytes` is only valid during the call. */
  item(bytes: Buffer): boolean;
  /** Items that were found and need not be read. */
  passed(count: number): void;
  /** Something that isn't an item, or a part of one; `bytes` is its beginning. */
  broken(kind: Breakage, bytes: Buffer): void;
}

/** AWS's records are at most 256 KB, events 1 MB. Anything larger is no item but a file that never ends one. */
const largestItem = 4 * 1024 * 1024;
const recordMark = Buffer.from('{"eventVersion":"');
/** Records of CloudTrail Insights name, deep inside, the calls that they are about: all of them are read. */
const insightMark = Buffer.from(`"${insightEventType}"`);
const typeMark = Buffer.from('Type":"');
const looseMark = Buffer.from('"eventVersion"');

/** Bytes that are scanned again in a file of beginnings without an end: a second's work. */
const LEAST_PATIENCE = 256 * 1024 * 1024;

/** As Latin-1. */
const byteOrderMark = "ï»¿";

const newline = 0x0a;
const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const letterS = 0x73;
const letterU = 0x75;
const openArray = 0x5b;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

type Layout =
  /** Items in the array of `Records` or in an array: `depth` brackets around them. */
  { kind: "container"; depth: number } | { kind: "sequence" };

/** A search that continues from its last result, so that queries in ascending order scan the bytes once. */
class Search {
  private bytes: Buffer = Buffer.alloc(0);
  private from = 0;
  private found = -1;

  /** `find` returns the first offset at or after `from`, or −1. */
  constructor(private readonly find: (bytes: Buffer, from: number) => number) {}

  next(bytes: Buffer, from: number): number {
    const known = this.bytes === bytes && from >= this.from && (this.found < 0 || from <= this.found);
    // The result at `from` itself was returned already.
    if (known && this.found !== from) return this.found;
    this.bytes = bytes;
    this.from = from;
    return (this.found = this.find(bytes, from));
  }
}

export class Splitter {
  /** Was there anything but white space? */
  foundText = false;
  private rest: Buffer = Buffer.alloc(0);
  private layout: Layout | undefined;
  /** Are we inside of an item that is too large? */
  private lost = false;
  private readonly name: Search;
  private readonly type = new Search((bytes, from) => nextOfEvent(bytes, from, typeMark));
  private readonly insight = new Search((bytes, from) => bytes.indexOf(insightMark, from));

  constructor(
    private readonly names: NameFilter,
    private readonly sink: ItemSink,
  ) {
    this.name = new Search((bytes, from) => names.next(bytes, from));
  }

  push(piece: Buffer): void {
    if (this.lost) {
      this.resume(piece);
      return;
    }
    const bytes = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    const done = this.split(bytes, false);
    const rest = bytes.subarray(done);
    if (rest.length > largestItem) {
      this.sink.broken("too large", rest.subarray(0, 200));
      this.rest = Buffer.alloc(0);
      this.resume(rest.subarray(1));
      return;
    }
    // A piece is reused or large: only its unfinished rest is kept.
    this.rest = rest.length === 0 ? rest : Buffer.from(rest);
  }

  /** Inside an item that is too large: continues with the next record, if there is one. */
  private resume(piece: Buffer): void {
    const bytes = Buffer.concat([this.rest, piece]);
    const next = nextStart(bytes, nowhere, bytes.length);
    this.lost = next < 0;
    // Enough to recognize a beginning across two pieces.
    this.rest = Buffer.from(bytes.subarray(next < 0 ? Math.max(0, bytes.length - 64) : next));
    if (!this.lost) this.push(Buffer.alloc(0));
  }

  /** All of a file at once, instead of `push` and `end`. */
  whole(bytes: Buffer): void {
    this.rest = bytes;
    this.end();
  }

  /** `complete`: the file ended as it should, so that an unfinished item is the writer's fault. */
  end(complete = true): void {
    if (this.lost) return;
    let bytes = this.rest;
    this.rest = Buffer.alloc(0);
    // Each beginning without an end is scanned up to the file's end: a file of nothing else would take hours.
    let patience = Math.max(LEAST_PATIENCE, 64 * bytes.length);
    for (;;) {
      const done = this.split(bytes, true);
      const left = this.trimmed(bytes, done);
      if (left.length === 0) {
        if (this.layout?.kind === "container" && complete) this.sink.broken("cut off", Buffer.alloc(0));
        return;
      }
      const next = nextStart(left, 0, left.length);
      this.sink.broken(next < 0 ? "cut off" : "broken JSON", left.subarray(0, 200));
      if (next < 0) return;
      bytes = left.subarray(next);
      patience -= bytes.length;
      if (patience < 0) return this.sink.broken("given up", bytes.subarray(0, 200));
    }
  }

  /** The offset up to which the bytes are done. */
  private split(bytes: Buffer, last: boolean): number {
    let at = 0;
    for (;;) {
      at = this.skip(bytes, at);
      if (at >= bytes.length) return at;
      if (!this.layout) {
        this.foundText = true;
        const start = this.recognize(bytes, at, last);
        if (start < 0) return at;
        at = start;
        continue;
      }
      const fast = this.layout.kind === "container" ? this.records(bytes, at, last) : this.lines(bytes, at);
      const next = fast > at ? fast : this.next(bytes, at, last);
      if (next < 0) return at;
      at = next;
    }
  }

  /** Recognizes the layout by the text at `from`; returns where its items begin, or −1 when more bytes are needed. */
  private recognize(bytes: Buffer, from: number, last: boolean): number {
    if (bytes.length - from < 512 && !last) return -1;
    const head = bytes.toString("latin1", from, from + 512);
    const mark = head.startsWith(byteOrderMark) ? byteOrderMark.length : 0;
    const records = /^\s*\{\s*"Records"\s*:\s*\[/.exec(head.slice(mark));
    const array = records ? undefined : /^\s*\[/.exec(head.slice(mark));
    this.layout = records || array ? { kind: "container", depth: records ? 2 : 1 } : { kind: "sequence" };
    return from + mark + ((records ?? array)?.[0].length ?? 0);
  }

  /**
   * Records as AWS writes them: one name, after the source, and the next record directly after the end. Only the brackets of the last
   * record in these bytes are counted, from its `eventType` on, where few bytes are left. Returns where the first other item begins.
   */
  private records(bytes: Buffer, from: number, last: boolean): number {
    const { names, name, type } = this;
    const spans: number[] = [];
    let at = from;
    let entire = false;
    for (let more = isRecordAt(bytes, at); more && hasCaller(bytes, at);) {
      const own = name.next(bytes, at);
      const next = bytes.indexOf(recordMark, at + recordMark.length);
      const kind = own < 0 || next >= 0 ? own : type.next(bytes, own);
      // A piece of a file can end anywhere, which is no reason to check the records before again.
      entire = kind < 0 && !last;
      if (kind < 0 || !names.isRecords(bytes, own)) break;
      let end = next - 1;
      more = next >= 0;
      // A name after the end is another record's: this one has none.
      if (more && (own > end || !endsRecord(bytes, end))) break;
      if (!more) {
        end = endOfRecord(bytes, kind);
        entire = end < 0 && !last;
        if (end < 0) break;
        more = bytes[end] === comma && isRecordAt(bytes, end + 1);
      }
      const other = name.next(bytes, own);
      // With a second name it may contain another record.
      if (other >= 0 && other < end) break;
      const wanted = names.isWanted(bytes, own);
      if (wanted && endOfObject(bytes, at) !== end) break;
      spans.push(at, end, wanted ? 1 : 0);
      at = more ? end + 1 : end;
      entire = !more && this.isEndOfList(bytes, end);
    }
    // Where records only seem to end, because one contains text like others, the run doesn't end with the list.
    return this.deliver(bytes, spans, entire, at);
  }

  /** Delivers a run of records, `[begin, end, wanted?]` each, up to the first whose brackets don't end where it does. */
  private deliver(bytes: Buffer, spans: readonly number[], entire: boolean, end: number): number {
    let passed = 0;
    let done = end;
    for (let i = 0; i < spans.length; i += 3) {
      const [from = 0, to = 0, wanted] = [spans[i], spans[i + 1], spans[i + 2]];
      if (!entire && wanted === 0 && endOfObject(bytes, from) !== to) {
        done = from;
        break;
      }
      if (wanted === 1) this.sink.item(bytes.subarray(from, to));
      else passed++;
    }
    if (passed > 0) this.sink.passed(passed);
    return done;
  }

  /** Does the list of records end here, followed by nothing but another file's text? */
  private isEndOfList(bytes: Buffer, from: number): boolean {
    if (this.layout?.kind !== "container" || bytes[from] !== closeArray) return false;
    if (this.layout.depth === 2 && bytes[from + 1] !== closeObject) return false;
    const behind = bytes[from + this.layout.depth];
    return behind === undefined || isSpace(behind) || behind === openObject;
  }

  /** Whole lines with one object each. Returns where the first other line begins. */
  private lines(bytes: Buffer, from: number): number {
    const { names, sink } = this;
    let at = from;
    let passed = 0;
    let name = this.name.next(bytes, at);
    while (bytes[at] === openObject) {
      const end = bytes.indexOf(newline, at);
      if (end < 0) break;
      let text = end;
      while (isSpace(bytes[text - 1])) text--;
      if (bytes[text - 1] !== closeObject) break;
      const insight = this.insight.next(bytes, at);
      let wanted = name < 0 || name >= end || (insight >= 0 && insight < end);
      for (; name >= 0 && name < end; name = names.next(bytes, name)) wanted ||= names.isWanted(bytes, name);
      // A pretty-printed object can have a line that starts and ends like one; only whole ones are passed or taken.
      if (wanted && !isBalanced(bytes, at, text)) break;
      if (wanted) sink.item(bytes.subarray(at, text));
      else passed++;
      at = end + 1;
      while (isSpace(bytes[at])) at++;
    }
    if (passed > 0) sink.passed(passed);
    return at;
  }

  /** One item, bracket by bracket. Returns the offset after it, or −1 when it doesn't end here. */
  private next(bytes: Buffer, from: number, last: boolean): number {
    const container = this.layout?.kind === "container" ? this.layout : undefined;
    if (container && bytes[from] === closeArray) {
      if (container.depth === 1) return this.closed(from + 1);
      const at = this.skip(bytes, from + 1);
      if (bytes[at] === closeObject) return this.closed(at + 1);
      if (at >= bytes.length && !last) return -1;
      // Other fields after the records, which log files don't have.
      return this.closed(at);
    }
    if (bytes[from] !== openObject) {
      // Up to the next possible beginning of an item.
      const next = nextOf(bytes, from + 1, openObject, container ? closeArray : -1);
      if (next < 0 && !last) return -1;
      const end = next < 0 ? bytes.length : next;
      this.sink.broken("broken JSON", bytes.subarray(from, Math.min(end, from + 200)));
      return end;
    }
    const end = endOfObject(bytes, from);
    if (end < -1) {
      // The item is certainly broken: searching its end again from each beginning in it would take forever.
      const fault = -end - 2;
      const next = nextStart(bytes, fault - 1, bytes.length);
      if (next < 0 && !last) return -1;
      this.sink.broken("broken JSON", bytes.subarray(from, Math.min(fault, from + 200)));
      return next < 0 ? bytes.length : next;
    }
    if (end < 0 || this.sink.item(bytes.subarray(from, end))) return end;
    const next = nextStart(bytes, from, end);
    return next < 0 ? end : next;
  }

  /** Another container may follow: files are concatenated, and gzip files have several members. */
  private closed(at: number): number {
    this.layout = undefined;
    return at;
  }

  private skip(bytes: Buffer, from: number): number {
    let at = from;
    while (isSpace(bytes[at]) || bytes[at] === comma) at++;
    return at;
  }

  private trimmed(bytes: Buffer, from: number): Buffer {
    return bytes.subarray(this.skip(bytes, from));
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;
}

/** Does a record as AWS writes it continue with `userIdentity` after the version? Those of Insights have none. */
function hasCaller(bytes: Buffer, record: number): boolean {
  const version = record + recordMark.length;
  let at = version;
  while (bytes[at] !== quote && at < version + 8) at++;
  // No other field begins like it but `userAgent`, which insights don't have either.
  return bytes[at + 3] === letterU && bytes[at + 4] === letterS;
}

/** Does a record seem to end at this comma: with a string, in it or in an object in it? */
function endsRecord(bytes: Buffer, end: number): boolean {
  if (bytes[end] !== comma || bytes[end - 1] !== closeObject) return false;
  return bytes[end - 2] === quote || (bytes[end - 2] === closeObject && bytes[end - 3] === quote);
}

/** From inside a string in an object: the offset after that object, or −1. */
function endOfRecord(bytes: Buffer, from: number): number {
  let at = endOfString(bytes, from - 1);
  for (let depth = 1; at >= 0 && ++at < bytes.length;) {
    const byte = bytes[at];
    if (byte === quote) at = endOfString(bytes, at);
    else if (byte === openObject || byte === openArray) depth++;
    else if ((byte === closeObject || byte === closeArray) && --depth === 0) {
      return byte === closeObject ? at + 1 : -1;
    }
  }
  return -1;
}

const isRecordAt = (bytes: Buffer, at: number): boolean => standsAt(bytes, at, recordMark);

/** For `nextStart`: there is no item at the beginning. */
const nowhere = -1000;

/**
 * Unpaired brackets or quotes swallow the text after them. Where, after the beginning of such an item, does another seem to begin: an
 * object at the start of a line, or a record? −1: nowhere.
 */
function nextStart(bytes: Buffer, from: number, to: number): number {
  const own = bytes.indexOf(looseMark, Math.max(0, from));
  const mark = own < 0 ? -1 : bytes.indexOf(looseMark, own < from + 100 ? own + 1 : own);
  const brace = mark < 0 || mark >= to ? -1 : bytes.lastIndexOf(openObject, mark);
  const line = bytes.indexOf("\n{", Math.max(0, from + 1));
  const starts = [brace, line < 0 ? -1 : line + 1].filter((at) => at >= 0 && at > from && at < to);
  return starts.length === 0 ? -1 : Math.min(...starts);
}

function isBalanced(bytes: Buffer, from: number, to: number): boolean {
  return endOfObject(bytes.subarray(0, to), from) === to;
}

/** The offset after the object that starts at `from`; −1: it doesn't end here; −2 − n: a string in it is cut by the newline at n. */
function endOfObject(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    switch (bytes[at]) {
      case quote:
        at = endOfString(bytes, at);
        if (at < 0) return at;
        break;
      case openObject:
      case openArray:
        depth++;
        break;
      case closeObject:
      case closeArray:
        if (--depth === 0) return at + 1;
        break;
      default:
    }
  }
  return -1;
}

/** The offset of the quote that ends the string; −1: it doesn't end here; −2 − n: a newline, which JSON allows in no string, is at n. */
function endOfString(bytes: Buffer, from: number): number {
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === backslash) at++;
    else if (byte === quote) return at;
    else if (byte === newline) return -2 - at;
  }
  return -1;
}

function nextOf(bytes: Buffer, from: number, a: number, b: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === a || bytes[at] === b) return at;
  return -1;
}
