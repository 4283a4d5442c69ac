/** Work in order, and several pieces at a time where the work allows it. */

/** Takes items one by one and processes them in batches, in the order of their arrival. */
export class OrderedQueue<Item> {
  private waiting: Item[] = [];
  private running = 0;

  /**
   * @param batch how many of the waiting items go together; at least 1 if there are any.
   * @param work never rejects.
   * @param concurrency how many batches are in progress at once. Only 1 keeps the order.
   */
  constructor(
    private readonly batch: (waiting: readonly Item[]) => number,
    private readonly work: (items: Item[]) => Promise<void>,
    private readonly concurrency = 1,
  ) {}

  push(item: Item): void {
    this.waiting.push(item);
    this.start();
  }

  private start(): void {
    while (this.running < this.concurrency && this.waiting.length > 0) {
      const items = this.waiting.splice(0, this.batch(this.waiting));
      this.running++;
      void this.work(items).finally(() => {
        this.running--;
        this.start();
      });
    }
  }
}

/** Counts the work in progress, and reports when there is none. */
export class Busy {
  private count = 0;
  private waiters: (() => void)[] = [];

  begin(): void {
    this.count++;
  }

  end(): void {
    this.count--;
    if (this.count > 0) return;
    const waiters = this.waiters;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }

  idle(): Promise<void> {
    return this.count === 0 ? Promise.resolve() : new Promise((resolve) => this.waiters.push(resolve));
  }
}
