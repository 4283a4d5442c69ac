/** The ledger's table: items that are read together and written only over the version that was read. */
import type { LedgerItem } from "../../../contract/ledger-records";

/** Where the ledger keeps its items: DynamoDB, or a spec's memory. */
export interface Store {
  /** The current items that exist, by id. */
  read(ids: readonly string[]): Promise<Map<string, LedgerItem>>;
  /**
   * Writes all or none. A new item has version 1, and any other the version after the current one.
   * @returns false when another writer was faster
   */
  write(items: readonly LedgerItem[]): Promise<boolean>;
  /** Adds to a counter that starts at 0. @returns its new value */
  add(id: string, amount: number, expires: number): Promise<number>;
}

/** The body of a counter's item: DynamoDB adds to its attribute without a read. */
export const counterBody = (count: number) => JSON.stringify({ count });
