/** What the steps of processing an event share. */
import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { STSClient } from "@aws-sdk/client-sts";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { ControlFunctionSettings } from "../../contract/control-settings";
import type { ResourceState } from "../../contract/ledger-records";
import type { LookReason } from "../../contract/looks";
import type { CatalogueEntry } from "../../controls/lib/control";
import type { Outcome } from "../../controls/lib/outcome";
import type { Remediation } from "../../controls/lib/remediation";
import type { ResourceReference } from "../../controls/lib/resources";
import type { Deadline } from "./deadline";
import type { Known, Ledger, Subject } from "./ledger/ledger";

/** A control with everything it works with. */
export interface ControlRuntime {
  control: CatalogueEntry;
  /** Absent for a control that only reports. */
  remediation?: Remediation<unknown>;
  settings: ControlFunctionSettings;
  sts: STSClient;
  ledger: Ledger;
  sqs: SQSClient;
  scheduler: SchedulerClient;
  /** Milliseconds since 1970. */
  clock: () => number;
  sleep: (milliseconds: number) => Promise<unknown>;
}

/** A look that is due. */
export interface LookAgain {
  reason: LookReason;
  /** Milliseconds since 1970. */
  at: number;
  /** For people, a sentence: why. */
  because: string;
}

/** The part of an outcome that says what was found and done. */
export type Result = Pick<
  Outcome,
  | "outcome"
  | "findings"
  | "remedies"
  | "remaining"
  | "why"
  | "facts"
  | "exemption"
  | "exemptionFaults"
  | "breaker"
> & {
  /** The look that follows the outcome. */
  look?: LookAgain;
};

/** An event whose outcome isn't known yet. */
export interface Unfinished {
  unfinished: LookAgain;
}

/** The work on one resource of an event. When it fails half-way, what it has recorded here still holds. */
export interface Work {
  event: EventBridgeEvent;
  resource: ResourceReference;
  subject: Subject;
  /** The number of this delivery, over all looks that continue the event. */
  attempt: number;
  /** Milliseconds since 1970: the first delivery. */
  since: number;
  /** The same, of the latest delivery before this one. */
  previous?: number;
  /** The kinds of the failures of earlier deliveries. */
  failures: string[];
  /** Why this delivery looks at the resource; absent: its event has just arrived. */
  reason?: LookReason;
  deadline: Deadline;
  /** The outcome as far as it is known. */
  outcome: Outcome;
  /** What the ledger has; undefined while it could not be read. */
  known?: Known;
  /** The resource's item with this work's claim, which the end releases. */
  claimed?: ResourceState;
  /** What the violation consists of, as the circuit breaker compares it. */
  offences?: string[];
  /** The fix was made, whatever followed. */
  acted: boolean;
  /** The fix failed and certainly changed nothing. */
  unchanged?: true;
  /** The state after the fix. */
  after?: unknown;
  /** The ledger has the outcome. */
  entered?: boolean;
}

/** Work whose outcome can be recorded: also that of a message in which no event or no resource was found. */
export type RecordableWork = Omit<Work, "event" | "resource">;
