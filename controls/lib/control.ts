/**
 * What a control is: one required state of one kind of resource, with all its sides. `control.ts` of each control holds the data
 * below; `remediate.ts`, `prevent.ts` and `drill.ts` beside it hold behaviour. Nothing here imports an SDK (but types), because the
 * Pulumi program, the function and the history queries all read it.
 */
import type { STSClientConfig } from "@aws-sdk/client-sts";
import type { GenericSchema } from "valibot";
import type { EventPattern } from "@bailiwick/aws-events";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";

export type Severity = "low" | "medium" | "high" | "critical";

/** What a control does about a violation: nothing, tell, or put it right. */
export type Mode = "off" | "notify" | "enforce";

/** The one resource an event is about. */
export interface ResourceReference {
  /** 12 digits: the account the event arose in, which owns the resource. */
  account: string;
  region: string;
  /** CloudFormation's name of the type, for example `AWS::S3::Bucket`. */
  type: string;
  /** What the resource's own API calls it: bucket name, group id, trail name. Never holds a wildcard or a policy variable. */
  id: string;
  arn: string;
}

/** Where a permission holds: `*` for region and id gives the role's policy, concrete values the session's. */
export interface PermissionScope {
  /** `aws`, `aws-us-gov` or `aws-cn`. */
  partition: string;
  account: string;
  region: string;
  id: string;
  /** ARNs of what else the fix changes, as `evaluate` found it: only the session of that fix has some. */
  beside?: readonly string[];
}

export interface PolicyStatement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** A control's data. `P` are its parameters, which a stack's configuration may set. */
export interface Control<P = Record<string, never>> {
  /** `<service>-<resource>-<required-state>`: also folder, policy name and metric dimension. */
  id: string;
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
export const onlyReports = (control: CatalogueEntry): boolean =>
  control.describe !== undefined || control.reportsOnly === true;

/** What a remediation works with. */
export interface RemediationContext<P = Record<string, never>> {
  resource: ResourceReference;
  parameters: P;
  /** What led here, for what the state can't say, such as who made the resource. Absent when nothing did: a sweep. */
  event?: EventBridgeEvent;
  /** For AWS SDK clients: region and credentials of the session narrowed to this resource. */
  aws: AwsClientConfig;
  /**
   * ARNs of what the session reaches beside the resource, when one session can't reach all of it: fix and undo are called once with
   * each session, and leave the rest alone. Absent: it reaches all.
   */
  beside?: readonly string[];
}

/** The part of an AWS SDK for JavaScript v3 client configuration that is set here. */
export interface AwsClientConfig {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Only against the local organization; on AWS it stays unset. */
  endpoint?: string;
  maxAttempts?: number;
  /** Connections and time limits shared with other clients; absent: the client has its own. */
  requestHandler?: STSClientConfig["requestHandler"];
}

export type Evaluation<State> =
  /** `after`: the state, in the form of `before`, against which an undo sees whether it has moved on since. */
  | { state: "compliant"; why: string; after?: State }
  /** The resource is gone: nothing to do. */
  | { state: "absent" }
  | {
      state: "violation";
      /** What is wrong, a sentence each. */
      findings: string[];
      /** Enough to undo the fix. */
      before: State;
      /** What fix() would do, as sentences in the infinitive; empty: it can only be told. */
      remedies: string[];
      facts?: Facts;
      /** ARNs of what fix() changes beside the resource, such as its parts: it gets a session that reaches these as well. */
      beside?: string[];
    };

export type Violation<State> = Extract<Evaluation<State>, { state: "violation" }>;

/** How a control's resource is read and put right. */
export interface Remediation<P = Record<string, never>, State = unknown> {
  /** Reads the state; never trusts the event. Throws what the SDK throws. */
  evaluate(context: RemediationContext<P>): Promise<Evaluation<State>>;
  /** Carries out `remedies`, and only these. Called only for a violation that has some. */
  fix(context: RemediationContext<P>, violation: Violation<State>): Promise<void>;
  /**
   * Brings the state before the fix back, as `evaluate` had given it. Called only while the state is the one after the fix; a part
   * that is back already is left as it is. Absent: the fix can't be undone.
   */
  undo?(context: RemediationContext<P>, before: State): Promise<void>;
  /** The resource's tags. Absent: tags exempt nothing of this control. */
  tags?(context: RemediationContext<P>): Promise<Record<string, string>>;
}

/** Where a drill takes place. */
export interface DrillContext<P = Record<string, never>> {
  account: string;
  parameters: P;
  /** Unique in this run, lower case, ≤ 20 characters, fit for names. */
  name: string;
  /** For SDK clients: a principal of the member account, in the drill's region. */
  aws: AwsClientConfig;
  /** Signs somebody in to the member account's console, which no API can do. Absent where nothing can. */
  signIn?: (attempt: SignInAttempt) => Promise<void>;
}

/** A sign-in to the console, as a person would make it. */
export interface SignInAttempt {
  /** Name of an IAM user; absent: the account's root. */
  userName?: string;
  mfa?: boolean;
  /** A wrong password. */
  fails?: boolean;
  /** Of the sign-in endpoint. */
  region?: string;
}

/** What a check of a drill found. */
export type Good = { good: true } | { good: false; still: string };

/** How a control is proven: broken for real, watched until it is good, next to a look-alike that must be left alone. */
export interface Drill<P = Record<string, never>, Fixture = unknown> {
  /** Makes harmless resources. What it makes before it throws, it removes. */
  prepare(context: DrillContext<P>): Promise<Fixture>;
  /** Breaks the required state; its last call is the offending one. */
  offend(context: DrillContext<P>, fixture: Fixture): Promise<void>;
  /** `good` when the required state is back; else what is still wrong. Called until good. */
  check(context: DrillContext<P>, fixture: Fixture): Promise<Good>;
  /** Makes a change that looks alike and is allowed, on a second resource. */
  benign(context: DrillContext<P>, fixture: Fixture): Promise<void>;
  /** Says what was changed of the look-alike, which must be nothing. */
  checkBenign(context: DrillContext<P>, fixture: Fixture): Promise<Good>;
  /** Removes everything, also after a failure half-way. */
  cleanUp(context: DrillContext<P>, fixture: Fixture): Promise<void>;
  /** For what is told: whether the outcome of the offence says all of it, and rightly. `told`: all that was told, in the order they came. */
  checkReported?(
    context: DrillContext<P>,
    fixture: Fixture,
    outcome: Outcome,
    told: readonly Outcome[],
  ): Good;
  /** How many outcomes of the offence tell something, and how many the look-alike has: all are awaited. Absent: one each. */
  times?(context: DrillContext<P>): { reported: number; benign: number };
  /** The look-alike must not even be looked at: it is made before the offence, and by the time that is told there is no outcome of it. */
  silentBenign?: true;
  /** Only where the organization's trail has Insights on the rate of calls. */
  needsInsights?: true;
  /**
   * The arns of [offended resource, look-alike]: their outcomes are awaited. Asked again after the offending call, which may have made
   * the resource that it is about.
   */
  resources(context: DrillContext<P>, fixture: Fixture): { offended: string; benign: string };
}

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
