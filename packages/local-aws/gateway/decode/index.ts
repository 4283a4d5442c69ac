/** Decodes an HTTP exchange to an API call. */
import type { CallerIdentity } from "../../emulator/emulator";
import type { ApiCall } from "../api-call";
import { plainBody } from "../body";
import type { Exchange } from "../exchange";
import { regionOfHost } from "../host";
import { identify } from "../identify";
import type { ServiceModels } from "../models";
import { isReadOnly } from "../read-only";
import type { Signature } from "../signature";
import { decodeInput } from "./input";
import { decodeError, decodeOutput } from "./output";
import type { RestRequest } from "./rest";

/** Longer bodies are not kept as text, for records that show a body in its exact form. Bytes. */
const MAXIMUM_TEXT_BYTES = 256 * 1024;

function requestOf(exchange: Exchange): RestRequest {
  const [path, query] = splitUrl(exchange.url);
  return { method: exchange.method, path, query, headers: exchange.requestHeaders };
}

export function splitUrl(url: string): [path: string, query: [string, string][]] {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  return [path, mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1))]];
}

/** Decodes as far as possible, and never throws: `problem` says what could not be decoded. */
export async function decodeCall(
  models: ServiceModels,
  exchange: Exchange,
  signature: Signature | undefined,
  identity: CallerIdentity,
  sequence: number,
): Promise<ApiCall> {
  const request = requestOf(exchange);
  const call = undecodedCall(exchange, request, signature, identity, sequence);
  const problems: string[] = [];
  const attempt = <Value>(what: string, decode: () => Value): Value | undefined => {
    try {
      return decode();
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const { requestBody, responseBody, status } = exchange;
  const body =
    requestBody && attempt("the request's encoding", () => plainBody(requestBody, exchange.requestHeaders));
  if (requestBody === undefined && !isStoring(exchange))
    problems.push("the request's body was too long to keep");
  const answerBody =
    responseBody && attempt("the answer's encoding", () => plainBody(responseBody, exchange.responseHeaders));
  const answer = { status, headers: exchange.responseHeaders, body: answerBody };
  call.http.requestText = textOf(body);
  call.http.responseText = textOf(answerBody);
  if (status >= 300) {
    const error = decodeError(answer);
    call.errorCode = error.code;
    call.errorMessage = error.message;
    call.requestId ??= error.requestId;
  }
  try {
    const identified = await identify(models, signature?.signingName, call.http.host, request, body);
    const { operation, protocol, labels } = identified;
    call.model = operation;
    call.service = operation.service.name;
    call.operation = operation.name;
    call.readOnly = isReadOnly(call.service, call.operation);
    const input = { request: identified.request, labels, body };
    call.parameters = attempt("the request", () => decodeInput(operation, protocol, input));
    if (status < 300 && answerBody !== undefined)
      call.output = attempt("the answer", () => decodeOutput(operation, protocol, answer));
  } catch (error) {
    problems.push((error as Error).message);
  }
  if (problems.length > 0) call.problem = problems.join("; ");
  return call;
}

/** All that is known without a model. */
function undecodedCall(
  exchange: Exchange,
  request: RestRequest,
  signature: Signature | undefined,
  identity: CallerIdentity,
  sequence: number,
): ApiCall {
  const { requestHeaders, responseHeaders } = exchange;
  const host = requestHeaders["host"] ?? "";
  return {
    sequence,
    receivedAt: exchange.receivedAt,
    endedAt: exchange.endedAt,
    service: signature?.signingName ?? "unknown",
    signingName: signature?.signingName ?? "unknown",
    readOnly: false,
    region: signature?.region ?? regionOfHost(host) ?? "us-east-1",
    account: identity.accountId ?? accountOfKey(signature?.accessKeyId),
    accessKeyId: signature?.accessKeyId,
    identity,
    status: exchange.status,
    requestId: responseHeaders["x-amzn-requestid"] ?? responseHeaders["x-amz-request-id"],
    http: {
      method: exchange.method,
      host,
      path: request.path,
      query: request.query,
      requestHeaders,
      responseHeaders,
      authentication: signature?.authentication ?? "none",
      signatureVersion: signature?.version,
      sourceAddress: exchange.sourceAddress,
      bytesIn: exchange.bytesIn,
      bytesOut: exchange.bytesOut,
    },
  };
}

const accountOfKey = (key: string | undefined): string =>
  key !== undefined && /^\d{12}$/.test(key) ? key : "";

/** Whether the body is content that a client stores, not parameters. */
const isStoring = (exchange: Exchange): boolean =>
  exchange.method === "PUT" && exchange.requestHeaders["authorization"]?.includes("/s3/") === true;

function textOf(body: Buffer | undefined): string | undefined {
  return body && body.length > 0 && body.length <= MAXIMUM_TEXT_BYTES ? body.toString() : undefined;
}
