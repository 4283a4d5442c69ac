/** A run of drills as data, from which tables, pages and `--json` are made. */
import { summarize, type LatencySummary } from "../statistics";
import type { DrillAccount, DrillResult } from "../types";
import type { DeliveredMessages } from "./messages";

export interface DrillReport {
  /** Of this shape; increases with changes that break readers of `--json`. */
  version: 1;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** How long each part of the run took, in order. */
  phases: { name: string; milliseconds: number }[];
  organization: {
    id: string;
    homeRegion: string;
    regions: string[];
    accounts: DrillAccount[];
  };
  controls: { id: string; title: string; severity: string; mode: string }[];
  concurrency: number;
  results: DrillResult[];
  summary: DrillSummary;
  /** The notifications of the run; absent without channels. */
  messages?: DeliveredMessages;
  /** Versions by component. */
  versions: Record<string, string>;
}

export interface DrillSummary {
  total: number;
  held: number;
  failed: number;
  /** From the return of the offending call to the good state, without controls that only notify; undefined if there is none. */
  latency?: LatencySummary;
}

export function summaryOf(results: readonly DrillResult[]): DrillSummary {
  const held = results.filter((result) => result.held).length;
  const latencies = results.flatMap(({ mode, milliseconds }) =>
    mode === "notify" || milliseconds === undefined ? [] : [milliseconds],
  );
  return { total: results.length, held, failed: results.length - held, latency: summarize(latencies) };
}

/** Whether every drill held. A run without drills proves nothing, so it doesn't count as held. */
export const allHeld = ({ total, failed }: DrillSummary): boolean => total > 0 && failed === 0;

/** For people: `18 of 18 drills held`. */
export const verdict = ({ total, held }: DrillSummary): string =>
  total === 0 ? "No drill was run" : `${held} of ${total} ${total === 1 ? "drill" : "drills"} held`;

/** Failed drills by cause, the most frequent first, so that one mistake is read once. */
export function causesOf(results: readonly DrillResult[]): { cause: string; results: DrillResult[] }[] {
  const causes = new Map<string, DrillResult[]>();
  for (const result of results) {
    if (result.held) continue;
    const cause = result.cause ?? "No cause is known.";
    causes.set(cause, [...(causes.get(cause) ?? []), result]);
  }
  return [...causes]
    .map(([cause, group]) => ({ cause, results: group }))
    .sort((a, b) => b.results.length - a.results.length);
}

/** Whole milliseconds with a unit; a dash if undefined. */
export const milliseconds = (value: number | undefined): string =>
  value === undefined ? "–" : `${Math.round(value).toLocaleString("en")} ms`;

/** For people: `4.2 s`. */
export const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`;
