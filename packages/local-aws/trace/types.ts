/** What a trace keeps of each event, and what it answers. */
import type { JsonObject } from "@bailiwick/aws-events/record";

export type TraceStage =
  "call" | "trail" | "bus" | "rule" | "target" | "retry" | "dead letter" | "archive" | "function" | "outcome";

export interface TraceStep {
  /** Id of the EventBridge event; absent while there is none. */
  eventId?: string;
  /** `eventID` of the CloudTrail record. One of the two ids must be there. */
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
  /** This branch of the way ends here, and why. A function is asked only when somebody wants to know. */
  stopped?: string | (() => string);
  /** For programs: whatever else is known. `bus`, `rule` and `target` (name, ARN, ARN) say on which branch of the way it was. */
  data?: JsonObject;
}

/** A step as it is noted: the time is now unless given. */
export type TraceNote = Omit<TraceStep, "at"> & { at?: number };

/** A step as it is told: every reason is text. */
export type ExplainedStep = Omit<TraceStep, "stopped"> & { stopped?: string };

export interface Explanation {
  eventId?: string;
  cloudTrailEventId?: string;
  /** In the order of time. */
  steps: ExplainedStep[];
  /** Why it came to no end on a branch of its way, whatever came of the others. Absent when no branch has stopped. */
  stopped?: string;
  /** Where it was handed over without an outcome yet. May be there beside `stopped`. */
  pending?: string;
  /** What was reported of it, oldest first. May be there beside both. */
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
  /** The ways that fit all that is asked, oldest first. */
  find(query: TraceQuery): TraceSummary[];
  /** Whether anything is known of an event, by either id. */
  has(id: string): boolean;
  /** By either id; undefined when nothing is known of it. */
  explain(id: string): Explanation | undefined;
}

/** How outcomes belong to the queues whose consumers report them. Names only: the last part of a target's ARN. */
export interface OutcomeQueues {
  /** Whether outcomes are reported for what this queue gets. For other queues and targets, any outcome of the event counts. */
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
