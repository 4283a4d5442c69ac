/** What a request is to the gateway: an API call, a form of the sign-in page, a path that clients may not ask for, or anything else. */
import type { IncomingMessage } from "node:http";
import type { Exchange } from "./exchange";
import { isReadOnly } from "./read-only";
import type { Signature } from "./signature";

/** The emulator's own paths: its reset, its configuration, and ours. */
const EMULATOR_PATHS = /^\/_(?:local-aws|ministack|localstack)(?:\/|$)/;
/** Of those, the ones that the emulator gives clients URLs of. */
const CLIENT_PATHS = /^\/_ministack\/(?:lambda-code|lambda-layers|cfn-response|cfn-signal)\//;

/** Whether only the emulator itself may ask for this path. */
export function isEmulatorPath(path: string): boolean {
  let decoded = path.replace(/^https?:\/\/[^/]*/i, "");
  try {
    // As the emulator's server decodes it.
    decoded = decodeURIComponent(decoded);
  } catch {
    // Then the emulator can't either.
  }
  return EMULATOR_PATHS.test(decoded) && !CLIENT_PATHS.test(decoded);
}

/** @param path of the sign-in page, if there is one. */
export const isSignInForm = (incoming: IncomingMessage, path: string | undefined): boolean =>
  path !== undefined &&
  incoming.method === "POST" &&
  incoming.url === path &&
  incoming.headers.authorization === undefined &&
  incoming.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;

/** Services that sign requests which are no calls of AWS's own API. */
const NOT_AWS = new Set(["execute-api", "vpc-lattice-svcs", "iotdevicegateway", "rds-db"]);

export function isApiCall(
  path: string,
  signature: Signature | undefined,
  incoming: IncomingMessage,
): boolean {
  if (path.startsWith("/_") || path === "/health") return false;
  if (signature)
    return !NOT_AWS.has(signature.signingName) && !/\.lambda-url\./.test(incoming.headers.host ?? "");
  // Unsigned: STS with another provider's token, and anonymous S3. The answer shows which it was.
  return true;
}

/** Whether the request was unsigned, and no AWS service answered it as an API call. */
export const isNoCallAfterAll = (signature: Signature | undefined, exchange: Exchange): boolean =>
  signature === undefined &&
  exchange.responseHeaders["x-amz-id-2"] === undefined &&
  !/Action=AssumeRoleWith/.test(exchange.requestBody?.toString("latin1") ?? exchange.url);

/** Services whose writes may change what is recorded, and where it goes. */
const DECIDE_RECORDING = new Set(["cloudtrail", "events"]);

export function changesRecording(signature: Signature | undefined, headers: Record<string, string>): boolean {
  const operation = headers["x-amz-target"]?.split(".").at(-1);
  if (signature === undefined || !DECIDE_RECORDING.has(signature.signingName) || operation === "PutEvents")
    return false;
  return !isReadOnly(signature.signingName, operation);
}
