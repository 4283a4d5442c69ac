/**
 * How controls say which CloudTrail calls concern them, and how they read from an event which resource to look at. Everything taken
 * from an event passes a strict check here, because it ends up in session policies and ARNs.
 */
import type { EventPattern } from "@bailiwick/aws-events";
import type { EventBridgeEvent, Json, JsonObject } from "@bailiwick/aws-events/record";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Facts, ResourceReference } from "./control";

/**
 * The pattern of successful API calls of one service, as CloudTrail hands them to EventBridge. `service` is the first label of the
 * event source (`s3` of `s3.amazonaws.com`), `names` are CloudTrail's names of the calls, versioned forms included. Failed calls
 * carry an `errorCode` and are left out: nothing changed.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export function apiCalls(service: string, names: string[]): EventPattern {
  return {
    source: [`aws.${service}`],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventSource: [`${service}.amazonaws.com`],
      eventName: names,
      errorCode: [{ exists: false }],
    },
  };
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

/** The value at `path` inside an event's `requestParameters` or `responseElements`; undefined where anything on the way is absent. */
export function detailValue(event: EventBridgeEvent, ...path: (string | number)[]): Json | undefined {
  let value: Json | undefined = event.detail;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as JsonObject)[step];
  }
  return value;
}

/** The text at `path` inside an event's detail; undefined where there is none, or an empty one. */
export function textIn(event: EventBridgeEvent, ...path: (string | number)[]): string | undefined {
  const value = detailValue(event, ...path);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Facts without those that nothing is known of. */
export function knownFacts(facts: Readonly<Record<string, string | undefined>>): Facts {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
