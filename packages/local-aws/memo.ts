/** Remembers answers until it is told to forget them. An answer that was in progress at that moment is not kept. */

export class Memo<Value> {
  private entries = new Map<string, { value: Promise<Value>; until: number }>();

  /** @param lifetimeMilliseconds how long an answer is kept at most. Default: until forgotten. */
  constructor(private readonly lifetimeMilliseconds = Number.POSITIVE_INFINITY) {}

  get(key: string, load: () => Promise<Value>): Promise<Value> {
    const kept = this.entries.get(key);
    if (kept && performance.now() < kept.until) return kept.value;
    const entry = { value: load(), until: performance.now() + this.lifetimeMilliseconds };
    this.entries.set(key, entry);
    entry.value.catch(() => {
      // A failure is not an answer: the next call asks again.
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    return entry.value;
  }

  /** Forgets everything, or the keys that start with the prefix. */
  forget(prefix = ""): void {
    if (prefix === "") this.entries = new Map();
    else for (const key of this.entries.keys()) if (key.startsWith(prefix)) this.entries.delete(key);
  }
}
