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
  /** The kinds of events: `Management`, `Data`. */
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
  /** The log group that it also writes to, and the role by which it writes. */
  cloudWatchLogs?: { groupArn: string; roleArn: string };
  /** ARN of the topic that is notified of each log file. */
  topicArn?: string;
  /** The unusual activity that it looks for. Absent: none. */
  insights?: InsightSelector[];
  selectors: BasicSelector[];
  /** In place of the basic ones. */
  advancedSelectors?: { Name?: string; FieldSelectors?: FieldSelector[] }[];
}

export interface Member {
  account: string;
  /** Whether the account is in the organization whose management account has `organization` trails. */
  inOrganization: boolean;
  managementAccount: string;
}

/** @returns undefined if the trail logs the event, otherwise the reason, as the rest of a sentence about the trail. */
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
  // It is enough that one of its resources fits.
  const each = [data, ...(data?.further ?? []).map((arn) => ({ type: data?.type ?? "", arn }))];
  const reasons = each.map((candidate) =>
    trail.advancedSelectors
      ? whyNotAdvanced(trail.advancedSelectors, record, candidate)
      : whyNotBasic(trail.selectors, record, candidate),
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

/** `arn:aws:s3` means all buckets, `arn:aws:s3:::b/` and `arn:aws:s3:::b/p` prefixes. ARNs of functions and tables must be equal. */
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

/** All conditions of a field must hold, each for any of its values. */
function matchesField(selector: FieldSelector, value: string | undefined): boolean {
  const any = (values: string[] | undefined, test: (candidate: string) => boolean) =>
    values === undefined || values.some(test);
  const none = (values: string[] | undefined, test: (candidate: string) => boolean) =>
    values === undefined || !values.some(test);
  return (
    any(selector.Equals, (candidate) => value === candidate) &&
    any(selector.StartsWith, (candidate) => value?.startsWith(candidate) === true) &&
    any(selector.EndsWith, (candidate) => value?.endsWith(candidate) === true) &&
    none(selector.NotEquals, (candidate) => value === candidate) &&
    none(selector.NotStartsWith, (candidate) => value?.startsWith(candidate) === true) &&
    none(selector.NotEndsWith, (candidate) => value?.endsWith(candidate) === true)
  );
}
