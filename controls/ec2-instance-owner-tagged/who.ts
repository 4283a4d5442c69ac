/** Who created or started an instance, in the form of its tags. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { textIn } from "../lib/event-fields";

/** The tags this control sets, and no others. */
export const TAG_KEYS = ["owner", "creator", "created-at"] as const;
export type TagKey = (typeof TAG_KEYS)[number];

/** Tag values take letters, digits, spaces and _ . : / = + - @, at most 256. */
const toTagValue = (text: string): string => text.replace(/[^\p{L}\p{N} _.:/=+\-@]/gu, "-").slice(0, 256);

export interface Who {
  /** A person where there is one: user name, session name, or the role of a program. */
  owner: string;
  /** The principal's ARN, or the service's name. */
  creator: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** Services that launch for others name themselves in `invokedBy` or as source address. */
const SERVICE = /^([a-z0-9-]+)\.amazonaws\.com$/;

/** Undefined if the event doesn't name the caller. */
export function whoOf(event: EventBridgeEvent, group: string | undefined): Who | undefined {
  const identity = (...path: string[]) => textIn(event, "userIdentity", ...path);
  const at = textIn(event, "eventTime") ?? event.time;
  const service = [identity("invokedBy"), textIn(event, "sourceIPAddress")].find((name) =>
    SERVICE.test(name ?? ""),
  );
  const creator = identity("arn") ?? service ?? identity("principalId");
  if (creator === undefined) return undefined;
  return { owner: toTagValue(ownerOf(event, creator, service, group)), creator: toTagValue(creator), at };
}

function ownerOf(
  event: EventBridgeEvent,
  creator: string,
  service: string | undefined,
  group: string | undefined,
): string {
  // Nobody created these by hand: the owner of the group owns its instances.
  if (group !== undefined) return `auto-scaling-group/${group}`;
  if (service !== undefined && !creator.includes(":assumed-role/"))
    return SERVICE.exec(service)?.[1] ?? service;
  const role = textIn(event, "userIdentity", "sessionContext", "sessionIssuer", "userName");
  const session = /:assumed-role\/[^/]+\/(.+)$/.exec(creator)?.[1];
  // Sessions of instances, functions and service-linked roles are named by ids: the role says more.
  const named =
    session !== undefined &&
    !/^(i-[0-9a-f]{8,17}|\d+|botocore-session-\d+|aws-.*-\d+|AutoScaling)$/.test(session);
  if (session !== undefined) return named && role !== session ? session : (role ?? session);
  return textIn(event, "userIdentity", "userName") ?? (creator.endsWith(":root") ? "root" : creator);
}
