/**
 * What a control is: one required state of one kind of resource, with all its sides. `control.ts` of each control holds the data
 * below; `remediate.ts`, `prevent.ts` and `drill.ts` beside it hold behaviour. Nothing here imports an SDK (but types), because the
 * Pulumi program, the function and the history queries all read it.
 */
import type { GenericSchema } from "valibot";
import type { EventPattern } from "@bailiwick/aws-events";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { ManagedPolicy, Permissions } from "./permissions";
import type { ResourceReference } from "./resources";

export type Severity = "low" | "medium" | "high" | "critical";

/** What a control does about a violation: nothing, notify, or remediate. */
export type Mode = "off" | "notify" | "enforce";

/** A control's data. `P` are its parameters, which a stack's configuration may set. */
export interface Control<P = Record<string, never>> {
  /** `<service>-<resource>-<required-state>`: also folder, policy name and metric dimension. */
  id: string;
  /** Ids that it had before: a stack's configuration that names one is refused, with the present id. */
  formerIds?: readonly string[];
  /** The required state, stated as a fact; if it only reports, what is reported. */
  title: string;
  description: string;
  severity: Severity;
  /** Framework requirements it serves, for example `CIS AWS Foundations 3.0 2.1.4`. */
  frameworks: string[];
  resourceType: string;
  /** Types of other resources that some of its events are about. */
  otherResourceTypes?: string[];
  /** The events after which the resource must be evaluated. */
  pattern: EventPattern;
  /** Which resource to evaluate; undefined if the event names none that could exist. */
  resource(event: EventBridgeEvent): ResourceReference | undefined;
  /** The other resources of a call about several, each to be evaluated separately. Absent: its events are about one. */
  furtherResources?(event: EventBridgeEvent): ResourceReference[];
  /** What evaluate and tags call: for the control's role in every mode and, narrowed, for each session. Absent: it reads nothing there. */
  readPermissions?: Permissions;
  /** What fix calls beyond reading: for the control's role where it remediates, and for the session of a fix. Absent: it changes nothing. */
  fixPermissions?: Permissions;
  /** What undo calls beyond reading: for the role of undos, which people alone have used, never for the control's. */
  undoPermissions?: Permissions;
  /** Customer-managed policies that its fix attaches, deployed to each account in which the control is on. */
  managedPolicies?: readonly ManagedPolicy[];
  /** How its resources get tags, so that a tag can exempt one. Absent: exemptions in the configuration only. */
  tagging?: Tagging;
  /** Validates and completes the parameters (defaults included). Absent: the control has none. */
  parameters?: GenericSchema<unknown, P>;
  /** What a person does by hand where nothing may be remediated automatically. */
  remediationSteps: string;
  /** Why no Pulumi program can commit the fault, in one sentence. Given exactly when there is no prevent.ts. */
  unpreventable?: string;
  /**
   * Makes it a control that only reports: what to say about an event, from the event alone. Such a control has no remediate.ts, no
   * permissions and no role in the member accounts, and reports in mode `enforce` too. It must not throw.
   */
  describe?(event: EventBridgeEvent, parameters: P): Description;
  /** Its remediate.ts reads what to report and never offers a remedy: like a control with `describe`, it reports in mode `enforce` too. */
  reportsOnly?: true;
  /**
   * It matches read-only management events, which rules are given only in a state of their own, with all others they match. Such a
   * control gets forwarding rules apart from the rest.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
   */
  readOnlyEvents?: true;
  /** It demands that trails record read-only events, and would change the organization's own trail if that recorded less. */
  requiresTrailReads?: true;
  /** What the whole path depends on: no circuit breaker ever delays its fixes. */
  alwaysAtOnce?: true;
  /** It compares resources with what the program deployed, which the settings of its function then contain. */
  comparesDeployment?: true;
  /** Its events arise in one region only, that of global services (us-east-1), whatever region the caller works in. */
  global?: true;
}

/** How CloudTrail records the tagging of one type of resource. */
export interface Tagging {
  /** The events that set or remove a tag with this key. */
  pattern(key: string): EventPattern;
  /** The resources such an event names, each with the tag's new value; undefined: the tag was removed. */
  resources(
    event: EventBridgeEvent,
    key: string,
  ): { resource: ResourceReference; value: string | undefined }[];
}

/**
 * What to report about an event: findings and facts; or why it need not be reported. `history`: what the ledger confirms of
 * `historyFindings` is reported too; if that and `findings` are empty, nothing is, for the reason `why`.
 */
export type Description =
  | { report: true; findings: string[]; facts: Facts }
  | { report: false; why: string }
  | { report: "history"; historyFindings: HistoryFinding[]; findings: string[]; facts: Facts; why: string };

/** A finding that depends on earlier events in the same account, which the runtime keeps in the ledger. */
export type HistoryFinding =
  /** Reported from `times` events with this key within `minutes` on. `counted` is the label of the fact with their number. */
  | { kind: "repeated"; key: string; times: number; minutes: number; counted: string; finding: string }
  /** Reported if the key had other values within the last `days`, but not this one. */
  | { kind: "new"; key: string; value: string; days: number; finding: string };

/** What people want to know beside the findings, by a label ("Made by", "Engine"), in the order of the message. Never a secret. */
export type Facts = Record<string, string>;

/** A control as the catalogue lists it: whatever its parameters are, `parameters` validates them. */
export type CatalogueEntry = Control<unknown>;

/** Does it change nothing, whatever its mode? */
export const isReportOnly = (control: CatalogueEntry): boolean =>
  control.describe !== undefined || control.reportsOnly === true;
