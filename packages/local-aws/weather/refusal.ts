/** AWS's refusals when it is busy or unavailable, in the words and form of each service. */
import { randomUUID } from "node:crypto";
import { shapeOf, type OperationModel, type Protocol } from "../gateway/models";

interface RefusedCall {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

interface Fault {
  code: string;
  message: string;
  status: number;
}

/**
 * Of services whose models have no exception for it.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const BY_SERVICE: Record<string, Fault | undefined> = {
  ec2: { code: "RequestLimitExceeded", message: "Request limit exceeded.", status: 503 },
  s3: { code: "SlowDown", message: "Please reduce your request rate.", status: 503 },
};
const MODELLED = /^(Throttl(ing|ed)(Exception)?|TooManyRequestsException|RequestThrottled)$/;

/** The service's own exception if its model has one; else Throttling of the query and XML services, ThrottlingException of the others. */
export function throttled(operation: OperationModel, protocol: Protocol): Fault {
  const known = BY_SERVICE[operation.service.name];
  if (known) return known;
  for (const { shape: name } of operation.errors ?? []) {
    const { code = name, httpStatusCode: status = protocol === "rest-json" ? 429 : 400 } =
      shapeOf(operation.service, { shape: name }).error ?? {};
    if (MODELLED.test(name)) return { code, status, message: "Rate exceeded" };
  }
  const old = protocol === "query" || protocol === "rest-xml";
  return { code: old ? "Throttling" : "ThrottlingException", status: 400, message: "Rate exceeded" };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
export const UNAVAILABLE: Fault = {
  code: "ServiceUnavailable",
  message: "The request has failed due to a temporary failure of the server.",
  status: 503,
};

export function refusedCall(fault: Fault, { service }: OperationModel, protocol: Protocol): RefusedCall {
  const requestId = randomUUID();
  const { code, message, status } = fault;
  const answer = (type: string, body: string | Buffer, more = {}): RefusedCall => ({
    status,
    headers: { "content-type": type, "x-amzn-requestid": requestId, ...more },
    body: Buffer.from(body),
  });
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  switch (protocol) {
    case "ec2":
      return answer(
        "text/xml;charset=UTF-8",
        `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>${error}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      );
    case "rest-xml":
    case "query":
      if (service.name === "s3")
        return answer(
          "application/xml",
          `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${error}<RequestId>${requestId}</RequestId></Error>`,
          { "x-amz-request-id": requestId },
        );
      return answer(
        "text/xml",
        `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    case "smithy-rpc-v2-cbor":
      return answer("application/cbor", cborTexts({ __type: code, message }), {
        "smithy-protocol": "rpc-v2-cbor",
      });
    case "json":
    case "rest-json":
      return answer("application/x-amz-json-1.1", JSON.stringify({ __type: code, message }), {
        "x-amzn-errortype": code,
      });
  }
}

/** A map of short texts in CBOR (RFC 8949). */
function cborTexts(texts: Record<string, string>): Buffer {
  const entries = Object.entries(texts);
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([0x78, bytes.length]), bytes]);
  };
  return Buffer.concat([
    Buffer.from([0xa0 + entries.length]),
    ...entries.flatMap(([name, value]) => [text(name), text(value)]),
  ]);
}
