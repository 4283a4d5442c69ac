/**
 * Address ranges in CIDR notation, as bucket policies and security group rules hold them. Written here because the question is how
 * broad a range is and what it lies in, which Node's `net.BlockList` doesn't answer.
 */
import { isIP } from "node:net";

export interface AddressRange {
  family: 4 | 6;
  /** The first address of the range as a number. */
  first: bigint;
  /** 0–32 for family 4, 0–128 for family 6. */
  prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;

/** A part of address space that no range on the internet comes from. */
const PRIVATE = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
  "fe80::/10",
].map((text) => knownRange(text));
/** IPv4 addresses written as IPv6 ones: `::ffff:192.0.2.0/120` is `192.0.2.0/24`. */
const MAPPED = knownRange("::ffff:0:0/96");

/**
 * Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; host bits may be set, any spelling of IPv6 is understood, IPv4-mapped
 * ranges count as IPv4. Undefined when it is none.
 */
export function addressRange(text: string): AddressRange | undefined {
  const range = parse(text);
  if (range?.family === 6 && range.prefix >= 96 && within(range, MAPPED)) {
    return { family: 4, first: range.first & 0xffffffffn, prefix: range.prefix - 96 };
  }
  return range;
}

/** Whether `inner` lies in `outer` completely. */
export function within(inner: AddressRange, outer: AddressRange): boolean {
  if (inner.family !== outer.family || inner.prefix < outer.prefix) return false;
  const shift = BigInt(BITS[outer.family] - outer.prefix);
  return inner.first >> shift === outer.first >> shift;
}

/** The network of this prefix length that the range lies in, in CIDR notation; IPv6 in full, without `::`. */
export function networkOf({ family, first }: AddressRange, prefix: number): string {
  const hostBits = BigInt(BITS[family] - prefix);
  const value = (first >> hostBits) << hostBits;
  const [parts, bits] = family === 4 ? [4, 8n] : [8, 16n];
  const text = Array.from({ length: parts }, (_, index) => {
    const part = (value >> (bits * BigInt(parts - 1 - index))) & ((1n << bits) - 1n);
    return part.toString(family === 4 ? 10 : 16);
  });
  return `${text.join(family === 4 ? "." : ":")}/${prefix}`;
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

/** Whether the range is broader than `NARROW_PREFIX` allows. */
export function isBroad(range: AddressRange): boolean {
  return range.prefix < NARROW_PREFIX[range.family];
}

function parse(text: string): AddressRange | undefined {
  const [address = "", length, ...rest] = text.split("/");
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || rest.length > 0 || address.includes("%")) return undefined;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  const prefix = length === undefined ? BITS[family] : Number(length);
  if (prefix > BITS[family]) return undefined;
  const value = family === 4 ? ipv4Value(address) : ipv6Value(address);
  const hostBits = BigInt(BITS[family] - prefix);
  return { family, first: (value >> hostBits) << hostBits, prefix };
}

function ipv4Value(address: string): bigint {
  return address.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function ipv6Value(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const before = ipv6Groups(head);
  const after = tail === undefined ? [] : ipv6Groups(tail);
  const zeros = new Array<bigint>(8 - before.length - after.length).fill(0n);
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | group, 0n);
}

function ipv6Groups(part: string): bigint[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [BigInt(`0x${group}`)];
    const value = ipv4Value(group);
    return [value >> 16n, value & 0xffffn];
  });
}

function knownRange(text: string): AddressRange {
  const range = parse(text);
  if (!range) throw new TypeError(`Not an address range: ${text}`);
  return range;
}
