/**
 * Resources: how a control refers to one, and how it takes one from an event. Everything taken from an event passes a strict check
 * here, because it ends up in session policies and ARNs.
 */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { partitionOf } from "@bailiwick/aws-events/partitions";

/** The one resource an event is about. */
export interface ResourceReference {
  /** 12 digits: the account the event arose in, which owns the resource. */
  account: string;
  region: string;
  /** CloudFormation's name of the type, for example `AWS::S3::Bucket`. */
  type: string;
  /** What the resource's own API calls it: bucket name, group id, trail name. Never holds a wildcard or a policy variable. */
  id: string;
  arn: string;
}

const ACCOUNT = /^\d{12}$/;
/** `us-east-1`, `us-gov-west-1`, `cn-north-1`, `ap-southeast-2`, `us-isob-east-1`. */
const REGION = /^[a-z]{2,4}(-[a-z]{2,10}){1,2}-\d{1,2}$/;

export function isAccountId(value: unknown): value is string {
  return typeof value === "string" && ACCOUNT.test(value);
}

export function isRegion(value: unknown): value is string {
  return typeof value === "string" && REGION.test(value);
}

/** What a control says to `resourceFrom`: one kind of resource and its ARN. */
export interface ResourceShape {
  /** CloudFormation's name of the type. */
  type: string;
  /** Anchored, and without room for `*`, `?`, quotes, `$`, `{` or white space. */
  id: RegExp;
  arn(scope: { partition: string; account: string; region: string; id: string }): string;
}

/**
 * The resource of an event: account and region come from the envelope, which EventBridge sets, and only the id from what the caller
 * sent. Undefined when anything is not of its form.
 */
export function resourceFrom(
  event: EventBridgeEvent,
  shape: ResourceShape,
  id: unknown,
  region: unknown = event.region,
): ResourceReference | undefined {
  if (typeof id !== "string" || !shape.id.test(id) || !isAccountId(event.account) || !isRegion(region))
    return undefined;
  const scope = { partition: partitionOf(region), account: event.account, region, id };
  return { account: event.account, region, type: shape.type, id, arn: shape.arn(scope) };
}
