/** What drills are run on, and what comes out of them. */
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import type { CatalogueEntry, Mode } from "../../controls/lib/control";
import type { Drill } from "../../controls/lib/drill/drill";
import type { Outcome } from "../../controls/lib/outcome";

/** The parts of an organization that drills need. `Organization` of local/organization.ts has them. */
export interface DrillOrganization {
  homeRegion: string;
  accounts: readonly DrillAccount[];
  /** For SDK clients of this account and region. */
  aws(accountId: string, region: string): AwsClientConfig;
  /** Where people sign in to the console. Absent: nowhere. */
  endpointUrl?: string;
  /** Resolves with a sentence if the organization ends without having been asked to. */
  died: Promise<string>;
}

export interface DrillAccount {
  /** 12 digits. */
  id: string;
  name: string;
  kind: "management" | "security" | "logArchive" | "member";
}

/** One control to be proven in one account and region. */
export interface DrillCase {
  control: Pick<CatalogueEntry, "id" | "title" | "severity" | "pattern">;
  drill: Drill<unknown, unknown>;
  parameters: unknown;
  /** What the stack has this control do there. */
  mode: Exclude<Mode, "off">;
  account: DrillAccount;
  region: string;
}

/** Outcomes as they are reported on the hub bus, from now on. */
export interface OutcomeFeed {
  /** Calls `listener` for each; @returns a function that ends it. */
  subscribe(listener: (outcome: Outcome) => void): () => void;
}

/** What is asked when a drill fails. */
export interface FailedDrill {
  case: DrillCase;
  /** The arn of the resource that was offended, or of the look-alike. */
  resource: string;
  /** Outcomes that were reported for it. */
  outcomes: readonly Outcome[];
  /** When the offending call began: milliseconds since 1970. */
  since: number;
}

/** Why a drill failed. */
export interface Diagnosis {
  /** One sentence that names the cause, for people. */
  cause: string;
  /** Nothing will change it any more: waiting longer is of no use. */
  final: boolean;
}

/** Finds the cause of a failed drill. */
export type Diagnose = (question: FailedDrill) => Promise<Diagnosis>;

/**
 * How the look-alike fared: seen and left alone (`untouched`), changed, judged a violation, never reported, or not tried because
 * the drill had failed before.
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
  /** All of it held: seen, put right (in mode notify: told and not touched), reported, the look-alike left alone. */
  held: boolean;
  /** A function reported something about the offended resource. */
  detected: boolean;
  /** The required state came back. */
  fixed: boolean;
  /** From the return of the offending call to the good state (mode notify: to the report); undefined if it never came. */
  milliseconds?: number;
  /** What was reported for the offended resource; `none` if nothing was. */
  outcome: Outcome["outcome"] | "none";
  benign: BenignResult;
  /** Why it did not hold, in one sentence; undefined if it held. */
  cause?: string;
}

/** How far a drill is; for the live display. */
export type DrillStep =
  "preparing" | "offending" | "waiting" | "looking alike" | "diagnosing" | "cleaning up";

export interface DrillProgress {
  case: DrillCase;
  /** Undefined once there is a result. */
  step?: DrillStep;
  result?: DrillResult;
  /** How many of how many have ended. */
  done: number;
  total: number;
}

export interface DrillOptions {
  outcomes: OutcomeFeed;
  diagnose: Diagnose;
  /** Drills under way at once. Default: `DEFAULT_CONCURRENCY`, chosen by measurement. */
  concurrency?: number;
  /** How long the good state is waited for, in milliseconds. Default: 20,000. */
  timeoutMilliseconds?: number;
  /** A drill that is not good after this is probably failing: from then on its cause is asked for. Default: 3,000. */
  patienceMilliseconds?: number;
  /** Ends the run early: drills not yet begun are dropped. */
  signal?: AbortSignal;
  onProgress?: (progress: DrillProgress) => void;
}
