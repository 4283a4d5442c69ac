/** Chance that can be repeated: the same seed, subject and count give the same number. */
import { randomInt } from "node:crypto";

export class Chance {
  private readonly counts = new Map<string, number>();

  constructor(readonly seed: number = randomInt(2 ** 31)) {}

  /** @returns the next number for this subject: 0 ≤ it < 1. Other subjects' numbers don't change it. */
  next(subject: string): number {
    const count = this.counts.get(subject) ?? 0;
    this.counts.set(subject, count + 1);
    return this.of(`${subject} ${count}`);
  }

  /** @returns the number for this text: always the same. */
  of(text: string): number {
    // FNV-1a, then the end of MurmurHash3, which spreads similar texts.
    let hash = 0x811c9dc5 ^ this.seed;
    for (let index = 0; index < text.length; index++)
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  }
}
