/** Decides by a call's name, straight from the bytes of a log file, whether any control can concern itself with the call. */

const quote = 0x22;
const backslash = 0x5c;
/** `"eventName":"` begins five characters before; searching starts with a letter that is rare in log files. */
const nameMark = Buffer.from('Name":"');
const sourceMark = Buffer.from('.amazonaws.com","eventName":"');
const eventMark = Buffer.from('"event');

interface KnownName {
  bytes: Uint8Array;
  wanted: boolean;
  /** Another name with the same key. */
  other: KnownName | undefined;
}

export class NameFilter {
  /** By some of the name's bytes; names with the same key are told apart by all of them. */
  private readonly known = new Map<number, KnownName>();

  /** `wanted` is asked once for each name. */
  constructor(private readonly wanted: (name: string) => boolean) {}

  /** The offset behind the next `"eventName":"` at or after `from`, or −1. */
  next(bytes: Buffer, from: number): number {
    for (let at = from; ;) {
      at = bytes.indexOf(nameMark, at);
      if (at < 0) return -1;
      let i = 0;
      while (i < 6 && bytes[at - 6 + i] === eventMark[i]) i++;
      at += nameMark.length;
      if (i === 6) return at;
    }
  }

  /** Does the name follow the event source, as it does in records by AWS and nowhere inside of one? */
  isRecords(bytes: Buffer, at: number): boolean {
    const start = at - sourceMark.length;
    let i = 0;
    while (i < sourceMark.length && bytes[start + i] === sourceMark[i]) i++;
    return i === sourceMark.length;
  }

  /** Is the name that starts at `at` and ends with a quote one that some control wants? Unclear names count as wanted. */
  isWanted(bytes: Buffer, at: number): boolean {
    const limit = Math.min(bytes.length, at + 128);
    let end = at;
    let last = 0;
    for (; end < limit; end++) {
      const byte = bytes[end] as number;
      if (byte === quote) break;
      if (byte === backslash) return true;
      last = byte;
    }
    if (end === limit) return true;
    const length = end - at;
    const key =
      last ^
      ((bytes[at + (length >> 1)] as number) << 7) ^
      ((bytes[end - 3] as number) << 14) ^
      (length << 21);
    for (let name = this.known.get(key); name !== undefined; name = name.other) {
      if (name.bytes.length !== length) continue;
      let i = 0;
      while (i < length && bytes[at + i] === name.bytes[i]) i++;
      if (i === length) return name.wanted;
    }
    const wanted = this.wanted(bytes.toString("utf8", at, end));
    this.known.set(key, {
      bytes: Uint8Array.from(bytes.subarray(at, end)),
      wanted,
      other: this.known.get(key),
    });
    return wanted;
  }
}
