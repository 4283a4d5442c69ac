/** Who signed in, from where, and how often it failed. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { textIn } from "../lib/event-fields";
import type { HistoryFinding } from "../lib/control";
import { addressRange, networkOf, within } from "../lib/networks";
import type { SignIns } from "./parameters";
import { HIDDEN } from "./principal";

/** Providers and companies have networks of about this size. */
const NETWORK_PREFIX = { 4: 16, 6: 32 } as const;
const UNKNOWN_USER = "an unknown user";

/** Failures of one user count together; for unknown users, those from one address. */
export function repeated(
  event: EventBridgeEvent,
  who: string,
  finding: string,
  { failures, minutes }: SignIns,
): HistoryFinding {
  const key = who === UNKNOWN_USER ? `${who} from ${textIn(event, "sourceIPAddress") ?? "?"}` : who;
  return { kind: "repeated", key, times: failures, minutes, counted: "Failures", finding };
}

/** A fault of the address, in itself or compared with earlier sign-ins. A service's name is no address, so it is in no network. */
export function originOf(
  event: EventBridgeEvent,
  who: string,
  { networks, newNetworkDays: days }: SignIns,
): { fault?: string; historyFinding?: HistoryFinding } {
  const address = textIn(event, "sourceIPAddress");
  if (address === undefined) return {};
  const from = addressRange(address);
  if (networks.length > 0) {
    const expected = networks.some((network) => {
      const range = addressRange(network);
      return from !== undefined && range !== undefined && within(from, range);
    });
    // A network that the stack names is never new.
    if (expected) return {};
    return { fault: `${capitalized(who)} came from ${address}, which is in none of the expected networks.` };
  }
  if (from === undefined || days === 0) return {};
  const network = networkOf(from, NETWORK_PREFIX[from.family]);
  const finding = `${capitalized(who)} came from ${address}: the first sign-in from ${network} in ${days} days, while others came from elsewhere.`;
  return { historyFinding: { kind: "new", key: who, value: network, days, finding } };
}

export function userOf(event: EventBridgeEvent, type: string): string {
  if (type === "Root") return "root";
  const session = textIn(event, "userIdentity", "arn")?.match(/:assumed-role\/([^/]+)\/(.+)$/);
  if (session) return `${session[2]} (role ${session[1]})`;
  const federated = textIn(event, "userIdentity", "arn")?.match(/:federated-user\/(.+)$/);
  if (federated) return `federated user ${federated[1]}`;
  const name = textIn(event, "userIdentity", "userName");
  if (name === undefined || name === HIDDEN) return UNKNOWN_USER;
  return `user ${name}`;
}

/** For the beginning of a sentence; session names keep their case. */
export const capitalized = (who: string): string =>
  who.includes(" (role ") ? who : who.charAt(0).toUpperCase() + who.slice(1);
