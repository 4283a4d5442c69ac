/** What a trace keeps of each event, and what it answers. */
import type { JsonObject } from "@bailiwick/aws-events/record";

export type TraceStage =
  "call" | "trail" | "bus" | "rule" | "target" | "retry" | "dead letter" | "archive" | "function" | "outcome";

export interface TraceStep {
  /** Id of the EventBridge event; absent before there is one. */
  eventId?: string;
  /** `eventID` of the CloudTrail record. One of the two ids is required. */
  cloudTrailEventId?: string;
  /** Milliseconds since 1970, with fractions. */
  at: number;
  stage: TraceStage;
  /** One sentence for people. */
  text: string;
  /** Where it happened. */
  account?: string;
  region?: string;
  /** On the first step of an API call: CloudTrail's name of it. */
  eventName?: string;
  /** ARN or name of the resource concerned. */
  resource?: string;
  /** Why this branch of the path ends here. A function is called only when the path is explained. */
  stopped?: string | (() => string);
  /** More for programs. `bus`, `rule` and `target` (name, ARN, ARN) identify the branch of the path. */
  data?: JsonObject;
}

/** A step to be noted. Default time: now. */
export type TraceNote = Omit<TraceStep, "at"> & { at?: number };

/** A step of an explanation: the reason is text. */
export type ExplainedStep = Omit<TraceStep, "stopped"> & { stopped?: string };

export interface Explanation {
  eventId?: string;
  cloudTrailEventId?: string;
  /** In the order of time. */
  steps: ExplainedStep[];
  /** Why a branch of the path stopped, even if others didn't. Absent when none has. */
  stopped?: string;
  /** Deliveries that have no outcome yet. May be present beside `stopped`. */
  pending?: string;
  /** Reported outcomes, oldest first. May be present beside both. */
  outcomes?: string[];
}

export interface TraceQuery {
  account?: string;
  region?: string;
  eventName?: string;
  /** ARN or name. */
  resource?: string;
  /** Milliseconds since 1970. */
  since?: number;
}

export interface TraceSummary {
  eventId?: string;
  cloudTrailEventId?: string;
  at: number;
  account?: string;
  region?: string;
  eventName?: string;
  resource?: string;
}

export interface Trace {
  note(step: TraceNote): void;
  /** Calls `listener` with each step as it is noted; @returns a function that ends it. */
  watch(listener: (step: TraceNote) => void): () => void;
  /** The events that fit the whole query, oldest first. */
  find(query: TraceQuery): TraceSummary[];
  /** Whether anything is known of an event, by either id. */
  has(id: string): boolean;
  /** By either id; undefined when nothing is known of the event. */
  explain(id: string): Explanation | undefined;
}

/** How outcomes belong to the queues whose consumers report them. Names only: the last part of a target's ARN. */
export interface OutcomeQueues {
  /** Whether outcomes are reported for the events of this queue. For other queues and targets, any outcome of the event counts. */
  reports(queue: string): boolean;
  /** @param outcome `data` of a step of the stage `outcome`. @returns the queue it is reported for; undefined: not known. */
  queueOf(outcome: JsonObject): string | undefined;
}

export interface TraceOptions {
  /** How many events are remembered; the oldest are forgotten first. Default 20,000. */
  events?: number;
  /** Default: no queue has outcomes of its own. */
  outcomes?: OutcomeQueues;
}
