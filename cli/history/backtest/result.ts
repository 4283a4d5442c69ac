/** What reading files for a backtest gives: plain data, as workers send it. */

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
  | "resource can't be told";

export interface Problem {
  kind: ProblemKind;
  /** The field concerned, the system's error, or how the item begins; of the first one. */
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
  /** The resources that the control would have looked at; none when the event names none. */
  resources: { arn: string; type: string }[];
  /** ARN of who called, or whatever else names them. */
  principal: string;
  eventName: string;
  /** A read-only call, which a rule in the usual state isn't given. */
  withheld: boolean;
}

export interface FileResult {
  file: string;
  /** On the disk, and as text. */
  bytes: number;
  textBytes: number;
  /** CloudTrail records and events. */
  records: number;
  /** Of these the ones whose name some control asks for. */
  examined: number;
  /** Not records by nature: CloudTrail's digest files. */
  digests: number;
  problems: Problem[];
  hits: Hit[];
}

export interface ReadOptions {
  /** Ids of the controls; hits refer to this order. */
  controls: string[];
  /** Milliseconds since 1970, inclusive; undefined: no limit. */
  since?: number;
  /** Exclusive. */
  until?: number;
  /** 12 digits each; empty: all. */
  accounts: string[];
}
