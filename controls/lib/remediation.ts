/** What every control's remediate.ts exports. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { AwsClientConfig } from "./aws-client";
import type { Facts } from "./control";
import type { DeployedPath } from "./deployed-path";
import type { ResourceReference } from "./resources";

/** What a remediation works with. */
export interface RemediationContext<P = Record<string, never>> {
  resource: ResourceReference;
  parameters: P;
  /** The event that led here, for what the state doesn't contain, such as the resource's creator. Absent in a sweep. */
  event?: EventBridgeEvent;
  /** What the program deployed. Only for a control that compares with it. */
  deployed?: DeployedPath;
  /** For AWS SDK clients: region and credentials of the session narrowed to this resource. */
  aws: AwsClientConfig;
  /** What is known of the organization. Absent: nothing, so every other account counts as an outside one. */
  organization?: Organization;
  /**
   * ARNs of what the session reaches beside the resource, when one session can't reach all of it: fix and undo are called once with
   * each session, and leave the rest alone. Absent: it reaches all.
   */
  beside?: readonly string[];
}

/** The organization that is governed. */
export interface Organization {
  /** `o-…`. */
  id: string;
  /** The ids of its accounts. */
  accounts: readonly string[];
  /** Its own trail, as the program deploys it. Absent: the organization brings a trail of its own, which nobody here knows. */
  trail?: OrganizationTrailSettings;
}

/** What the organization's own trail must keep. */
export interface OrganizationTrailSettings {
  arn: string;
  /** The bucket of its log files. They have no prefix. */
  bucket: string;
  /** ARN of the key that encrypts them. Absent: any key will do. */
  keyArn?: string;
  /** The kinds of Insights that it looks for. */
  insights: readonly string[];
}

export type Evaluation<State> =
  /** `after`: the state, in the form of `before`, against which an undo sees whether it has moved on since. */
  | { state: "compliant"; why: string; after?: State }
  /** The resource doesn't exist: nothing to do. */
  | { state: "absent" }
  /**
   * The resource is between two states: it is looked at again until it is in a final one. `what`: a sentence such as "The instance i-… is
   * stopping."
   */
  | { state: "changing"; what: string }
  | {
      state: "violation";
      /** What is wrong, a sentence each. */
      findings: string[];
      /** Enough to undo the fix. */
      before: State;
      /** What fix() would do, as sentences in the infinitive; empty: it can only be reported. */
      remedies: string[];
      facts?: Facts;
      /** ARNs of what fix() changes beside the resource, such as its parts: it gets a session that reaches these as well. */
      beside?: string[];
      /**
       * What is wrong, without names that AWS assigns anew (`sgr-…`), so that the same offence is recognized when it is committed again.
       * Default: the findings.
       */
      offences?: string[];
    };

export type Violation<State> = Extract<Evaluation<State>, { state: "violation" }>;

/** How a control's resource is read and remediated. */
export interface Remediation<P = Record<string, never>, State = unknown> {
  /** Reads the state; never trusts the event. Throws what the SDK throws. */
  evaluate(context: RemediationContext<P>): Promise<Evaluation<State>>;
  /** Carries out `remedies`, and only these. Called only for a violation that has some. */
  fix(context: RemediationContext<P>, violation: Violation<State>): Promise<void>;
  /**
   * Restores the state before the fix, as `evaluate` returned it. Called only while the state is the one after the fix; a part
   * that is restored already is left as it is. Absent: the fix can't be undone.
   */
  undo?(context: RemediationContext<P>, before: State): Promise<void>;
  /** The resource's tags. Absent: tags exempt nothing of this control. */
  tags?(context: RemediationContext<P>): Promise<Record<string, string>>;
}
