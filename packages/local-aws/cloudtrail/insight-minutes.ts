/** The number of an API's calls in each minute, by caller, program and error. */
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import type { InsightShare } from "./insight-record";

/** The minutes of seven days, with which AWS compares the present. */
const BASELINE_MINUTES = 10_080;
/** AWS names at most five of each kind. */
const MOST_SHARES = 5;

/** The attributions of one call, by kind. */
type CallParts = Readonly<Record<string, string>>;

export function partsOf(record: CloudTrailRecord): CallParts {
  const { arn, invokedBy } = record.userIdentity;
  return {
    // All sessions of a role count together.
    userIdentityArn: arn?.replace(/(:assumed-role\/[^/]+)\/.*$/, "$1") ?? invokedBy ?? "null",
    // Only S3 puts it in brackets.
    userAgent: record.userAgent.replace(/^\[(.*)\]$/, "$1"),
    errorCode: record.errorCode ?? "null",
  };
}

interface Minute {
  number: number;
  calls: number;
  /** Numbers of calls by `kind value`. */
  parts: Map<string, number>;
}

interface Span {
  /** Calls a minute. */
  average: number;
  minutes: number;
  /** In descending order. */
  attributions: Map<string, InsightShare[]>;
}

export class InsightMinutes {
  /** The minutes with calls, in chronological order. */
  private minutes: Minute[] = [];

  /** Number of the last minute with calls. */
  get newest(): number {
    return this.minutes.at(-1)?.number ?? Number.NEGATIVE_INFINITY;
  }

  /** @param number of the present minute. */
  count(number: number, parts: CallParts): void {
    let minute = this.minutes.at(-1);
    if (!minute || minute.number < number) {
      minute = { number, calls: 0, parts: new Map() };
      this.minutes.push(minute);
      while ((this.minutes[0]?.number ?? number) < number - 2 * BASELINE_MINUTES) this.minutes.shift();
    }
    minute.calls += 1;
    for (const [kind, value] of Object.entries(parts)) {
      const name = `${kind} ${value}`;
      minute.parts.set(name, (minute.parts.get(name) ?? 0) + 1);
    }
  }

  /** Calls in a minute. */
  at(number: number): number {
    return this.minutes.findLast((minute) => minute.number === number)?.calls ?? 0;
  }

  /** The seven days before a minute, or the minutes since `began`. */
  before(number: number, began: number): Span {
    return this.between(Math.max(began, number - BASELINE_MINUTES), number - 1);
  }

  /** Includes both minutes. */
  between(first: number, last: number): Span {
    const within = this.minutes.filter(({ number }) => number >= first && number <= last);
    const minutes = Math.max(last - first + 1, 1);
    const average = (calls: number) => Number((calls / minutes).toPrecision(10));
    const totals = new Map<string, number>();
    for (const { parts } of within)
      for (const [name, calls] of parts) totals.set(name, (totals.get(name) ?? 0) + calls);
    const attributions = new Map<string, InsightShare[]>();
    for (const [name, calls] of [...totals].sort(([, a], [, b]) => b - a)) {
      const kind = name.slice(0, name.indexOf(" "));
      const shares = attributions.get(kind) ?? [];
      if (shares.length < MOST_SHARES)
        shares.push({ value: name.slice(kind.length + 1), average: average(calls) });
      attributions.set(kind, shares);
    }
    return { average: average(within.reduce((sum, { calls }) => sum + calls, 0)), minutes, attributions };
  }
}
