/** Decides by a call's name, from the bytes of a log file, whether any control can match the call. */
import { eventLength, nextOfEvent, standsAt } from "./marks";

const quote = 0x22;
const backslash = 0x5c;
const nameMark = Buffer.from('Name":"');
const sourceMark = Buffer.from('.amazonaws.com",');
const nameLength = eventLength + nameMark.length;

/** Records with longer names are read in full: CloudTrail's names have at most about sixty letters. */
const longestName = 128;
/** A power of two, and several times the number of AWS's names, so that most are found at the first look. */
const slots = 1 << 15;
/** The most names that are kept. */
const mostKnown = slots / 2;

/**
 * The names so far are stored one after the other in few bytes: megabytes of a file pass through the processor's caches and would
 * evict objects repeatedly.
 */
export class NameFilter {
  /** Where in `texts` a name begins, in the slot of `slotOf` or the next free one; 0: nowhere. */
  private starts = new Int32Array(slots);
  /** For each name: whether it is wanted, its letters, and the closing quote. */
  private texts = Buffer.alloc(1 << 16);
  private end = 1;
  private count = 0;

  /** `wanted` is asked once for each name. */
  constructor(private readonly wanted: (name: string) => boolean) {}

  /** The offset behind the next `"eventName":"` at or after `from`, or −1. */
  next(bytes: Buffer, from: number): number {
    return nextOfEvent(bytes, from, nameMark);
  }

  /** Does the name, found by `next`, follow the event source, as in AWS's records, and nowhere inside one? */
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
    return this.add(bytes, at, slot);
  }

  private add(bytes: Buffer, at: number, slot: number): boolean {
    const end = bytes.indexOf(quote, at);
    if (end < 0 || end > at + longestName) return true;
    const letters = bytes.subarray(at, end + 1);
    if (letters.includes(backslash)) return true;
    const wanted = this.wanted(bytes.toString("utf8", at, end));
    // A file may contain any number of names.
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

/** Mixes bytes in which the names of one service differ; the bytes behind a short name are always the same in AWS's records. */
function slotOf(bytes: Buffer, at: number): number {
  const key = four(bytes, at + 4) ^ Math.imul(four(bytes, at + 8), 31) ^ Math.imul(four(bytes, at + 12), 961);
  return Math.imul(key, 0x9e3779b1) >>> 17;
}

/** Beyond the end, bytes count as zeros. */
function four(bytes: Buffer, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
