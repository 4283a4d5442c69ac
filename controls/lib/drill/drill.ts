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
  /** Signs somebody in to the member account's console, which no API can do. Absent where that is impossible. */
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

/** How a control is proven: it is broken for real and watched until it is good, beside a benign case that must be left alone. */
export interface Drill<P = Record<string, never>, Fixture = unknown> {
  /** Makes harmless resources. What it makes before it throws, it removes. */
  prepare(context: DrillContext<P>): Promise<Fixture>;
  /** Breaks the required state; its last call is the offending one. */
  offend(context: DrillContext<P>, fixture: Fixture): Promise<void>;
  /** `good` when the required state is back; else what is still wrong. Called until good. */
  check(context: DrillContext<P>, fixture: Fixture): Promise<CheckResult>;
  /** Makes a similar change that is allowed, on a second resource. */
  benign(context: DrillContext<P>, fixture: Fixture): Promise<void>;
  /** `good` if the benign case was left as it is; else what was changed. */
  checkBenign(context: DrillContext<P>, fixture: Fixture): Promise<CheckResult>;
  /** Removes everything, also after a failure half-way. */
  cleanUp(context: DrillContext<P>, fixture: Fixture): Promise<void>;
  /** If it only reports: whether the offence's outcome reports everything correctly. `reported`: all such outcomes, in order of arrival. */
  checkReported?(
    context: DrillContext<P>,
    fixture: Fixture,
    outcome: Outcome,
    reported: readonly Outcome[],
  ): CheckResult;
  /** How many outcomes of the offence report something, and how many the benign case has: all are awaited. Absent: one each. */
  times?(context: DrillContext<P>): { reported: number; benign: number };
  /** The benign case must not even be evaluated: it comes before the offence, and has no outcome by the time the offence is reported. */
  silentBenign?: true;
  /** Only where the organization's trail has Insights on the rate of calls. */
  needsInsights?: true;
  /**
   * The ARNs of the offended resource and of the benign case: their outcomes are awaited. Read again after the offending call, which may
   * have created the resource.
   */
  resources(context: DrillContext<P>, fixture: Fixture): { offended: string; benign: string };
}
