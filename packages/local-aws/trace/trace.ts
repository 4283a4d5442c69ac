/**
 * The way of each event through the local organization: API call, trail, bus, rule, forwarding, queue, function, outcome. Kept in
 * memory, bounded, and found again by EventBridge event id or CloudTrail eventID. Whoever moves an event on notes a step.
 */
import type { JsonObject } from "@bailiwick/aws-events/record";
import { explainWay } from "./explain";

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
  ways?: number;
  /** Default: no queue has outcomes of its own. */
  outcomes?: OutcomeQueues;
}

interface Way {
  ids: Set<string>;
  eventId?: string;
  cloudTrailEventId?: string;
  steps: TraceStep[];
}

/** A loop must not fill the memory with one event's steps. */
const STEPS_OF_ONE_WAY = 200;

/** Milliseconds since 1970, finer than Date.now(), so that steps keep their order. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();

export function createTrace(options: TraceOptions = {}): Trace {
  const limit = options.ways ?? 20_000;
  const ways = new Set<Way>();
  const byId = new Map<string, Way>();
  const listeners = new Set<(step: TraceNote) => void>();

  const wayOf = (ids: string[]): Way | undefined => {
    const known = [...new Set(ids.map((id) => byId.get(id)).filter((way) => way !== undefined))];
    const [way = newWay(), ...others] = known;
    for (const other of others) join(way, other);
    for (const id of ids) {
      way.ids.add(id);
      byId.set(id, way);
    }
    return way;
  };
  const newWay = (): Way => {
    const way: Way = { ids: new Set(), steps: [] };
    ways.add(way);
    for (const oldest of ways) {
      if (ways.size <= limit) break;
      forget(oldest);
    }
    return way;
  };
  const forget = (way: Way): void => {
    ways.delete(way);
    for (const id of way.ids) byId.delete(id);
  };
  const join = (way: Way, other: Way): void => {
    forget(other);
    way.steps.push(...other.steps);
    for (const id of other.ids) {
      way.ids.add(id);
      byId.set(id, way);
    }
    way.eventId ??= other.eventId;
    way.cloudTrailEventId ??= other.cloudTrailEventId;
  };

  return {
    note(step) {
      const ids = [step.eventId, step.cloudTrailEventId].filter((id) => id !== undefined);
      if (ids.length === 0) return;
      const way = wayOf(ids);
      if (!way) return;
      way.eventId ??= step.eventId;
      way.cloudTrailEventId ??= step.cloudTrailEventId;
      if (way.steps.length < STEPS_OF_ONE_WAY) way.steps.push({ ...step, at: step.at ?? preciseNow() });
      for (const listener of listeners) listener(step);
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    find(query) {
      return [...ways].map(summaryOf).filter((summary) => fits(summary, query));
    },
    has: (id) => byId.has(id),
    explain(id) {
      const way = byId.get(id);
      return way && explainWay({ ...way, steps: inTime(way.steps) }, options.outcomes);
    },
  };
}

function summaryOf(way: Way): TraceSummary {
  const steps = inTime(way.steps);
  const first = <Key extends keyof TraceStep>(key: Key) =>
    steps.find((step) => step[key] !== undefined)?.[key];
  return {
    eventId: way.eventId,
    cloudTrailEventId: way.cloudTrailEventId,
    at: steps[0]?.at ?? 0,
    account: first("account"),
    region: first("region"),
    eventName: first("eventName"),
    resource: first("resource"),
  };
}

function fits(summary: TraceSummary, query: TraceQuery): boolean {
  return (
    (query.account === undefined || query.account === summary.account) &&
    (query.region === undefined || query.region === summary.region) &&
    (query.eventName === undefined || query.eventName === summary.eventName) &&
    (query.resource === undefined || namesResource(summary.resource, query.resource)) &&
    (query.since === undefined || summary.at >= query.since)
  );
}

/** Names and ARNs are both in use: the last part of an ARN is the name. */
function namesResource(known: string | undefined, asked: string): boolean {
  if (known === undefined) return false;
  return known === asked || lastPart(known) === lastPart(asked);
}

const lastPart = (text: string): string => text.split(/[:/]/).pop() ?? text;

const inTime = (steps: TraceStep[]): TraceStep[] => [...steps].sort((one, other) => one.at - other.at);
