/**
 * What DynamoDB's capacity costs, in US dollars: AWS's public rates (https://aws.amazon.com/dynamodb/pricing/) without storage, backups,
 * streams, reserved capacity and the free tier. An estimate that distinguishes cheap from expensive, not the bill.
 *
 * Where the figures are from. Units of the Standard table class, by region: as AWS's own tool for reserved capacity has them
 * (https://github.com/awslabs/amazon-dynamodb-tools). Requests on demand: us-east-1's since they were halved in November 2024. The
 * Standard-Infrequent Access class: us-east-1's, a quarter above Standard. Compared with published copies of AWS's pages up to the date
 * below; what is not in the table has us-east-1's prices, and the message says so.
 */
const PRICES_AS_OF = "2025-07";

/** For one unit of provisioned capacity, an hour. */
interface UnitPrices {
  read: number;
  write: number;
}

/** Units of the Standard table class. */
const STANDARD: Readonly<Record<string, UnitPrices>> = {
  "ap-northeast-1": { read: 0.0001484, write: 0.000742 },
  "ap-northeast-2": { read: 0.00014098, write: 0.0007049 },
  "ap-south-1": { read: 0.000148, write: 0.00074 },
  "ap-southeast-1": { read: 0.000148, write: 0.00074 },
  "ap-southeast-2": { read: 0.000148, write: 0.00074 },
  "ca-central-1": { read: 0.000143, write: 0.000715 },
  "eu-central-1": { read: 0.0001586, write: 0.000793 },
  "eu-north-1": { read: 0.00014, write: 0.000698 },
  "eu-west-1": { read: 0.000147, write: 0.000735 },
  "eu-west-2": { read: 0.0001544, write: 0.000772 },
  "eu-west-3": { read: 0.0001544, write: 0.000772 },
  "sa-east-1": { read: 0.000195, write: 0.000975 },
  "us-east-1": { read: 0.00013, write: 0.00065 },
  "us-east-2": { read: 0.00013, write: 0.00065 },
  "us-west-1": { read: 0.000145, write: 0.000725 },
  "us-west-2": { read: 0.00013, write: 0.00065 },
};
const INFREQUENT = "STANDARD_INFREQUENT_ACCESS";
const REFERENCE = "us-east-1";
const REFERENCE_UNITS: Readonly<Record<string, UnitPrices>> = {
  STANDARD: { read: 0.00013, write: 0.00065 },
  [INFREQUENT]: { read: 0.00016, write: 0.00081 },
};
/** For a million requests. */
const REFERENCE_REQUESTS: Readonly<Record<string, UnitPrices>> = {
  STANDARD: { read: 0.125, write: 0.625 },
  [INFREQUENT]: { read: 0.155, write: 0.78 },
};

/** Prices, and the region they belong to. */
interface Priced extends UnitPrices {
  region: string;
}

/** The hourly price of a provisioned unit, in the region if known. An unknown table class is taken as Standard. */
export function unitPrices(region: string, tableClass: string | undefined): Priced {
  const local = tableClass === INFREQUENT || !Object.hasOwn(STANDARD, region) ? undefined : STANDARD[region];
  return local ? { ...local, region } : { ...pricesOf(REFERENCE_UNITS, tableClass), region: REFERENCE };
}

/** What a million requests on demand cost. */
export const requestPrices = (tableClass: string | undefined): Priced => ({
  ...pricesOf(REFERENCE_REQUESTS, tableClass),
  region: REFERENCE,
});

const pricesOf = (prices: Readonly<Record<string, UnitPrices>>, tableClass: string | undefined): UnitPrices =>
  prices[tableClass === INFREQUENT ? INFREQUENT : "STANDARD"] as UnitPrices;

/** AWS's own month. */
const HOURS_A_MONTH = 730;

/** What provisioned units cost in a month, in US dollars. */
export const monthlyPrice = (prices: UnitPrices, reads: number, writes: number): number =>
  HOURS_A_MONTH * (reads * prices.read + writes * prices.write);

/** To the cent; requests are so cheap that their prices need a tenth of one. */
export const dollars = (amount: number, digits = 2): string => `$${amount.toFixed(digits)}`;

/** Which region's prices these are, and from when. */
export const priceNote = ({ region: priced }: Priced, region: string): string =>
  `${priced}${priced === region ? "" : ` (those of ${region} are not known here)`}, ${PRICES_AS_OF}, without storage`;
