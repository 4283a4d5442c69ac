/** When inbound rules open an administration port to the internet, each by itself or several together. */
import {
  addressCount,
  addressRange,
  isBroad,
  isBroadCount,
  isPrivate,
  prefixOfCount,
  type AddressRange,
} from "../lib/networks";

/** One inbound rule with one source, in EC2's words. */
export interface IngressRule {
  /** `tcp`, `udp`, `-1`, or a protocol number. */
  protocol: string;
  /** -1 or absent: all ports. */
  fromPort?: number;
  toPort?: number;
  /** A CIDR block, or one of those in a prefix list. Security groups as sources are not judged. */
  cidr: string;
}

type Transport = "tcp" | "udp";

/** What the rule opens, as a phrase after "the rule"; undefined if it opens none of these ports to the internet. */
export function opening(rule: IngressRule, ports: readonly number[]): string | undefined {
  const range = publicRange(rule);
  return range && isBroad(range) ? whatOpens(rule, ports) : undefined;
}

/**
 * The same for each of a group's rules, in their order: also for those whose sources are narrow, if together they have as many addresses
 * as a range that counts as the internet. Of those the broadest are named, until the rest is narrow: an office's network stays.
 */
export function openings(rules: readonly IngressRule[], ports: readonly number[]): (string | undefined)[] {
  const found = rules.map((rule) => opening(rule, ports));
  const narrow = rules.flatMap((rule, index) => {
    const range = found[index] === undefined ? publicRange(rule) : undefined;
    return range ? [{ index, rule, range }] : [];
  });
  for (const transport of ["tcp", "udp"] as const)
    for (const family of [4, 6] as const)
      for (const port of ports) {
        const open = narrow
          .filter(({ rule, range }) => range.family === family && isOpen(rule, transport, port))
          .sort((a, b) => a.range.prefix - b.range.prefix);
        const ranges = open.map(({ range }) => range);
        const size = prefixOfCount(addressCount(ranges, family), family);
        for (const { index, rule } of open.slice(0, excess(ranges, family)))
          found[index] ??=
            `${whatOpens(rule, ports) ?? ""}, one of ${open.length} ranges that add up to a /${size}`;
      }
  return found;
}

/** How many of the first ranges must go until the rest is narrow. */
function excess(ranges: readonly AddressRange[], family: 4 | 6): number {
  const isNarrow = (from: number) => !isBroadCount(addressCount(ranges.slice(from), family), family);
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isNarrow(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function publicRange({ cidr }: IngressRule): AddressRange | undefined {
  const range = addressRange(cidr);
  return range && !isPrivate(range) ? range : undefined;
}

/** What the rule opens and to whom; undefined if it is none of these ports. */
function whatOpens(rule: IngressRule, ports: readonly number[]): string | undefined {
  const protocol = protocolName(rule.protocol);
  if (protocol === undefined) return undefined;
  const { from, to, all } = portsOf(rule);
  const open = all || protocol === "all" ? ports : ports.filter((port) => port >= from && port <= to);
  if (open.length === 0) return undefined;
  if (protocol === "all") return `opens all traffic, ${portList(open)} included, to ${rule.cidr}`;
  if (all) return `opens all ${protocol} ports, ${list(open)} included, to ${rule.cidr}`;
  if (from === to) return `opens ${protocol} port ${from} to ${rule.cidr}`;
  return `opens ${protocol} ports ${from}-${to}, ${list(open)} included, to ${rule.cidr}`;
}

function isOpen(rule: IngressRule, transport: Transport, port: number): boolean {
  const protocol = protocolName(rule.protocol);
  if (protocol === "all") return true;
  const { from, to, all } = portsOf(rule);
  return protocol === transport && (all || (port >= from && port <= to));
}

function portsOf({ fromPort, toPort }: Omit<IngressRule, "cidr">): {
  from: number;
  to: number;
  all: boolean;
} {
  const from = fromPort ?? -1;
  return { from, to: toPort ?? from, all: from === -1 };
}

/** What the rule lets in, for a sentence that says which rule it is: `tcp port 22`. */
export function trafficOf(rule: Omit<IngressRule, "cidr">): string {
  const protocol = protocolName(rule.protocol) ?? rule.protocol;
  const { from, to, all } = portsOf(rule);
  if (protocol === "all") return "all traffic";
  if (all) return `all ${protocol} ports`;
  return from === to ? `${protocol} port ${from}` : `${protocol} ports ${from}-${to}`;
}

/** Only TCP and UDP carry remote administration. */
function protocolName(protocol: string): "all" | Transport | undefined {
  switch (protocol.toLowerCase()) {
    case "-1":
    case "all":
      return "all";
    case "tcp":
    case "6":
      return "tcp";
    case "udp":
    case "17":
      return "udp";
    default:
      return undefined;
  }
}

function portList(ports: readonly number[]): string {
  return `${ports.length === 1 ? "port" : "ports"} ${list(ports)}`;
}

function list(ports: readonly number[]): string {
  return ports.length < 2 ? ports.join("") : `${ports.slice(0, -1).join(", ")} and ${ports.at(-1) ?? ""}`;
}
