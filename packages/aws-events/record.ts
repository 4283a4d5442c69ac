/**
 * The shapes of CloudTrail records and EventBridge events.
 *
 * Sources: CloudTrail record contents
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html), EventBridge
 * event structure (https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html).
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The caller, in CloudTrail's own words. */
export interface UserIdentity {
  type: string;
  principalId?: string;
  arn?: string;
  accountId?: string;
  accessKeyId?: string;
  userName?: string;
  invokedBy?: string;
  sessionContext?: {
    /** Root has no `userName`. */
    sessionIssuer?: { type: string; principalId: string; arn: string; accountId: string; userName?: string };
    attributes?: { creationDate: string; mfaAuthenticated: string };
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

/** One CloudTrail record, as it stands in a log file and in the `detail` of an EventBridge event. */
export interface CloudTrailRecord {
  eventVersion: string;
  userIdentity: UserIdentity;
  /** ISO 8601, UTC, whole seconds. */
  eventTime: string;
  /** For example `s3.amazonaws.com`. */
  eventSource: string;
  eventName: string;
  awsRegion: string;
  sourceIPAddress: string;
  userAgent: string;
  /** On failed calls only. */
  errorCode?: string;
  errorMessage?: string;
  requestParameters: JsonObject | null;
  responseElements: JsonObject | null;
  additionalEventData?: JsonObject;
  requestID?: string;
  eventID: string;
  readOnly: boolean;
  resources?: { ARN?: string; ARNPrefix?: string; accountId?: string; type?: string }[];
  eventType: string;
  /** Only some services give it, such as DynamoDB. */
  apiVersion?: string;
  managementEvent: boolean;
  recipientAccountId: string;
  sharedEventID?: string;
  eventCategory: string;
  tlsDetails?: JsonObject;
}

/** An EventBridge event as rules match it and targets receive it. */
export interface EventBridgeEvent<Detail = JsonObject> {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  /** The account that the event comes from: 12 digits, set by EventBridge and not by the sender. */
  account: string;
  /** ISO 8601, UTC. */
  time: string;
  region: string;
  resources: string[];
  detail: Detail;
}

export type CloudTrailEvent = EventBridgeEvent<CloudTrailRecord>;
