/** The data of drills: where they run, what is drilled, and the results. */
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import type { CatalogueEntry, Mode } from "../../controls/lib/control";
import type { Drill } from "../../controls/lib/drill/drill";
import type { Outcome } from "../../controls/lib/outcome";

/** The parts of an organization that drills need. The `Organization` of packages/local-aws has them. */
export interface DrillOrganization {
  homeRegion: string;
  accounts: readonly DrillAccount[];
  /** For SDK clients of this account and region. */
  aws(accountId: string, region: string): AwsClientConfig;
  /** Where people sign in to the console; absent: nowhere. */
  endpointUrl?: string;
  /** Resolves with a sentence if the organization ends unasked. */
  died: Promise<string>;
}

export interface DrillAccount {
  /** 12 digits. */
  id: string;
  name: string;
  /** As in the settings: management, security, logArchive or member. */
  kind: string;
}

/** One control to be drilled in one account and region. */
export interface DrillCase {
  control: Pick<CatalogueEntry, "id" | "title" | "severity" | "pattern">;
  drill: Drill<unknown, unknown>;
  parameters: unknown;
  /** The control's mode in this stack and account. */
  mode: Exclude<Mode, "off">;
  account: DrillAccount;
  region: string;
}

/** Outcomes as functions report them on the hub bus, from now on. */
export interface OutcomeFeed {
  /** Calls `listener` for each; @returns a function that ends it. */
  subscribe(listener: (outcome: Outcome) => void): () => void;
}

/** A drill that is failing, for its diagnosis. */
export interface FailedDrill {
  case: DrillCase;
  /** The ARN of the offended resource, or of the benign case. */
  resource: string;
  /** The outcomes that were reported for it. */
  outcomes: readonly Outcome[];
  /** When the offending call began: milliseconds since 1970. */
  since: number;
}

/** Why a drill failed. */
export interface Diagnosis {
  /** One sentence that names the cause, for people. */
  cause: string;
  /** Whether waiting longer is useless. */
  final: boolean;
}

/** Finds the cause of a failed drill. */
export type Diagnose = (question: FailedDrill) => Promise<Diagnosis>;

/**
 * The result of the benign case: reported and left alone (`untouched`), changed, judged a violation, never reported, or not tried
 * because the drill had failed before.
 */
export type BenignResult = "untouched" | "changed" | "misjudged" | "not seen" | "not tried";

/** One row of the report. */
export interface DrillResult {
  control: string;
  title: string;
  severity: string;
  accountId: string;
  accountName: string;
  region: string;
  mode: "notify" | "enforce";
  /** Whether everything held: detected, remediated (in mode notify: untouched), reported, and the benign case left alone. */
  held: boolean;
  /** A function reported something about the offended resource. */
  detected: boolean;
  /** The required state came back. */
  fixed: boolean;
  /** From the return of the offending call to the good state (mode notify: to the report); undefined if it never came. */
  milliseconds?: number;
  /** The outcome reported for the offended resource; `none` if there was none. */
  outcome: Outcome["outcome"] | "none";
  benign: BenignResult;
  /** Why it did not hold, in one sentence; undefined if it held. */
  cause?: string;
}

/** The stage of a drill, for the live display. */
export type DrillStep =
  "preparing" | "offending" | "waiting" | "benign change" | "diagnosing" | "cleaning up";

export interface DrillProgress {
  case: DrillCase;
  /** Undefined once there is a result. */
  step?: DrillStep;
  result?: DrillResult;
  /** Drills that have ended, of `total`. */
  done: number;
  total: number;
}

export interface DrillOptions {
  outcomes: OutcomeFeed;
  diagnose: Diagnose;
  /** Drills under way at once. Default: `DEFAULT_CONCURRENCY`, chosen by measurement. */
  concurrency?: number;
  /** Longest wait for the good state, in milliseconds. Default: 20,000. */
  timeoutMilliseconds?: number;
  /** Longest wait for a report, in milliseconds. Default: 10,000. */
  reportMilliseconds?: number;
  /** A drill that is not good after this is probably failing, so its cause is looked up from then on. Default: 3,000. */
  patienceMilliseconds?: number;
  /** Ends the run early: drills not yet begun are dropped. */
  signal?: AbortSignal;
  onProgress?: (progress: DrillProgress) => void;
}
