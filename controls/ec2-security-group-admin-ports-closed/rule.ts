/** When an inbound rule opens an administration port to the internet. */
import { addressRange, isBroad, isPrivate } from "../lib/networks";

/** One inbound rule with one source, in EC2's words. */
export interface IngressRule {
  /** `tcp`, `udp`, `-1`, or a protocol number. */
  protocol: string;
  /** -1 or absent: all ports. */
  fromPort?: number;
  toPort?: number;
  /** A CIDR block. Security groups and prefix lists as sources are not judged. */
  cidr: string;
}

/** What the rule opens, as a phrase after "the rule"; undefined if it opens none of these ports to the internet. */
export function opening(rule: IngressRule, ports: readonly number[]): string | undefined {
  const range = addressRange(rule.cidr);
  if (!range || !isBroad(range) || isPrivate(range)) return undefined;
  const protocol = protocolName(rule.protocol);
  if (protocol === undefined) return undefined;
  const from = rule.fromPort ?? -1;
  const to = rule.toPort ?? from;
  const all = protocol === "all" || from === -1;
  const open = all ? ports : ports.filter((port) => port >= from && port <= to);
  if (open.length === 0) return undefined;
  if (protocol === "all") return `opens all traffic, ${portList(open)} included, to ${rule.cidr}`;
  if (all) return `opens all ${protocol} ports, ${list(open)} included, to ${rule.cidr}`;
  if (from === to) return `opens ${protocol} port ${from} to ${rule.cidr}`;
  return `opens ${protocol} ports ${from}-${to}, ${list(open)} included, to ${rule.cidr}`;
}

/** Only TCP and UDP carry remote administration. */
function protocolName(protocol: string): "all" | "tcp" | "udp" | undefined {
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
