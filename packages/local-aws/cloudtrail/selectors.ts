/** Whether a trail logs an event: its regions, its state, its selectors. Pure. */
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import type { DataResource } from "./categories";
import { isGlobalService } from "./names";

/** A basic event selector (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html). */
export interface BasicSelector {
  ReadWriteType?: string;
  IncludeManagementEvents?: boolean;
  ExcludeManagementEventSources?: string[];
  DataResources?: { Type?: string; Values?: string[] }[];
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
export interface FieldSelector {
  Field?: string;
  Equals?: string[];
  NotEquals?: string[];
  StartsWith?: string[];
  NotStartsWith?: string[];
  EndsWith?: string[];
  NotEndsWith?: string[];
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_InsightSelector.html */
export interface InsightSelector {
  type: "ApiCallRateInsight" | "ApiErrorRateInsight";
  /** Of which events: `Management`, `Data`. */
  categories: string[];
}

export interface Trail {
  name: string;
  arn: string;
  /** The account it was created in. */
  account: string;
  homeRegion: string;
  multiRegion: boolean;
  organization: boolean;
  globalServiceEvents: boolean;
  logging: boolean;
  bucket: string;
  prefix?: string;
  kmsKeyId?: string;
  logFileValidation: boolean;
  /** The log group it also writes to, and the role by which it does. */
  cloudWatchLogs?: { groupArn: string; roleArn: string };
  /** ARN of the topic that hears of each log file. */
  topicArn?: string;
  /** Which unusual activity it looks for. Absent: none. */
  insights?: InsightSelector[];
  selectors: BasicSelector[];
  /** Instead of the basic ones. */
  advancedSelectors?: { Name?: string; FieldSelectors?: FieldSelector[] }[];
}

export interface Member {
  account: string;
  /** Whether the account is in the organization whose management account has `organization` trails. */
  inOrganization: boolean;
  managementAccount: string;
}

/** @returns undefined if the trail logs the event, else why not, as the rest of a sentence about the trail. */
export function whyNotCovered(
  trail: Trail,
  member: Member,
  record: CloudTrailRecord,
  data: DataResource | undefined,
): string | undefined {
  const ofTheOrganization =
    trail.organization && trail.account === member.managementAccount && member.inOrganization;
  if (trail.account !== member.account && !ofTheOrganization) return `is ${trail.account}'s alone`;
  if (!trail.multiRegion && trail.homeRegion !== record.awsRegion) return `logs ${trail.homeRegion} only`;
  if (isGlobalService(record.eventSource) && !trail.globalServiceEvents)
    return "leaves out global service events";
  if (!trail.logging) return "is stopped";
  // One of its resources is enough.
  const each = [data, ...(data?.further ?? []).map((arn) => ({ type: data?.type ?? "", arn }))];
  const reasons = each.map((one) =>
    trail.advancedSelectors
      ? whyNotAdvanced(trail.advancedSelectors, record, one)
      : whyNotBasic(trail.selectors, record, one),
  );
  return reasons.includes(undefined) ? undefined : reasons[0];
}

function whyNotBasic(
  selectors: BasicSelector[],
  record: CloudTrailRecord,
  data: DataResource | undefined,
): string | undefined {
  const wanted = record.readOnly ? "ReadOnly" : "WriteOnly";
  const reasons = selectors.map((selector): string | undefined => {
    const { ReadWriteType = "All" } = selector;
    if (ReadWriteType !== "All" && ReadWriteType !== wanted) return `logs ${ReadWriteType} events only`;
    if (!record.managementEvent)
      return logsData(selector, data) ? undefined : "does not log data events of this resource";
    if (selector.IncludeManagementEvents === false) return "does not log management events";
    if (selector.ExcludeManagementEventSources?.includes(record.eventSource) === true)
      return `leaves out ${record.eventSource}`;
    return undefined;
  });
  return reasons.includes(undefined) ? undefined : (reasons[0] ?? "has no event selector");
}

function logsData(selector: BasicSelector, data: DataResource | undefined): boolean {
  return (selector.DataResources ?? []).some(
    ({ Type, Values = [] }) => Type === data?.type && Values.some((value) => isWithin(data?.arn, value)),
  );
}

/** `arn:aws:s3` is all buckets, `arn:aws:s3:::b/` and `arn:aws:s3:::b/p` what starts so; functions and tables are meant whole. */
function isWithin(arn: string | undefined, value: string): boolean {
  if (arn === undefined) return false;
  if (value.split(":").length <= 3) return arn.startsWith(`${value}:`);
  return value.startsWith("arn:aws:s3:::")
    ? arn.startsWith(value)
    : arn === value || arn.startsWith(`${value}:`);
}

function whyNotAdvanced(
  selectors: { FieldSelectors?: FieldSelector[] }[],
  record: CloudTrailRecord,
  data: DataResource | undefined,
): string | undefined {
  const covered = selectors.some(({ FieldSelectors = [] }) =>
    FieldSelectors.every((selector) => matchesField(selector, fieldOf(record, data, selector.Field ?? ""))),
  );
  return covered ? undefined : "has no advanced event selector that fits";
}

function fieldOf(
  record: CloudTrailRecord,
  data: DataResource | undefined,
  field: string,
): string | undefined {
  switch (field) {
    case "eventCategory":
      return record.eventCategory;
    case "readOnly":
      return String(record.readOnly);
    case "eventName":
      return record.eventName;
    case "eventSource":
      return record.eventSource;
    case "eventType":
      return record.eventType;
    case "errorCode":
      return record.errorCode;
    case "userIdentity.arn":
      return record.userIdentity.arn;
    case "resources.type":
      return data?.type;
    case "resources.ARN":
      return data?.arn;
    default:
      return undefined;
  }
}

/** All conditions of a field must hold; within one, any value. */
function matchesField(selector: FieldSelector, value: string | undefined): boolean {
  const any = (values: string[] | undefined, test: (one: string) => boolean) =>
    values === undefined || values.some(test);
  const none = (values: string[] | undefined, test: (one: string) => boolean) =>
    values === undefined || !values.some(test);
  return (
    any(selector.Equals, (one) => value === one) &&
    any(selector.StartsWith, (one) => value?.startsWith(one) === true) &&
    any(selector.EndsWith, (one) => value?.endsWith(one) === true) &&
    none(selector.NotEquals, (one) => value === one) &&
    none(selector.NotStartsWith, (one) => value?.startsWith(one) === true) &&
    none(selector.NotEndsWith, (one) => value?.endsWith(one) === true)
  );
}
