/**
 * IP addresses as event patterns compare them: as hexadecimal texts of fixed length (8 digits for IPv4, 32 for IPv6), so
 * that a range of addresses is a range of texts. An IPv6 address that maps an IPv4 address equals it.
 */

interface AddressRange {
  low: string;
  high: string;
}

const ipv4 = /^\d+\.\d+\.\d+\.\d+$/;
const ipv6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/;

/** The address in hexadecimal, or undefined when the text is not an address. */
export function addressHex(text: string): string | undefined {
  const length = text.length;
  if (length < 2 || length > 64) return undefined;
  if (ipv4.test(text)) return ipv4Hex(text);
  return ipv6.test(text) ? ipv6Hex(text) : undefined;
}

function ipv4Hex(text: string): string | undefined {
  if (text.length > 15) return undefined;
  const parts = text.split(".").map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.map((part) => hex(part, 2)).join("");
}

function ipv6Hex(text: string): string | undefined {
  const [head = "", tail, more] = text.split("::");
  if (more !== undefined) return undefined;
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  if (!front || !back) return undefined;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...front, ...Array<number>(missing).fill(0), ...back];
  const address = all.map((group) => hex(group, 4)).join("");
  return address.startsWith("00000000000000000000FFFF") ? address.slice(24) : address;
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const values = text.split(":").map((group) => (group === "" ? Number.NaN : Number.parseInt(group, 16)));
  return values.every((value) => value <= 0xffff) ? values : undefined;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

/**
 * The addresses of a CIDR block.
 * @throws Error with the reason when the text is not a block: one slash, 0–31 mask bits for IPv4, 0–127 for IPv6.
 */
export function cidrRange(text: string): AddressRange {
  const parts = text.replace(/\/+$/, "").split("/");
  if (parts.length !== 2) throw new Error("Malformed CIDR, one '/' required");
  const [address = "", mask = ""] = parts;
  if (!/^[+-]?\d+$/.test(mask)) throw new Error("Malformed CIDR, mask bits must be an integer");
  const bits = Number(mask);
  if (bits < 0) throw new Error("Malformed CIDR, mask bits must not be negative");
  const given = addressHex(address);
  if (given === undefined) {
    throw new Error(
      `${ipv4.test(address) || ipv6.test(address) ? "Invalid" : "Nonstandard"} IP address: ${address}`,
    );
  }
  const all = given.length * 4;
  if (bits >= all) throw new Error(`${all === 32 ? "IPv4" : "IPv6"} mask bits must be < ${all}`);
  const free = (1n << BigInt(all - bits)) - 1n;
  const value = BigInt(`0x${given}`);
  const toHex = (number: bigint): string => number.toString(16).toUpperCase().padStart(given.length, "0");
  return { low: toHex((value | free) ^ free), high: toHex(value | free) };
}

/**
 * Does the text start with a hexadecimal text of the range? AWS's matcher accepts as soon as the digits read so far decide it,
 * whether or not more follow. So `0.0.0.0/0` accepts nearly every IPv6 address too.
 */
export function startsInRange({ low, high }: AddressRange, text: string): boolean {
  let onLow = true;
  let onHigh = true;
  for (let i = 0; i < low.length; i++) {
    const digit = text.charAt(i);
    if (!/^[0-9A-F]$/.test(digit)) return false;
    if ((onLow && digit < low.charAt(i)) || (onHigh && digit > high.charAt(i))) return false;
    onLow &&= digit === low.charAt(i);
    onHigh &&= digit === high.charAt(i);
    if (!onLow && !onHigh) return true;
  }
  return true;
}
