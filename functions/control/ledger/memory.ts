/** A ledger's table in memory, for specs. Concurrent writers conflict as in DynamoDB. */
import type { LedgerItem } from "../../../contract/ledger-records";
import { counterBody, type Store } from "./store";

export interface MemoryStore extends Store {
  items: Map<string, LedgerItem>;
  /** Awaited before each call, so that a spec can delay it or make it fail. */
  before: (call: "read" | "write" | "add") => Promise<void>;
}

export function memoryStore(): MemoryStore {
  const items = new Map<string, LedgerItem>();
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
    async write(changed) {
      await store.before("write");
      if (changed.some(({ id, version }) => (items.get(id)?.version ?? 0) !== version - 1)) return false;
      for (const item of changed) items.set(item.id, { ...item });
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
