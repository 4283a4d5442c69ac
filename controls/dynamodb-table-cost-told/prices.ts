/**
 * What DynamoDB's capacity costs. Public prices of the Standard and Standard-Infrequent Access table classes in US East (N. Virginia),
 * from https://aws.amazon.com/dynamodb/pricing/ as of 2025-11; in US dollars. Other regions cost up to half as much again: an estimate
 * tells cheap from dear, not the bill. Storage, backups, streams and the free tier are left out.
 */
export const PRICES_AS_OF = "2025-11";

export interface TableClassPrices {
  /** For one unit of provisioned capacity, an hour. */
  readUnitHour: number;
  writeUnitHour: number;
  /** For a million requests on demand. */
  millionReads: number;
  millionWrites: number;
}

const PRICES: Readonly<Record<string, TableClassPrices>> = {
  STANDARD: { readUnitHour: 0.00013, writeUnitHour: 0.00065, millionReads: 0.125, millionWrites: 0.625 },
  STANDARD_INFREQUENT_ACCESS: {
    readUnitHour: 0.00016,
    writeUnitHour: 0.00081,
    millionReads: 0.155,
    millionWrites: 0.78,
  },
};

/** AWS's own month. */
const HOURS_A_MONTH = 730;

/** The prices of a table class, the usual one when it is unknown. */
export function pricesOf(tableClass: string | undefined): TableClassPrices {
  return PRICES[tableClass ?? "STANDARD"] ?? (PRICES["STANDARD"] as TableClassPrices);
}

/** What provisioned units cost in a month, in US dollars. */
export function monthlyPrice(prices: TableClassPrices, reads: number, writes: number): number {
  return HOURS_A_MONTH * (reads * prices.readUnitHour + writes * prices.writeUnitHour);
}

export const dollars = (amount: number): string => `$${amount.toFixed(2)}`;
