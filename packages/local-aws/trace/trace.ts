/**
 * The path of each event through the local organization: API call, trail, bus, rule, forwarding, queue, function, outcome. It is kept
 * in memory, within limits, and found by EventBridge event id or CloudTrail eventID. Each part that moves an event notes a step.
 */
import { explainPath } from "./explain";
import type {
  Explanation,
  Trace,
  TraceNote,
  TraceOptions,
  TraceQuery,
  TraceStep,
  TraceSummary,
} from "./types";

/** All steps of one event. */
interface EventPath {
  ids: Set<string>;
  eventId?: string;
  cloudTrailEventId?: string;
  steps: TraceStep[];
}

/** A loop must not fill the memory with one event's steps. */
const MAXIMUM_STEPS = 200;
const DEFAULT_EVENTS = 20_000;

/** Milliseconds since 1970, finer than Date.now(), so that steps keep their order. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();

export const createTrace = (options: TraceOptions = {}): Trace => new EventTrace(options);

class EventTrace implements Trace {
  /** Oldest first. */
  private readonly paths = new Set<EventPath>();
  private readonly byId = new Map<string, EventPath>();
  private readonly listeners = new Set<(step: TraceNote) => void>();

  constructor(private readonly options: TraceOptions) {}

  note(step: TraceNote): void {
    const ids = [step.eventId, step.cloudTrailEventId].filter((id) => id !== undefined);
    if (ids.length === 0) return;
    const path = this.pathOf(ids);
    path.eventId ??= step.eventId;
    path.cloudTrailEventId ??= step.cloudTrailEventId;
    if (path.steps.length < MAXIMUM_STEPS) path.steps.push({ ...step, at: step.at ?? preciseNow() });
    for (const listener of this.listeners) listener(step);
  }

  watch(listener: (step: TraceNote) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  find(query: TraceQuery): TraceSummary[] {
    return [...this.paths].map(summaryOf).filter((summary) => fits(summary, query));
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  explain(id: string): Explanation | undefined {
    const path = this.byId.get(id);
    return path && explainPath({ ...path, steps: inTime(path.steps) }, this.options.outcomes);
  }

  /** A step with both ids joins what was noted under each. */
  private pathOf(ids: string[]): EventPath {
    const known = new Set(ids.map((id) => this.byId.get(id)).filter((path) => path !== undefined));
    const [path = this.newPath(), ...others] = known;
    for (const other of others) this.join(path, other);
    this.register(path, ids);
    return path;
  }

  private newPath(): EventPath {
    const path: EventPath = { ids: new Set(), steps: [] };
    this.paths.add(path);
    for (const oldest of this.paths) {
      if (this.paths.size <= (this.options.events ?? DEFAULT_EVENTS)) break;
      this.forget(oldest);
    }
    return path;
  }

  private join(path: EventPath, other: EventPath): void {
    this.forget(other);
    path.steps.push(...other.steps);
    this.register(path, other.ids);
    path.eventId ??= other.eventId;
    path.cloudTrailEventId ??= other.cloudTrailEventId;
  }

  private register(path: EventPath, ids: Iterable<string>): void {
    for (const id of ids) {
      path.ids.add(id);
      this.byId.set(id, path);
    }
  }

  private forget(path: EventPath): void {
    this.paths.delete(path);
    for (const id of path.ids) this.byId.delete(id);
  }
}

function summaryOf(path: EventPath): TraceSummary {
  const steps = inTime(path.steps);
  const first = <Key extends keyof TraceStep>(key: Key) =>
    steps.find((step) => step[key] !== undefined)?.[key];
  return {
    eventId: path.eventId,
    cloudTrailEventId: path.cloudTrailEventId,
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

/** Both may be names or ARNs: the last part of an ARN is the name. */
function namesResource(known: string | undefined, asked: string): boolean {
  if (known === undefined) return false;
  return known === asked || lastPart(known) === lastPart(asked);
}

const lastPart = (text: string): string => text.split(/[:/]/).pop() ?? text;

const inTime = (steps: TraceStep[]): TraceStep[] => [...steps].sort((left, right) => left.at - right.at);
