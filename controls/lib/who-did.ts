/**
 * Who made a call, from CloudTrail's `userIdentity`: a person wherever there is one, also behind a role, a provider of identities or a
 * service that calls on a person's behalf.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { textIn } from "./event-fields";

interface Caller {
  /** `control`: one of this program's own sessions, which remediates what somebody else did. */
  kind: "root" | "user" | "session" | "role" | "service" | "account" | "control";
  /** For people: user name, name of the session, role of a program, service. For `control`, the name of its role. */
  name: string;
  /** ARN of the principal, or what CloudTrail has in its place. */
  principal: string;
}

/** Roles of this program's functions in the member accounts are named so. */
const OWN_ROLE = /^bailiwick-/;

/** CloudTrail hides names that no user has: people type passwords there. */
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

/** Undefined if the event doesn't name the caller. */
export function whoDid(event: EventBridgeEvent): Caller | undefined {
  const identity = (...path: string[]) => textIn(event, "userIdentity", ...path);
  const type = identity("type");
  const arn = identity("arn");
  const userName = identity("userName") === HIDDEN ? undefined : identity("userName");
  const principalId = identity("principalId");
  // The account's alias stands in root's user name.
  if (type === "Root" || arn?.endsWith(":root"))
    return { kind: "root", name: "root", principal: arn ?? "root" };
  const session = arn === undefined ? undefined : ASSUMED.exec(arn);
  if (session) return sessionOf(event, session[1] ?? "", session[2] ?? "", arn ?? "");
  // Federated users are named by their ARN alone; `userName` would be that of the user whose key made the session.
  const named = arn === undefined ? undefined : /:(user|federated-user|role)\/(?:.*\/)?([^/]+)$/.exec(arn);
  if (arn !== undefined && named) {
    const [, kind = "", name = ""] = named;
    return {
      kind: kind === "role" ? "role" : "user",
      name: kind === "user" ? (userName ?? name) : name,
      principal: arn,
    };
  }
  const onBehalfOf = textIn(event, "userIdentity", "onBehalfOf", "userId");
  if (
    type === "IdentityCenterUser" ||
    (arn === undefined && userName === undefined && onBehalfOf !== undefined)
  )
    return userFrom(onBehalfOf ?? userName ?? principalId);
  const service = serviceOf(event);
  if (type === "AWSService" || (arn === undefined && userName === undefined && service !== undefined))
    return {
      kind: "service",
      name: service === undefined ? "an AWS service" : shortName(service),
      principal: service ?? principalId ?? "an AWS service",
    };
  if (arn !== undefined) return { kind: "user", name: userName ?? arn, principal: arn };
  // Users of SAML and OpenID Connect providers have a name and no ARN, and so has a failed sign-in.
  if (userName !== undefined) return userFrom(userName);
  return principalId === undefined ? undefined : stranger(principalId, identity("accountId"));
}

const ASSUMED = /:assumed-role\/([^/]+)\/(.+)$/;

const userFrom = (name: string | undefined): Caller | undefined =>
  name === undefined ? undefined : { kind: "user", name, principal: name };

/** A session is named by whoever opens it; sessions of programs are named by ids, where the role says more. */
function sessionOf(event: EventBridgeEvent, role: string, session: string, arn: string): Caller {
  if (OWN_ROLE.test(role)) return { kind: "control", name: role, principal: arn };
  // Survives further roles that the session assumes, and can't be changed there.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
  const source = textIn(event, "userIdentity", "sessionContext", "sourceIdentity");
  if (source !== undefined) return { kind: "session", name: source, principal: arn };
  if (session !== role && !role.startsWith("AWSServiceRoleFor") && !MACHINE.test(session))
    return { kind: "session", name: session, principal: arn };
  // A person may be behind an application of Identity Center that names its sessions by numbers.
  const onBehalfOf = textIn(event, "userIdentity", "onBehalfOf", "userId");
  return onBehalfOf === undefined
    ? { kind: "role", name: role, principal: arn }
    : { kind: "session", name: onBehalfOf, principal: arn };
}

/** Instances, numbers, the SDKs' and services' own names, and whatever holds a UUID or a long number. */
const MACHINE =
  /^(i-[0-9a-f]{8,17}|\d+|botocore-session-\d+|aws-.*-\d+|AutoScaling|AWSCloudFormation|AWSCLI-Session|[0-9a-f]{32})$|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{13,}$/;

/** Of another account, seen from the resource's: CloudTrail leaves out the ARN there. */
function stranger(principalId: string, account: string | undefined): Caller {
  const session = /^A[A-Z0-9]{15,}:(.+)$/.exec(principalId)?.[1];
  if (account === undefined) return { kind: "user", name: session ?? principalId, principal: principalId };
  const name = session ?? `account ${account}`;
  return { kind: "account", name, principal: `${principalId} of account ${account}` };
}

const SERVICE = /^([a-z0-9-]+\.)+(amazonaws\.com(\.cn)?|aws\.internal|amazon\.com)$|^AWS Internal$/;

/** Services name themselves in `invokedBy`, where anything may stand, or as the source address. */
function serviceOf(event: EventBridgeEvent): string | undefined {
  const address = textIn(event, "sourceIPAddress");
  return textIn(event, "userIdentity", "invokedBy") ?? (SERVICE.test(address ?? "") ? address : undefined);
}

const shortName = (service: string): string => service.replace(/\.amazonaws\.com(\.cn)?$/, "");
