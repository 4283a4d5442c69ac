/** The ledger's table: items that are read together and written only over the version that was read. */

/** One item. Everything but the fields by which it is found and listed is in `body`. */
export interface Item {
  id: string;
  /** Counts the writes. A writer says which version it has read, so that of two that meet one learns of it. */
  version: number;
  /** The list in which the index has it: a control's id for outcomes, `breakers` or `exemptions`. Absent: in none. */
  list?: string;
  /** ISO 8601, the order within the list. */
  at?: string;
  account?: string;
  outcome?: string;
  /** Seconds since 1970, after which DynamoDB deletes it. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
  expires: number;
  /** JSON. */
  body: string;
}

/** Where the ledger keeps its items: DynamoDB, or a spec's memory. */
export interface Store {
  /** The items that are there, by id, as they are now. */
  read(ids: readonly string[]): Promise<Map<string, Item>>;
  /**
   * Writes all or none. Each must follow the version that is there: 1 a new one, else the next.
   * @returns false when another writer came first.
   */
  write(items: readonly Item[]): Promise<boolean>;
  /** Adds to a counter that starts at 0. @returns what it then is. */
  add(id: string, amount: number, expires: number): Promise<number>;
}

/** What a counter's item has instead of a body: DynamoDB adds to it without having read it. */
export const counterBody = (count: number) => JSON.stringify({ count });
