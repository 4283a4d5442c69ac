/** What the ledger's items hold. Functions write them, and the command reads them. */
import type { Outcome } from "../controls/lib/outcome";
import type { ResourceReference } from "../controls/lib/resources";
import type { NextLook } from "./looks";

/** One item of the table. Everything but the fields by which it is found and listed is in `body`. */
export interface LedgerItem {
  id: string;
  /** Counts the writes. A writer names the version it has read, so that one of two concurrent writers fails. */
  version: number;
  /** The index's list that the item is in: a control's id for outcomes, `breakers` or `exemptions`. Absent: none. */
  list?: string;
  /** ISO 8601, the order within the list. */
  at?: string;
  account?: string;
  outcome?: string;
  /** Seconds since 1970, after which DynamoDB deletes it. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
  expires: number;
  /** JSON. */
  body: string;
}

/** The attributes that the table's key, index and expiry use. */
export const KEY_ATTRIBUTE = "id" satisfies keyof LedgerItem;
export const LIST_ATTRIBUTE = "list" satisfies keyof LedgerItem;
export const TIME_ATTRIBUTE = "at" satisfies keyof LedgerItem;
export const EXPIRY_ATTRIBUTE = "expires" satisfies keyof LedgerItem;
/** The index: `LIST_ATTRIBUTE` and, within it, `TIME_ATTRIBUTE`. */
export const LIST_INDEX = "list";

/** An attempt that was about to change the resource. */
export interface Step {
  /** ISO 8601. */
  at: string;
  attempt: number;
  /** What undo needs. */
  before: unknown;
  /** ARNs of what the fix changes beside the resource; absent: nothing. */
  beside?: string[];
  remedies: string[];
  findings: string[];
  offences: string[];
  /** Its fix failed and certainly changed nothing. Absent: it was made, or may have been. */
  unchanged?: true;
}

/** An entry's body: one control × resource × event. */
export interface Entry {
  /** The outcome; while `status` is `acting`, what is being done. */
  outcome: Outcome;
  /**
   * `acting` from before the fix until its end; `waiting`: it is looked at again before it has an outcome; `failed`: the same, after a
   * failure, or it was given up; `done`: it has its outcome.
   */
  status: "acting" | "waiting" | "failed" | "done";
  /** Whether the outcome is on the hub bus. */
  published: boolean;
  /** ISO 8601: when the first attempt that was entered began. */
  at: string;
  /** ISO 8601. */
  endedAt?: string;
  steps: Step[];
  /** The state after the fix, if the control can know it. */
  after?: unknown;
  /** Id of the outcome that undid this one's fix. */
  undoneBy?: string;
  /** Id of the latest undo that began, however it ended. */
  undoing?: string;
}

/** One change that the control made to a resource, and whose change led to it. */
export interface Action {
  /** Milliseconds since 1970. */
  at: number;
  entry: string;
  principal?: string;
  /** What was wrong, as the control names it. */
  offences: string[];
}

/** A resource's item. */
export interface ResourceState {
  /** The entry that is working on the resource, and until when nobody else may (milliseconds since 1970). */
  lease?: { entry: string; until: number };
  /** The latest, within the circuit breaker's window. */
  actions: Action[];
  breaker?: BreakerState;
  /** The next look that begins something: the earliest that is wanted. */
  nextLook?: NextLook & { id: string };
  control: string;
  resource: string;
}

/** A circuit breaker that slows a control down, or did. Times in milliseconds since 1970. */
export interface BreakerState {
  openedAt: number;
  /** It closes then, unless the control acts again before. */
  until: number;
  /** How often it has delayed a fix: delays grow with it. */
  delays: number;
  /** What is committed again and again; absent: anything on the resource, or in the account, is delayed. */
  offences?: string[];
  actions: number;
  windowMinutes: number;
  principals: string[];
  control: string;
  /** The resource's ARN, or the account's id. */
  subject: string;
  /** Of a resource's breaker: what to look at when a person closes it. */
  reference?: ResourceReference;
}

/** An exemption that an undo left. */
export interface Pin {
  control: string;
  resource: string;
  owner: string;
  reason: string;
  /** `YYYY-MM-DD`. */
  expires: string;
}

/** The latest that CloudTrail recorded of a resource's exempting tag. */
export interface Grant {
  /** ISO 8601, to the second. */
  at: string;
  /** Everyone who set it in that second, as their order can't be known; none: it was removed. */
  settings: TagSetting[];
}

/** Who set an exempting tag to what. */
export interface TagSetting {
  value: string;
  /** Absent: someone who may not exempt. */
  principal?: string;
}
