/** Finds field names in a log file's bytes. */

/** The beginning of `"eventName":"`. The search is for the rest, which is rarer. */
const eventMark = Buffer.from('"event');

/** The bytes of `"event` before a mark that `nextOfEvent` finds. */
export const eventLength = eventMark.length;

export function standsAt(bytes: Buffer, at: number, mark: Buffer): boolean {
  let i = 0;
  while (i < mark.length && bytes[at + i] === mark[i]) i++;
  return i === mark.length;
}

/** The offset behind the next `"event` + mark at or after `from`, or −1. A mark should begin with a letter that is rare in log files. */
export function nextOfEvent(bytes: Buffer, from: number, mark: Buffer): number {
  for (let at = from; ;) {
    at = bytes.indexOf(mark, at);
    if (at < 0) return -1;
    const found = standsAt(bytes, at - eventLength, eventMark);
    at += mark.length;
    if (found) return at;
  }
}
