/**
 * Resources: how a control refers to one, and how it takes one from an event. Everything taken from an event passes a strict check
 * here, because it ends up in session policies and ARNs.
 */
import { isJsonObject, type EventBridgeEvent } from "@bailiwick/aws-events/record";
import { partitionOf } from "@bailiwick/aws-events/partitions";

/** The one resource an event is about. */
export interface ResourceReference {
  /** 12 digits: the account that owns the resource, which need not be the caller's. */
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
  /** The id as the service keeps it, where callers may write it otherwise. Absent: as written. */
  canonical?(id: string): string;
  /** The id that stands at the id's place in an ARN, where the two differ. Absent: the same. */
  idInArn?(text: string): string;
}

/**
 * The resource that an event names by its id or by its ARN. What the caller sent gives only the id, and a region and an account where it
 * is an ARN; the account otherwise is the owner that CloudTrail lists, or the envelope's, which EventBridge sets. Undefined when anything
 * is not of its form.
 */
export function resourceFrom(
  event: EventBridgeEvent,
  shape: ResourceShape,
  named: unknown,
  region: unknown = event.region,
): ResourceReference | undefined {
  if (typeof named !== "string" || !isAccountId(event.account)) return undefined;
  if (named.startsWith("arn:")) return byArn(event, shape, named);
  const id = shape.canonical?.(named) ?? named;
  if (!shape.id.test(id) || !isRegion(region)) return undefined;
  const owner = listedOwner(event, shape, region, id) ?? event.account;
  return referenceTo(shape, owner, region, id);
}

function byArn(event: EventBridgeEvent, shape: ResourceShape, named: string): ResourceReference | undefined {
  // ARNs of S3 and of global services leave out region, account or both.
  const [, , , region = "", account = ""] = named.split(":");
  const scope = { account: account || event.account, region: region || event.region };
  if (!isAccountId(scope.account) || !isRegion(scope.region)) return undefined;
  const [before = "", after = ""] = referenceTo(shape, scope.account, scope.region, "\n").arn.split("\n");
  if (!named.startsWith(before) || !named.endsWith(after)) return undefined;
  const text = named.slice(before.length, named.length - after.length);
  const written = shape.idInArn?.(text) ?? text;
  const id = shape.canonical?.(written) ?? written;
  if (!shape.id.test(id)) return undefined;
  const owner =
    account === "" ? (listedOwner(event, shape, scope.region, id) ?? event.account) : scope.account;
  const reference = referenceTo(shape, owner, scope.region, id);
  // What a failed call names is its caller's claim: nobody is sent to another account for it.
  return event.detail["errorCode"] === undefined ? reference : { ...reference, account: event.account };
}

function referenceTo(shape: ResourceShape, account: string, region: string, id: string): ResourceReference {
  return {
    account,
    region,
    type: shape.type,
    id,
    arn: shape.arn({ partition: partitionOf(region), account, region, id }),
  };
}

/**
 * The account that CloudTrail says owns the resource. A call to another account's resource is recorded in both accounts, and the
 * caller's copy has the owner here only.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
function listedOwner(
  { detail }: EventBridgeEvent,
  shape: ResourceShape,
  region: string,
  id: string,
): string | undefined {
  for (const listed of [detail["resources"]].flat()) {
    if (!isJsonObject(listed)) continue;
    const { accountId, type } = listed;
    const arn = listed["ARN"] ?? listed["arn"];
    if (!isAccountId(accountId)) continue;
    if (arn === undefined ? type === shape.type : arn === referenceTo(shape, accountId, region, id).arn)
      return accountId;
  }
  return undefined;
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
  // With its path, if the event has it: user names contain no slash. A path may hold any printable character of ASCII; those that mean
  // something in a policy (* ? $ { } " ' \\) are left out. https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html
  id: /^([!#%&()+,.:;<=>@[\]^_`|~\w-]+\/)*[\w+=,.@-]{1,64}$/,
  arn: ({ partition, account, id }) => `arn:${partition}:iam::${account}:user/${id}`,
};
