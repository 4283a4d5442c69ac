/** Decides by a call's name, straight from the bytes of a log file, whether any control can concern itself with the call. */
import { eventLength, nextOfEvent, standsAt } from "./marks";

const quote = 0x22;
const backslash = 0x5c;
const nameMark = Buffer.from('Name":"');
const sourceMark = Buffer.from('.amazonaws.com",');
const nameLength = eventLength + nameMark.length;

/** Longer names are read in full: what CloudTrail calls an API has at most some sixty letters. */
const longestName = 128;
/** A power of two, and some times the names that AWS has: most names are then found where they are looked for first. */
const slots = 1 << 15;
/** As many names are kept. */
const mostKnown = slots / 2;

/**
 * The names asked for so far lie one behind the other in few bytes: while megabytes of a file pass through the processor's caches,
 * objects would be out of them again and again.
 */
export class NameFilter {
  /** Where in `texts` a name begins, by what `slotOf` makes of it, or the next free slot; 0: nowhere. */
  private starts = new Int32Array(slots);
  /** Of each name whether it is wanted, its letters, and the quote behind it. */
  private texts = Buffer.alloc(1 << 16);
  private end = 1;
  private count = 0;

  /** `wanted` is asked once for each name. */
  constructor(private readonly wanted: (name: string) => boolean) {}

  /** The offset behind the next `"eventName":"` at or after `from`, or −1. */
  next(bytes: Buffer, from: number): number {
    return nextOfEvent(bytes, from, nameMark);
  }

  /** Does the name, found by `next`, follow the event source, as it does in records by AWS and nowhere inside of one? */
  isRecords(bytes: Buffer, at: number): boolean {
    return standsAt(bytes, at - nameLength - sourceMark.length, sourceMark);
  }

  /** Is the name that starts at `at` and ends with a quote one that some control wants? Unclear names count as wanted. */
  isWanted(bytes: Buffer, at: number): boolean {
    const { starts, texts } = this;
    let slot = slotOf(bytes, at);
    for (; starts[slot] !== 0; slot = (slot + 1) % slots) {
      const start = starts[slot] as number;
      for (let i = 0; texts[start + 1 + i] === bytes[at + i]; i++) {
        if (bytes[at + i] === quote) return texts[start] === 1;
      }
    }
    return this.learn(bytes, at, slot);
  }

  private learn(bytes: Buffer, at: number, slot: number): boolean {
    const end = bytes.indexOf(quote, at);
    if (end < 0 || end > at + longestName) return true;
    const letters = bytes.subarray(at, end + 1);
    if (letters.includes(backslash)) return true;
    const wanted = this.wanted(bytes.toString("utf8", at, end));
    // A file may hold any number of names.
    if (this.count === mostKnown) return wanted;
    this.count++;
    if (this.end + letters.length + 1 > this.texts.length)
      this.texts = Buffer.concat([this.texts], this.texts.length * 2);
    this.starts[slot] = this.end;
    this.texts[this.end] = wanted ? 1 : 0;
    this.texts.set(letters, this.end + 1);
    this.end += letters.length + 1;
    return wanted;
  }
}

/** Mixes bytes in which the names of one service differ; those behind a short name are, in records by AWS, always the same. */
function slotOf(bytes: Buffer, at: number): number {
  const key = four(bytes, at + 4) ^ Math.imul(four(bytes, at + 8), 31) ^ Math.imul(four(bytes, at + 12), 961);
  return Math.imul(key, 0x9e3779b1) >>> 17;
}

/** Behind the end of the bytes there are zeros. */
function four(bytes: Buffer, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
