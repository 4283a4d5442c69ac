/** What the functions report of each event. */
import type { Facts, Severity } from "./control";
import type { ResourceReference } from "./resources";

/**
 * What became of one event, as the functions report it: the detail of a `Control Outcome` event (source `bailiwick`) on the hub
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
  /** For `failed`: whether the same event will be tried again. */
  retryable?: boolean;
  findings: string[];
  /** What was done (`remediated`; also `failed` when only what followed failed) or would have been done (`notified`). */
  remedies: string[];
  /** For `compliant`: what makes it so. */
  why?: string;
  /** How often this event was delivered so far, this time included. */
  attempt?: number;
  /** What is still wrong after the fix and can only be told; absent when nothing is. */
  remaining?: string[];
  /** What went wrong, for people: what happened, to what, what to do. */
  error?: string;
  /** For `exempted`: who answers for it, why, and until when. */
  exemption?: AppliedExemption;
  /** Exemptions of this resource that exempt nothing, and why: expired, malformed, set by someone who may not. */
  exemptionFaults?: string[];
  /** For `suppressed`: the circuit breaker that is open. */
  breaker?: OpenBreaker;
  /** For `undone`: the outcome whose fix was taken back. */
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

/** Why nothing is put right for a while. */
export interface OpenBreaker {
  /** What `bailiwick breaker close` takes. */
  id: string;
  scope: "resource" | "account";
  /** With this very outcome it opened: the one to notify of. */
  opened: boolean;
  /** ISO 8601. It closes by itself then. */
  until: string;
  /** How often the control acted before it opened, in how many minutes. */
  actions: number;
  windowMinutes: number;
  /** Who made the changes that were put right, most frequent first; at most ten. */
  principals: string[];
}
