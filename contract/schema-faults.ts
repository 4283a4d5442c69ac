/** What is wrong with data that came as JSON, for people. */
import * as v from "valibot";

/** Every fault with the path of its field: `ports.0: Invalid type: …; region: …`. */
export function listFaults(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? "(all)"}: ${issue.message}`).join("; ");
}
