/**
 * The record of unusual activity, as CloudTrail Insights writes it
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-trails.html).
 */
import type { EventBridgeEvent, JsonObject } from "@bailiwick/aws-events/record";
import type { InsightSelector } from "./selectors";

/** The average per minute for one caller, program or error. */
export interface InsightShare extends JsonObject {
  value: string;
  average: number;
}

export interface InsightAttribution extends JsonObject {
  attribute: "userIdentityArn" | "userAgent" | "errorCode";
  /** During the unusual activity and before: at most five each, in descending order. */
  insight: InsightShare[];
  baseline: InsightShare[];
}

export interface InsightRecord {
  eventVersion: string;
  /** When it began or ended: ISO 8601, UTC. */
  eventTime: string;
  awsRegion: string;
  eventID: string;
  eventType: "AwsCloudTrailInsight";
  recipientAccountId: string;
  /** The same for start and end. */
  sharedEventID: string;
  insightDetails: {
    state: "Start" | "End";
    eventSource: string;
    eventName: string;
    insightType: InsightSelector["type"];
    /** For `ApiErrorRateInsight`. */
    errorCode?: string;
    insightContext: {
      /** Averages per minute, durations in minutes. */
      statistics: {
        baseline: { average: number };
        insight: { average: number };
        insightDuration: number;
        baselineDuration: number;
      };
      attributions: InsightAttribution[];
    };
  };
  eventCategory: "Insight";
}

export type InsightEvent = EventBridgeEvent<InsightRecord>;
