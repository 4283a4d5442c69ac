/** Whom or what an event is about: a user, the account's root, or the policy that all users have. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { detailValue, textIn } from "../lib/event-fields";
import { userOf } from "../lib/named-user";
import { resourceFrom, type ResourceReference, type ResourceShape } from "../lib/resources";
import { POLICY_NAME, policyArn } from "./policy";

export const MANAGED_POLICY: ResourceShape = {
  type: "AWS::IAM::ManagedPolicy",
  id: new RegExp(`^${POLICY_NAME}$`),
  arn: ({ partition, account }) => policyArn(partition, account),
};

export const ROOT: ResourceShape = {
  type: "AWS::IAM::RootUser",
  id: /^root$/,
  arn: ({ partition, account }) => `arn:${partition}:iam::${account}:root`,
};

/** The calls that change what the policy says. */
export const POLICY_CALLS = ["CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy"];

export function subjectOf(event: EventBridgeEvent): ResourceReference | undefined {
  if (POLICY_CALLS.some((name) => name === event.detail["eventName"])) {
    const arn = textIn(event, "requestParameters", "policyArn");
    const policy = resourceFrom(event, MANAGED_POLICY, POLICY_NAME);
    return policy?.arn === arn ? policy : undefined;
  }
  // Without a name the call is about the caller. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
  const isNamed = detailValue(event, "requestParameters", "userName") !== undefined;
  if (!isNamed && textIn(event, "userIdentity", "type") === "Root") return resourceFrom(event, ROOT, "root");
  return userOf(event);
}
