/** What each kind of resource of the path offers: how it is judged, and what can be done about it. */
import type { DeployedPath } from "../lib/deployed-path";
import type { Evaluation, RemediationContext, Violation } from "../lib/remediation";

/** What was found, in words: nothing of the path is ever restored to it. */
export type Found = string[];

export type PathContext = RemediationContext & { deployed: DeployedPath };

export interface Part {
  evaluate(context: PathContext): Promise<Evaluation<Found>>;
  /** Absent: it is only reported. */
  fix?(context: PathContext): Promise<void>;
}

export const AS_DEPLOYED: Evaluation<Found> = {
  state: "compliant",
  why: "It is as it was deployed.",
  after: [],
};
export const NOT_OURS: Evaluation<Found> = {
  state: "compliant",
  why: "It is no part of the deployment.",
  after: [],
};

export const violation = (findings: string[], remedies: string[]): Violation<Found> => ({
  state: "violation",
  findings,
  before: findings,
  remedies,
});
