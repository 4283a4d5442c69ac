/**
 * CloudTrail Insights: counts the calls and failures of each API, by account and region, and reports unusually high rates
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html). How AWS decides is not
 * published. Here a minute is unusual when it has many times the average of the minutes before. Pure: the time is a parameter.
 */
import { randomUUID } from "node:crypto";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import { InsightMinutes, partsOf } from "./insight-minutes";
import type { InsightAttribution, InsightRecord } from "./insight-record";
import type { InsightSelector } from "./selectors";

/**
 * The length of a minute of Insights here. On AWS an insight comes within half an hour of the calls, here within seconds, so that
 * tests can wait for it. All rates and durations in the records are by this minute.
 */
export const INSIGHT_MINUTE_MILLISECONDS = 1_000;

/** Fewer calls a minute are never unusual. */
const UNUSUAL_CALLS = 15;
/** A minute is unusual above this multiple of the average of the minutes before. */
const UNUSUAL_FACTOR = 5;
/** Consecutive usual minutes that end unusual activity. */
const USUAL_MINUTES = 2;

type InsightType = InsightSelector["type"];

interface Unusual {
  sharedEventID: string;
  /** Numbers of its first and its last unusual minute. */
  first: number;
  last: number;
  baseline: { average: number; minutes: number; attributions: Map<string, InsightAttribution["baseline"]> };
}

interface Series {
  account: string;
  region: string;
  type: InsightType;
  eventSource: string;
  eventName: string;
  errorCode?: string;
  minutes: InsightMinutes;
  unusual?: Unusual;
  /** ARNs of the trails that cover it. */
  trails: Set<string>;
}

export interface FoundInsight {
  record: InsightRecord;
  type: InsightType;
  /** ARNs of the trails that receive it. */
  trails: ReadonlySet<string>;
}

export class InsightDetector {
  private readonly series = new Map<string, Series>();
  /** Those with calls to judge. */
  private readonly stirring = new Set<Series>();
  private lastJudged: number;
  private readonly began: number;

  /** @param began when it starts to count, in milliseconds since 1970. */
  constructor(
    began: number,
    private readonly minuteMilliseconds = INSIGHT_MINUTE_MILLISECONDS,
  ) {
    this.began = this.minuteOf(began);
    this.lastJudged = this.began - 1;
  }

  /**
   * Counts a record if it is of a counted kind: writing management events, all data events, and all failures.
   * @param trails the trails that cover it, with their insights.
   * @param now milliseconds since 1970.
   */
  observe(
    record: CloudTrailRecord,
    trails: readonly { arn: string; insights?: readonly InsightSelector[] }[],
    now: number,
  ): void {
    for (const type of ["ApiCallRateInsight", "ApiErrorRateInsight"] as const) {
      const isCounted =
        type === "ApiErrorRateInsight"
          ? record.errorCode !== undefined
          : !(record.managementEvent && record.readOnly);
      if (!isCounted) continue;
      const interested = trails.filter(({ insights = [] }) =>
        insights.some((each) => each.type === type && each.categories.includes(record.eventCategory)),
      );
      if (interested.length === 0) continue;
      const series = this.seriesOf(record, type);
      for (const { arn } of interested) series.trails.add(arn);
      series.minutes.count(this.minuteOf(now), partsOf(record));
      this.stirring.add(series);
    }
  }

  /** The insights of the minutes that have ended. */
  judge(now: number): FoundInsight[] {
    const found: FoundInsight[] = [];
    const last = this.minuteOf(now) - 1;
    for (const series of this.stirring) {
      for (let minute = this.lastJudged + 1; minute <= last; minute++) {
        const insight = this.judgeMinute(series, minute);
        if (insight) found.push({ record: insight, type: series.type, trails: series.trails });
      }
      if (series.unusual === undefined && series.minutes.newest <= last) this.stirring.delete(series);
    }
    this.lastJudged = Math.max(this.lastJudged, last);
    return found;
  }

  private judgeMinute(series: Series, minute: number): InsightRecord | undefined {
    const { minutes, unusual } = series;
    const count = minutes.at(minute);
    if (unusual) {
      if (isUnusual(count, unusual.baseline.average)) unusual.last = minute;
      if (minute - unusual.last < USUAL_MINUTES) return undefined;
      series.unusual = undefined;
      return this.recordOf("End", series, unusual);
    }
    if (count < UNUSUAL_CALLS) return undefined;
    const before = minutes.before(minute, this.began);
    if (!isUnusual(count, before.average)) return undefined;
    series.unusual = { sharedEventID: randomUUID(), first: minute, last: minute, baseline: before };
    return this.recordOf("Start", series, series.unusual);
  }

  private recordOf(state: "Start" | "End", series: Series, unusual: Unusual): InsightRecord {
    const { account, region, type, eventSource, eventName, errorCode, minutes } = series;
    const { first, last, baseline } = unusual;
    const during = minutes.between(first, last);
    // An insight about errors gives the error already.
    const attributes = ["userIdentityArn", "userAgent", ...(errorCode === undefined ? ["errorCode"] : [])];
    return {
      eventVersion: "1.09",
      eventTime: this.timeOf(state === "Start" ? first : last + 1),
      awsRegion: region,
      eventID: randomUUID(),
      eventType: "AwsCloudTrailInsight",
      recipientAccountId: account,
      sharedEventID: unusual.sharedEventID,
      insightDetails: {
        state,
        eventSource,
        eventName,
        insightType: type,
        ...(errorCode === undefined ? {} : { errorCode }),
        insightContext: {
          statistics: {
            baseline: { average: baseline.average },
            insight: { average: during.average },
            insightDuration: during.minutes,
            baselineDuration: baseline.minutes,
          },
          attributions: attributes.map((attribute) => ({
            attribute: attribute as InsightAttribution["attribute"],
            insight: during.attributions.get(attribute) ?? [],
            baseline: baseline.attributions.get(attribute) ?? [],
          })),
        },
      },
      eventCategory: "Insight",
    };
  }

  private seriesOf(record: CloudTrailRecord, type: InsightType): Series {
    const { recipientAccountId: account, awsRegion: region, eventSource, eventName } = record;
    const errorCode = type === "ApiErrorRateInsight" ? record.errorCode : undefined;
    const name = [account, region, type, eventSource, eventName, errorCode ?? ""].join(" ");
    let series = this.series.get(name);
    if (!series) {
      const what = { account, region, type, eventSource, eventName, errorCode };
      series = { ...what, minutes: new InsightMinutes(), trails: new Set() };
      this.series.set(name, series);
    }
    return series;
  }

  private minuteOf(at: number): number {
    return Math.floor(at / this.minuteMilliseconds);
  }

  private timeOf(minute: number): string {
    return new Date(minute * this.minuteMilliseconds).toISOString().replace(/\.\d+Z$/, "Z");
  }
}

const isUnusual = (count: number, usual: number): boolean =>
  count >= UNUSUAL_CALLS && count > UNUSUAL_FACTOR * usual;
