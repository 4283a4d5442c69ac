/**
 * Address ranges in CIDR notation, as bucket policies and security group rules contain them. ipaddr.js reads and compares addresses;
 * this says what counts as a range, as private and as the whole internet.
 */
import { isIP } from "node:net";
import { IPv4, IPv6, parse } from "ipaddr.js";

export interface AddressRange {
  family: 4 | 6;
  /** The first address of the range. */
  first: IPv4 | IPv6;
  /** 0–32 for family 4, 0–128 for family 6. */
  prefix: number;
}

/** The length of an address. */
const BITS = { 4: 32, 6: 128 } as const;

/** The parts of the address space that no source on the internet has an address from. */
const PRIVATE = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
  "fe80::/10",
].flatMap((text) => addressRange(text) ?? []);

/** The prefix of IPv4 addresses written as IPv6 ones: `::ffff:192.0.2.0/120` is `192.0.2.0/24`. */
const MAPPED_PREFIX = 96;

/**
 * Reads `192.0.2.0/24`, `2001:db8::/32` or a single address. Host bits may be set, IPv6 may be spelled in any way, and IPv4-mapped
 * ranges count as IPv4. Undefined for any other text.
 */
export function addressRange(text: string): AddressRange | undefined {
  const [address = "", length, ...rest] = text.split("/");
  const family = isIP(address);
  // Node's check first: ipaddr.js also reads zones, octal numbers and shortened IPv4 addresses.
  if ((family !== 4 && family !== 6) || rest.length > 0 || address.includes("%")) return undefined;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  const most = BITS[family];
  const prefix = length === undefined ? most : Number(length);
  if (prefix > most) return undefined;
  const parsed = parse(family === 4 ? address : inHexadecimal(address));
  if (parsed instanceof IPv6 && parsed.isIPv4MappedAddress() && prefix >= MAPPED_PREFIX)
    return rangeAround(parsed.toIPv4Address(), prefix - MAPPED_PREFIX);
  return rangeAround(parsed, prefix);
}

/** Whether `inner` is completely in `outer`. */
export function within(inner: AddressRange, outer: AddressRange): boolean {
  return (
    inner.family === outer.family &&
    inner.prefix >= outer.prefix &&
    inner.first.match(outer.first, outer.prefix)
  );
}

/** The network with this prefix length that contains the range, in CIDR notation; IPv6 in full, without `::`. */
export function networkOf({ first }: AddressRange, prefix: number): string {
  return `${rangeAround(first, prefix).first.toNormalizedString()}/${prefix}`;
}

/** Whether no address of the range can be a source on the internet: RFC 1918, RFC 6598, unique local and link local addresses. */
export function isPrivate(range: AddressRange): boolean {
  return PRIVATE.some((space) => within(range, space));
}

/**
 * From which breadth on a range counts as the whole internet: broader than /8 for IPv4 and /32 for IPv6, the bounds that S3 draws.
 * So `0.0.0.0/0` can't be written as `0.0.0.0/1` and `128.0.0.0/1`, nor `::/0` as `2000::/3`.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
export const NARROW_PREFIX = { 4: 8, 6: 32 } as const;

/**
 * How many addresses the ranges of a family have together; one that is in several counts once. Networks never overlap in part, so each is
 * within the last one kept or begins behind it.
 */
export function addressCount(ranges: readonly AddressRange[], family: 4 | 6): bigint {
  const bits = BITS[family];
  const spans = ranges
    .filter((range) => range.family === family)
    .map(({ first, prefix }) => ({ from: numberOf(first), size: 1n << BigInt(bits - prefix) }))
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.size > b.size ? -1 : 1));
  let count = 0n;
  let end = 0n;
  for (const { from, size } of spans) {
    if (from < end) continue;
    count += size;
    end = from + size;
  }
  return count;
}

/**
 * Whether so many addresses are as many as the narrowest range has that counts as the whole internet: several ranges are judged like the
 * one that would have as many addresses, so that it can't be written in parts.
 */
export function isBroadCount(count: bigint, family: 4 | 6): boolean {
  return count >= 1n << BigInt(BITS[family] - NARROW_PREFIX[family] + 1);
}

/** The prefix length of a range that has about so many addresses. */
export const prefixOfCount = (count: bigint, family: 4 | 6): number =>
  BITS[family] - (count.toString(2).length - 1);

const numberOf = (address: IPv4 | IPv6): bigint =>
  address.toByteArray().reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);

/** Whether the range is broader than `NARROW_PREFIX` allows. */
export function isBroad(range: AddressRange): boolean {
  return range.prefix < NARROW_PREFIX[range.family];
}

function rangeAround(address: IPv4 | IPv6, prefix: number): AddressRange {
  return address instanceof IPv4
    ? { family: 4, first: IPv4.networkAddressFromCIDR(`${address.toString()}/${prefix}`), prefix }
    : { family: 6, first: IPv6.networkAddressFromCIDR(`${address.toString()}/${prefix}`), prefix };
}

/** Writes the end of an address such as `::192.0.2.1` in hexadecimal: ipaddr.js takes that address for an IPv4-mapped one. */
function inHexadecimal(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (...octets) => {
    const [a, b, c, d] = octets.slice(1, 5).map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
}
