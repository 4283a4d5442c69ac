/** The remediation of a control that reads what is to be told and puts nothing right. */
import type { Remediation } from "./remediation";
import { PermanentError } from "./errors";

export function reportOnlyRemediation<P>(evaluate: Remediation<P>["evaluate"]): Remediation<P> {
  return {
    evaluate,
    fix: ({ resource }) =>
      Promise.reject(
        new PermanentError(`Nothing about ${resource.arn} is put right by itself: this control only tells.`),
      ),
  };
}
