/**
 * The event that EventBridge makes of a record in a CloudTrail log file.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-cloudtrail.html
 */
import type { CloudTrailEvent, CloudTrailRecord } from "./record";

const detailTypes: Readonly<Record<string, string>> = {
  AwsApiCall: "AWS API Call via CloudTrail",
  AwsServiceEvent: "AWS Service Event via CloudTrail",
  AwsConsoleSignIn: "AWS Console Sign In via CloudTrail",
  AwsConsoleAction: "AWS Console Action via CloudTrail",
  AwsCloudTrailInsight: "AWS Insight via CloudTrail",
  AwsVpceEvent: "AWS API Call via CloudTrail",
};

/** The detail type of the events of records with this `eventType`; undefined for a type that CloudTrail doesn't have. */
export function cloudTrailDetailType(eventType: string): string | undefined {
  return Object.hasOwn(detailTypes, eventType) ? detailTypes[eventType] : undefined;
}

/** The `eventType` of records about an unusual number of calls, which have no caller and no name of their own. */
export const insightEventType = "AwsCloudTrailInsight";

/** The detail types of events from CloudTrail that are about one call and name it. */
export const calledDetailTypes: readonly string[] = [
  ...new Set(
    Object.entries(detailTypes).flatMap(([eventType, type]) =>
      eventType === insightEventType ? [] : [type],
    ),
  ),
];

/** The reason why a record makes no event. */
export interface RecordFault {
  kind: "missing field" | "wrong type";
  field: string;
}

/** Milliseconds since 1970 of an ISO 8601 day (UTC) or time; undefined for other texts and for days that don't exist. */
export function timeOf(text: string): number | undefined {
  const day = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.exec(text)?.[1];
  if (day === undefined) return undefined;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // Date.parse takes the 31st of February for the 3rd of March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

const REQUIRED_TEXTS = ["eventTime", "awsRegion", "eventID"] as const;
const REQUIRED_TEXTS_OF_CALLS = ["eventName", "eventSource", ...REQUIRED_TEXTS] as const;

/**
 * The event of a record, or the fault of the record. Records from before 2014 have no `eventType` and count as API calls.
 */
export function cloudTrailEvent(record: Partial<CloudTrailRecord>): CloudTrailEvent | RecordFault {
  const isInsight = record.eventType === insightEventType;
  for (const field of isInsight ? REQUIRED_TEXTS : REQUIRED_TEXTS_OF_CALLS) {
    const value: unknown = record[field];
    if (value === undefined || value === null) return { kind: "missing field", field };
    if (typeof value !== "string" || value === "") return { kind: "wrong type", field };
  }
  const { eventID = "", eventTime = "", eventSource = "", awsRegion = "", eventType = "AwsApiCall" } = record;
  if (timeOf(eventTime) === undefined) return { kind: "wrong type", field: "eventTime" };
  const account: unknown = record.recipientAccountId ?? record.userIdentity?.accountId;
  if (account === undefined) return { kind: "missing field", field: "recipientAccountId" };
  if (typeof account !== "string" || !/^\d{12}$/.test(account)) {
    return { kind: "wrong type", field: "recipientAccountId" };
  }
  const detailType = cloudTrailDetailType(eventType);
  if (detailType === undefined) return { kind: "wrong type", field: "eventType" };
  return {
    version: "0",
    id: eventID,
    "detail-type": detailType,
    source: isInsight ? "aws.cloudtrail" : `aws.${eventSource.split(".")[0]}`,
    account,
    time: eventTime,
    region: awsRegion,
    resources: [],
    detail: record as CloudTrailRecord,
  };
}

/** Their names sound like reads, and yet EventBridge gives them to every rule. */
const SESSION_CALLS = ["sts:GetFederationToken", "sts:GetSessionToken"];

/** Data events: rules in every state receive them where the trail records them. */
const DATA_READS = /^(s3:(Get|List)Object|dynamodb:GetItem$)/;

/**
 * Does EventBridge withhold the call (such as `iam:ListUsers`) from rules in the usual state `ENABLED`, because by its name it
 * only reads?
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export function isWithheldName(name: string): boolean {
  return /:(Describe|Get|List)/.test(name) && !SESSION_CALLS.includes(name) && !DATA_READS.test(name);
}

/** The same for a record. Its fields may hold anything, as it needn't come from CloudTrail. */
export function isWithheld(record: Partial<Record<keyof CloudTrailRecord, unknown>>): boolean {
  const { eventName, eventSource, eventType = "AwsApiCall", managementEvent } = record;
  if (eventType !== "AwsApiCall" || managementEvent === false) return false;
  if (typeof eventName !== "string" || typeof eventSource !== "string") return false;
  return isWithheldName(`${eventSource.split(".")[0] ?? ""}:${eventName}`);
}
