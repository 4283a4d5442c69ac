/** When another delivery is at work on the same resource, or on the same item of the ledger. */
import { RetryableError } from "../../controls/lib/errors";
import type { ResourceReference } from "../../controls/lib/resources";

/** Another delivery works on the resource, or was faster: nothing is wrong, but the event must be looked at again. */
export class BusyError extends RetryableError {
  override readonly name = "BusyError";
}

export const busy = ({ arn }: Pick<ResourceReference, "arn">) =>
  new BusyError(`Another delivery is working on ${arn}; this one is retried when that has finished.`);
