/**
 * What a control is: one required state of one kind of resource, with all its sides. `control.ts` of each control holds the data
 * below; `remediate.ts`, `prevent.ts` and `drill.ts` beside it hold behaviour. Nothing here imports an SDK (but types), because the
 * Pulumi program, the function and the history queries all read it.
 */
import type { GenericSchema } from "valibot";
import type { EventPattern } from "@bailiwick/aws-events";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { PermissionScope, PolicyStatement } from "./permissions";
import type { ResourceReference } from "./resources";

export type Severity = "low" | "medium" | "high" | "critical";

/** What a control does about a violation: nothing, tell, or put it right. */
export type Mode = "off" | "notify" | "enforce";

/** A control's data. `P` are its parameters, which a stack's configuration may set. */
export interface Control<P = Record<string, never>> {
  /** `<service>-<resource>-<required-state>`: also folder, policy name and metric dimension. */
  id: string;
  /** Ids that it had before: a stack's configuration that names one is refused, with the present id. */
  formerIds?: readonly string[];
  /** The required state, stated as a fact. */
  title: string;
  description: string;
  severity: Severity;
  /** Framework requirements it serves, for example `CIS AWS Foundations 3.0 2.1.4`. */
  frameworks: string[];
  resourceType: string;
  /** Kinds of resource that some of its events are about instead. */
  otherResourceTypes?: string[];
  /** The events after which the resource must be looked at. */
  pattern: EventPattern;
  /** Which resource to look at; undefined when the event names none that could exist. */
  resource(event: EventBridgeEvent): ResourceReference | undefined;
  /** The other resources of a call that is about several, each to be looked at by itself. Absent: its events are about one. */
  furtherResources?(event: EventBridgeEvent): ResourceReference[];
  /** Just what evaluate, fix and tags call, for the member role and, narrowed, for each session. */
  permissions(scope: PermissionScope): PolicyStatement[];
  /** What undo calls on top of that: the member role carries it too, but only the session of an undo is let to use it. */
  undoPermissions?(scope: PermissionScope): PolicyStatement[];
  /** How its resources get tags, so that a tag can exempt one. Absent: exemptions in the configuration only. */
  tagging?: Tagging;
  /** Validates and completes the parameters (defaults included). Absent: the control has none. */
  parameters?: GenericSchema<unknown, P>;
  /** What a person does by hand when nothing may be put right automatically. */
  remediationSteps: string;
  /** Why no Pulumi program can commit the fault, in one sentence. Given exactly when there is no prevent.ts. */
  unpreventable?: string;
  /**
   * Makes it a control that only tells: what to say of an event, by the event alone. Such a control has no remediate.ts, no
   * permissions and no role in the member accounts, and tells in mode `enforce` too. Nothing of it may throw.
   */
  describe?(event: EventBridgeEvent, parameters: P): Description;
  /** Its remediate.ts reads what is to be told and never offers a remedy: like what only describes, it tells in mode `enforce` too. */
  reportsOnly?: true;
  /**
   * It matches read-only management events, which rules are given only in a state of their own, with all others they match. Such a
   * control gets forwarding rules apart from the rest.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
   */
  readOnlyEvents?: true;
  /** It demands that trails record read-only events, and would change the organization's own trail if that recorded less. */
  requiresTrailReads?: true;
  /** Its events arise in one region only, that of global services (us-east-1), whatever region the caller works in. */
  global?: true;
}

/** How one kind of resource is tagged, as CloudTrail tells it. */
export interface Tagging {
  /** The events that set or remove a tag with this key. */
  pattern(key: string): EventPattern;
  /** The resources such an event names, each with what it sets the tag to; undefined: it was taken away. */
  resources(
    event: EventBridgeEvent,
    key: string,
  ): { resource: ResourceReference; value: string | undefined }[];
}

/**
 * What is to be told of an event: sentences and facts; or why it is not worth telling. `recall`: what its `historyFindings` find is told too,
 * and nothing, for the reason `why`, when neither they nor `findings` have anything to tell.
 */
export type Description =
  | { report: true; findings: string[]; facts: Facts }
  | { report: false; why: string }
  | { report: "history"; historyFindings: HistoryFinding[]; findings: string[]; facts: Facts; why: string };

/** A sentence that is true only with what came before in the same account, which the runtime keeps in the ledger. */
export type HistoryFinding =
  /** Told from so many events with this key within so many minutes on. `counted` is the label of the fact that says how many there were. */
  | { kind: "repeated"; key: string; times: number; minutes: number; counted: string; finding: string }
  /** Told when the key had other values before, but within so many days not this one. */
  | { kind: "new"; key: string; value: string; days: number; finding: string };

/** What people want to know beside the findings: by a label to be read ("Made by", "Engine"), in the order of telling. Never a secret. */
export type Facts = Record<string, string>;

/** A control as the catalogue lists it: whatever its parameters are, `parameters` validates them. */
export type CatalogueEntry = Control<unknown>;

/** Does it change nothing, whatever its mode? */
export const isReportOnly = (control: CatalogueEntry): boolean =>
  control.describe !== undefined || control.reportsOnly === true;
