/** errorCode, errorMessage, and what the record of a failed call leaves out. */
import type { JsonObject } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import type { ServiceModel } from "../gateway/models";
import { isFederation } from "./federation";
import { isS3 } from "./s3";

/** Codes of refusals by IAM in the various protocols. */
const REFUSALS = new Set(["AccessDenied", "AccessDeniedException", "AuthorizationError"]);

export const isRefusal = (call: Pick<ApiCall, "errorCode">): boolean =>
  call.errorCode !== undefined && REFUSALS.has(call.errorCode);

export function errorCodeOf(call: ApiCall): string | undefined {
  const { errorCode, model } = call;
  if (errorCode === undefined) return undefined;
  if (call.service === "ec2") return `${call.status >= 500 ? "Server" : "Client"}.${errorCode}`;
  if (isRefusal(call)) return "AccessDenied";
  if (!model || isS3(call)) return errorCode;
  // The exception's name, not the code on the wire: NoSuchEntityException, DBInstanceNotFoundFault.
  return exceptionNamed(model.service, errorCode) ?? errorCode;
}

/** STS doesn't record why it refuses a token. */
export const errorMessageOf = (call: ApiCall): string | undefined =>
  isRefusal(call) && isFederation(call) ? "An unknown error occurred" : call.errorMessage;

const exceptionsOf = new WeakMap<ServiceModel, Map<string, string>>();

/** The exception by its code on the wire. An operation may answer with exceptions that its model does not list. */
function exceptionNamed(model: ServiceModel, code: string): string | undefined {
  let exceptions = exceptionsOf.get(model);
  if (!exceptions) {
    const coded = Object.entries(model.shapes).flatMap(([name, { error, exception }]): [string, string][] =>
      exception === true && error?.code !== undefined ? [[error.code, name]] : [],
    );
    exceptionsOf.set(model, (exceptions = new Map(coded)));
  }
  return exceptions.get(code);
}

/** Services with a REST API that do so; those of the other protocols all do, EC2, S3 and Cost Explorer apart. */
const AUTHORIZE_FIRST = new Set(["lambda", "efs", "sesv2"]);

/** Services that check permissions before they read the parameters leave these out of the record of a refused call. */
export function hidesParameters(call: ApiCall): boolean {
  if (call.errorCode === undefined) return false;
  if (call.service === "kms") return true;
  if (!isRefusal(call) || isFederation(call)) return false;
  const protocol = call.model?.service.metadata.protocol;
  return (
    AUTHORIZE_FIRST.has(call.service) ||
    (call.service !== "ec2" && !isS3(call) && call.service !== "ce" && protocol !== "rest-json")
  );
}

/** Some services with a REST API give a refusal in responseElements. */
export function refusalElements(call: ApiCall): JsonObject | null {
  const answers = ["appsync", "eks", "guardduty"].includes(call.service) && !call.readOnly;
  return answers && isRefusal(call) && call.errorMessage !== undefined
    ? { message: call.errorMessage }
    : null;
}
