/** What every control's drill.ts exports. */
import type { AwsClientConfig } from "../aws-client";
import type { Outcome } from "../outcome";

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
export type CheckResult = { good: true } | { good: false; still: string };

/** How a control is proven: broken for real, watched until it is good, next to a look-alike that must be left alone. */
export interface Drill<P = Record<string, never>, Fixture = unknown> {
  /** Makes harmless resources. What it makes before it throws, it removes. */
  prepare(context: DrillContext<P>): Promise<Fixture>;
  /** Breaks the required state; its last call is the offending one. */
  offend(context: DrillContext<P>, fixture: Fixture): Promise<void>;
  /** `good` when the required state is back; else what is still wrong. Called until good. */
  check(context: DrillContext<P>, fixture: Fixture): Promise<CheckResult>;
  /** Makes a change that looks alike and is allowed, on a second resource. */
  benign(context: DrillContext<P>, fixture: Fixture): Promise<void>;
  /** Says what was changed of the look-alike, which must be nothing. */
  checkBenign(context: DrillContext<P>, fixture: Fixture): Promise<CheckResult>;
  /** Removes everything, also after a failure half-way. */
  cleanUp(context: DrillContext<P>, fixture: Fixture): Promise<void>;
  /** For what is told: whether the outcome of the offence says all of it, and rightly. `told`: all that was told, in the order they came. */
  checkReported?(
    context: DrillContext<P>,
    fixture: Fixture,
    outcome: Outcome,
    told: readonly Outcome[],
  ): CheckResult;
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
