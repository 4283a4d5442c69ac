/** A ledger's table in memory, for specs: behaves as DynamoDB does when several write at once. */
import { counterBody, type Item, type Store } from "./store";

export interface MemoryStore extends Store {
  items: Map<string, Item>;
  /** Awaited before each call, by its name: lets a spec slow it down, or make it fail. */
  before: (call: "read" | "write" | "add") => Promise<void>;
}

export function memoryStore(): MemoryStore {
  const items = new Map<string, Item>();
  const store: MemoryStore = {
    items,
    before: () => new Promise((resolve) => setImmediate(resolve)),
    async read(ids) {
      await store.before("read");
      return new Map(
        ids.flatMap((id) => {
          const item = items.get(id);
          return item ? [[id, { ...item }] as const] : [];
        }),
      );
    },
    async write(written) {
      await store.before("write");
      if (written.some(({ id, version }) => (items.get(id)?.version ?? 0) !== version - 1)) return false;
      for (const item of written) items.set(item.id, { ...item });
      return true;
    },
    async add(id, amount, expires) {
      await store.before("add");
      const known = items.get(id);
      const count = amount + (known ? (JSON.parse(known.body) as { count: number }).count : 0);
      items.set(id, { id, version: 0, expires, body: counterBody(count) });
      return count;
    },
  };
  return store;
}
