/** The results of reading files for a backtest: plain data, as workers send it. */

export type ProblemKind =
  | "can't be read"
  | "empty"
  | "truncated gzip"
  | "corrupt gzip"
  | "broken JSON"
  | "cut off"
  | "too large"
  | "given up"
  | "missing field"
  | "wrong type"
  | "not a CloudTrail record"
  | "unreadable record"
  | "resource unknown";

export interface Problem {
  kind: ProblemKind;
  /** Of the first one: the field concerned, the system's error, or the item's beginning. */
  example: string;
  count: number;
}

/** One event that a control's pattern matches. */
export interface Hit {
  /** Index in the list of controls. */
  control: number;
  id: string;
  time: string;
  account: string;
  region: string;
  /** The resources that the control would have evaluated; empty when the event names none. */
  resources: { arn: string; type: string }[];
  /** The caller's ARN, or another name. */
  principal: string;
  eventName: string;
  /** A read-only call, which a rule in the usual state doesn't receive. */
  withheld: boolean;
}

export interface FileResult {
  file: string;
  /** On disk, and as text. */
  bytes: number;
  textBytes: number;
  /** CloudTrail records and events. */
  records: number;
  /** Those of them whose name a control asks for. */
  examined: number;
  /** CloudTrail's digest files, which contain no records. */
  digests: number;
  problems: Problem[];
  hits: Hit[];
}

export interface ReadOptions {
  /** Milliseconds since 1970, inclusive; undefined: no limit. */
  since?: number;
  /** Exclusive. */
  until?: number;
  /** 12 digits each; empty: all. */
  accounts: string[];
}
