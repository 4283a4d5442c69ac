/** CloudTrail's userIdentity (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html). */
import type { UserIdentity } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { federatedIdentity } from "./federation";

export function userIdentityOf(
  call: Pick<ApiCall, "identity" | "accessKeyId" | "http" | "service" | "operation" | "parameters">,
): UserIdentity {
  const federated = federatedIdentity(call);
  if (federated) return federated;
  const { identity, accessKeyId } = call;
  const { type, principalId, arn, accountId, userName } = identity;
  switch (type) {
    case "Root":
      return clean({
        type,
        principalId: accountId,
        arn,
        accountId,
        accessKeyId,
        sessionContext: sessionOf(call),
      });
    case "IAMUser":
      return clean({
        type,
        principalId,
        arn,
        accountId,
        accessKeyId,
        userName,
        sessionContext: sessionOf(call),
      });
    case "AssumedRole":
    case "FederatedUser":
      return clean({ type, principalId, arn, accountId, accessKeyId, sessionContext: sessionOf(call) });
    case undefined:
      // No key, or an unknown one: AWS knows no more.
      return accessKeyId === undefined
        ? { type: "AWSAccount", principalId: "", accountId: "anonymous" }
        : { type: "Unknown", principalId: "", accessKeyId };
  }
}

/** Temporary credentials have a session that says when and how they were issued. A user's long-term keys have none. */
function sessionOf({
  identity,
  accessKeyId,
}: Pick<ApiCall, "identity" | "accessKeyId">): UserIdentity["sessionContext"] {
  const { role, issuer, issuedAt, accountId = "" } = identity;
  if (accessKeyId?.startsWith("ASIA") !== true && role === undefined) return undefined;
  const attributes = {
    creationDate: new Date((issuedAt ?? 0) * 1000).toISOString().replace(/\.\d+Z$/, "Z"),
    mfaAuthenticated: "false",
  };
  if (!role) return issuer ? { sessionIssuer: issuer, attributes } : { attributes };
  const sessionIssuer = { type: "Role", principalId: role.id, arn: role.arn, accountId, userName: role.name };
  return { sessionIssuer, attributes };
}

/** The caller as an account sees it whose resource another account used: without name and key. */
export function foreignIdentity(call: Pick<ApiCall, "identity">): UserIdentity {
  const { principalId, accountId } = call.identity;
  return clean({ type: "AWSAccount", principalId, accountId });
}

export const serviceIdentity = (principal: string): UserIdentity => ({
  type: "AWSService",
  invokedBy: principal,
});

function clean(identity: UserIdentity): UserIdentity {
  return Object.fromEntries(
    Object.entries(identity).filter(([, value]) => value !== undefined),
  ) as UserIdentity;
}
