/** What the functions report about each event. */
import type { Facts, Severity } from "./control";
import type { ResourceReference } from "./resources";

/**
 * The result of one event, as the functions report it: the detail of a `Control Outcome` event (source `bailiwick`) on the hub
 * bus.
 */
export interface Outcome {
  control: string;
  /** Id of the EventBridge event that led to it, and of its CloudTrail record if it was one. */
  eventId: string;
  cloudTrailEventId?: string;
  eventName?: string;
  resource: ResourceReference | null;
  outcome: "compliant" | "remediated" | "notified" | "exempted" | "suppressed" | "undone" | "failed";
  /** Its key in the ledger, which `bailiwick undo` takes. Absent: the ledger could not be written. */
  id?: string;
  /** For `failed`: whether the same event will be retried. */
  retryable?: boolean;
  findings: string[];
  /** What was done (`remediated`; also `failed` when only what followed failed) or would have been done (`notified`). */
  remedies: string[];
  /** For `compliant`: the reason. */
  why?: string;
  /** How often this event was delivered so far, this time included. */
  attempt?: number;
  /** What is still wrong after the fix and can only be reported; absent if nothing is. */
  remaining?: string[];
  /** What went wrong, for people: what happened, to what, what to do. */
  error?: string;
  /** For `exempted`: who answers for it, why, and until when. */
  exemption?: AppliedExemption;
  /** Exemptions of this resource that exempt nothing, and why: expired, malformed, set by someone who may not. */
  exemptionFaults?: string[];
  /** For `suppressed`: the circuit breaker that is open. */
  breaker?: OpenBreaker;
  /** For `undone`: the outcome whose fix was undone. */
  undoes?: string;
  /** Who made the change, as CloudTrail has it. */
  principal?: string;
  /** From where the change was made, an address or a service's name, and with what, as CloudTrail has both. */
  sourceIpAddress?: string;
  userAgent?: string;
  /** When the change was made: ISO 8601, UTC. */
  time?: string;
  /** The control's severity: messages are routed by it. */
  severity?: Severity;
  /** What people want to know beside the findings. */
  facts?: Facts;
  /** From the function's start with this event to its outcome. */
  durationMilliseconds: number;
}

export interface AppliedExemption {
  source: "configuration" | "tag" | "undo";
  owner: string;
  reason: string;
  /** The last day on which it holds, `YYYY-MM-DD`, UTC. */
  expires: string;
}

/** Why nothing is remediated for a while. */
export interface OpenBreaker {
  /** What `bailiwick breaker close` takes. */
  id: string;
  scope: "resource" | "account";
  /** This outcome opened it: the one to notify people of. */
  opened: boolean;
  /** ISO 8601. It closes automatically then. */
  until: string;
  /** How often the control acted before it opened, in how many minutes. */
  actions: number;
  windowMinutes: number;
  /** Who made the changes that were remediated, most frequent first; at most ten. */
  principals: string[];
}
