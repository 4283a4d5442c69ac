/** The remediation of a control that reads what to report and remediates nothing. */
import type { Remediation } from "./remediation";
import { PermanentError } from "./errors";

export function reportOnlyRemediation<P>(evaluate: Remediation<P>["evaluate"]): Remediation<P> {
  return {
    evaluate,
    fix: ({ resource }) =>
      Promise.reject(
        new PermanentError(`Nothing about ${resource.arn} is remediated: this control only reports.`),
      ),
  };
}
