/** The reason why a delivery of CloudTrail failed. */
export class DeliveryError extends Error {
  override name = "DeliveryError";
  constructor(
    /** As in GetTrailStatus: `AccessDenied`, `NoSuchBucket`, … for buckets. CloudWatch Logs' errors are sentences. */
    readonly code: string,
    /** What is missing, for people. */
    message: string,
  ) {
    super(message);
  }
}

/** Keeps the name of an AWS error. */
export function deliveryErrorOf(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof Error) return new DeliveryError(error.name, error.message);
  return new DeliveryError("InternalError", String(error));
}
