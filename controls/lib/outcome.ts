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
  /** For `failed`: whether the cause may pass by itself. */
  retryable?: boolean;
  /** For `failed`. */
  failure?: Failure;
  /** When the resource is looked at again, and why. Absent: when its next event arrives. */
  nextLook?: { at: string; because: string };
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
  /** For `suppressed`: the circuit breaker that delays the fix. */
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

/** How an event failed, over all its attempts. */
export interface Failure {
  /** `denied`, `throttled`, `unreachable` …: failures of one kind have one cause. */
  kind: string;
  /** The event failed like this for the first time. */
  isFirst: boolean;
  /** The first attempt after which a disturbance has lasted long enough for people to know of it. */
  isLasting: boolean;
  /** When it failed for the first time, in whatever way: ISO 8601. */
  since: string;
  /** It is not tried again: its message is in the dead-letter queue. */
  givenUp: boolean;
}

/** Why a violation isn't remediated at once. */
export interface OpenBreaker {
  /** What `bailiwick breaker close` takes. */
  id: string;
  scope: "resource" | "account";
  /** This outcome opened it. */
  opened: boolean;
  /** ISO 8601. It closes then, unless the control acts again before. */
  until: string;
  /** How often the control acted before it opened, in how many minutes. */
  actions: number;
  windowMinutes: number;
  /** Who made the changes that were remediated, most frequent first; at most ten. */
  principals: string[];
}
