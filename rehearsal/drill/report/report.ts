/** A run of drills as data: what tables, pages and `--json` are made of. */
import { summarize, type LatencySummary } from "../statistics";
import type { DrillAccount, DrillResult } from "../types";
import type { DeliveredMessages } from "./messages";

export interface DrillReport {
  /** Of this shape; grows with changes that readers of `--json` must know. */
  version: 1;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** How long each part of the run took, in the order in which they ran. */
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
  /** What people were told meanwhile; absent without channels. */
  messages?: DeliveredMessages;
  /** Of the parts that took part, by name. */
  versions: Record<string, string>;
}

export interface DrillSummary {
  total: number;
  held: number;
  failed: number;
  /** From the return of the offending call to the good state, without controls that only tell; undefined if none came. */
  latency?: LatencySummary;
}

export function summaryOf(results: readonly DrillResult[]): DrillSummary {
  const held = results.filter((result) => result.held).length;
  const latencies = results.flatMap(({ mode, milliseconds }) =>
    mode === "notify" || milliseconds === undefined ? [] : [milliseconds],
  );
  return { total: results.length, held, failed: results.length - held, latency: summarize(latencies) };
}

/** Whether everything held. A run without a single drill proves nothing, so it doesn't. */
export const allHeld = ({ total, failed }: DrillSummary): boolean => total > 0 && failed === 0;

/** For people: `18 of 18 drills held`. */
export const verdict = ({ total, held }: DrillSummary): string =>
  total === 0 ? "No drill was run" : `${held} of ${total} ${total === 1 ? "drill" : "drills"} held`;

/** Failed drills by cause, the commonest first, so that one mistake is read once. */
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

/** Whole milliseconds with a unit; a dash for what never came. */
export const milliseconds = (value: number | undefined): string =>
  value === undefined ? "–" : `${Math.round(value).toLocaleString("en")} ms`;

/** For people: `4.2 s`. */
export const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`;
