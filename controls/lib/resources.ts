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

/** Names from before March 2018 in us-east-1 may be longer and contain capitals and underscores; they still exist. */
export const BUCKET: ResourceShape = {
  type: "AWS::S3::Bucket",
  id: /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/,
  arn: ({ partition, id }) => `arn:${partition}:s3:::${id}`,
};

export const INSTANCE: ResourceShape = {
  type: "AWS::EC2::Instance",
  id: /^i-[0-9a-f]{8,17}$/,
  arn: ({ partition, account, region, id }) => `arn:${partition}:ec2:${region}:${account}:instance/${id}`,
};

export const TABLE: ResourceShape = {
  type: "AWS::DynamoDB::Table",
  id: /^[A-Za-z0-9_.-]{3,255}$/,
  arn: ({ partition, account, region, id }) => `arn:${partition}:dynamodb:${region}:${account}:table/${id}`,
};

export const USER: ResourceShape = {
  type: "AWS::IAM::User",
  // With its path, if the event has it: user names contain no slash.
  id: /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
  arn: ({ partition, account, id }) => `arn:${partition}:iam::${account}:user/${id}`,
};
