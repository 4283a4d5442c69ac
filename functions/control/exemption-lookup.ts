/** Finds what exempts the resource of an event, in the configuration, the ledger and the resource's tags. */
import { exemptionTagKey } from "../../contract/names";
import type { RemediationContext } from "../../controls/lib/remediation";
import { classifyError } from "../lib/classify-error";
import { findExemption, type Verdict } from "./exemptions";
import type { Known } from "./ledger/ledger";
import type { ControlRuntime, Work } from "./work";

/** @throws PermanentError or RetryableError when the tags can't be read: one of them may exempt the resource */
export async function lookUpExemption(
  { control, remediation, settings, clock }: ControlRuntime,
  { resource, subject }: Work,
  { pin, grant }: Known,
  context: RemediationContext<unknown>,
): Promise<Verdict> {
  const key = exemptionTagKey(control.id);
  let tags: Record<string, string> = {};
  try {
    if (settings.taggers.length > 0) tags = (await remediation?.tags?.(context)) ?? {};
  } catch (error) {
    throw classifyError(error, `reading the tags of ${resource.arn}`);
  }
  return findExemption({
    control: subject.control,
    resource,
    configured: settings.exemptions,
    ...(pin ? { pin } : {}),
    ...(Object.hasOwn(tags, key) ? { tag: tags[key] } : {}),
    ...(grant ? { grant } : {}),
    now: clock(),
  });
}
