/**
 * The way of each event through the local organization: API call, trail, bus, rule, forwarding, queue, function, outcome. Kept in
 * memory, bounded, and found again by EventBridge event id or CloudTrail eventID. Whoever moves an event on notes a step.
 */
import { explainPath } from "./explain";
import type { Trace, TraceNote, TraceOptions, TraceQuery, TraceStep, TraceSummary } from "./types";

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
  const limit = options.events ?? 20_000;
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
      return way && explainPath({ ...way, steps: inTime(way.steps) }, options.outcomes);
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
