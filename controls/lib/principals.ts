/** Lists of principals that a configuration trusts, and whether an event's caller is one of them. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import * as v from "valibot";
import { textIn } from "./event-fields";
import { matchesWildcard } from "./wildcard";

/**
 * An administrator of an account may give roles and users any name and any path, but one: only AWS creates roles below `aws-reserved`.
 * So a principal is named in full, with its account, or is below that path.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
 */
const TRUSTED =
  /^arn:aws[a-z-]*:iam::(\d{12}:(role|user)\/[\w+=,.@/-]+|(\d{12}|\*):role\/aws-reserved\/[\w+=,.@-]+\/[\w+=,.@/*-]+)$/;

const EXPECTED =
  "the full ARN of a role or user, with its account: whoever administers an account can create a role that fits a pattern; only AWS " +
  "creates roles below role/aws-reserved/<service>/, where account and name may contain a *";

/** The ARN of a principal that is trusted. */
export const trustedPrincipal = v.pipe(v.string(EXPECTED), v.regex(TRUSTED, EXPECTED));

/**
 * The caller, if the list has it: a user by its ARN, a session by the ARN of its role, because whoever holds a session chooses how the
 * session's own ARN ends.
 */
export function principalAmong(event: EventBridgeEvent, list: readonly string[]): string | undefined {
  const caller = principalOf(event);
  return caller !== undefined && list.some((pattern) => matchesWildcard(pattern, caller))
    ? caller
    : undefined;
}

/** The ARN of the user or role that called; undefined for root, services and sessions whose role isn't known. */
function principalOf(event: EventBridgeEvent): string | undefined {
  switch (textIn(event, "userIdentity", "type")) {
    case "IAMUser":
      return textIn(event, "userIdentity", "arn");
    case "AssumedRole":
      return textIn(event, "userIdentity", "sessionContext", "sessionIssuer", "arn");
    default:
      return undefined;
  }
}
