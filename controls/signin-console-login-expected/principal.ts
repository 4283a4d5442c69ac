/** Who signs in: a user, a role, root or, when the name is none of them, nobody but the console. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { detailValue, textIn } from "../lib/event-fields";
import { resourceFrom, USER, type ResourceReference, type ResourceShape } from "../lib/resources";

/** CloudTrail hides names that no user has: people type passwords there. */
export const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

const ROOT: ResourceShape = {
  type: USER.type,
  id: /^root$/,
  arn: ({ partition, account }) => `arn:${partition}:iam::${account}:root`,
};
export const ROLE: ResourceShape = {
  type: "AWS::IAM::Role",
  id: /^[\w+=,.@-]{1,64}$/,
  arn: ({ partition, account, id }) => `arn:${partition}:iam::${account}:role/${id}`,
};

export const CONSOLE: ResourceShape = {
  type: "AWS::SignIn::Console",
  id: /^console$/,
  arn: ({ partition, account, region }) => `arn:${partition}:signin:${region}:${account}:console`,
};

export function principalOf(event: EventBridgeEvent): ResourceReference | undefined {
  const issuer = textIn(event, "userIdentity", "sessionContext", "sessionIssuer", "userName");
  const type = detailValue(event, "userIdentity", "type");
  if (type === "Root") return resourceFrom(event, ROOT, "root");
  // A federated user's session is by an IAM user, all others' by a role.
  if (issuer !== undefined) return resourceFrom(event, type === "FederatedUser" ? USER : ROLE, issuer);
  const user = textIn(event, "userIdentity", "userName");
  // There is no user of that name, so the event is about the console.
  if (user === HIDDEN) return resourceFrom(event, CONSOLE, "console");
  return resourceFrom(event, USER, user);
}
