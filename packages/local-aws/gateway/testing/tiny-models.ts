/** Service models small enough to read, one a protocol, and calls made of them: for specs. */
import type { ApiCall, HttpExchange } from "../api-call";
import type { OperationModel, Protocol, ServiceModel, Shape, ShapeReference } from "../models";

interface TinyOperation {
  input?: string;
  output?: string;
  resultWrapper?: string;
  method?: string;
  uri?: string;
  deprecated?: boolean;
  errors?: string[];
}

export function tinyModel(
  name: string,
  protocol: Protocol,
  operations: Record<string, TinyOperation>,
  shapes: Record<string, Shape>,
  metadata: Partial<ServiceModel["metadata"]> = {},
): ServiceModel {
  const model: ServiceModel = {
    name,
    metadata: { apiVersion: "2020-01-01", endpointPrefix: name, protocol, ...metadata },
    operations: {},
    shapes: { Text: { type: "string" }, Number: { type: "integer" }, Flag: { type: "boolean" }, ...shapes },
  };
  for (const [operation, tiny] of Object.entries(operations)) {
    const made: OperationModel = {
      name: operation,
      http: { method: tiny.method ?? "POST", requestUri: tiny.uri ?? "/" },
      service: model,
    };
    if (tiny.input !== undefined) made.input = { shape: tiny.input };
    if (tiny.output !== undefined) made.output = { shape: tiny.output, resultWrapper: tiny.resultWrapper };
    if (tiny.deprecated !== undefined) made.deprecated = tiny.deprecated;
    if (tiny.errors) made.errors = tiny.errors.map((shape) => ({ shape }));
    model.operations[operation] = made;
  }
  return model;
}

export const structure = (
  members: Record<string, string | ShapeReference>,
  more: Partial<Shape> = {},
): Shape => ({
  type: "structure",
  members: Object.fromEntries(
    Object.entries(members).map(([name, shape]) => [name, typeof shape === "string" ? { shape } : shape]),
  ),
  ...more,
});

export const list = (shape: string, more: Partial<Shape> = {}, locationName?: string): Shape => ({
  type: "list",
  member: { shape, locationName },
  ...more,
});

const ACCOUNT = "333333333333";

/** A call by the account's root in eu-west-1, with whatever is given. */
export function tinyCall(given: Partial<Omit<ApiCall, "http">> & { http?: Partial<HttpExchange> }): ApiCall {
  const { http, ...call } = given;
  const service = given.model?.service.name ?? given.service ?? "tiny";
  return {
    sequence: 1,
    receivedAt: Date.parse("2026-01-02T03:04:05.678Z"),
    endedAt: Date.parse("2026-01-02T03:04:05.690Z"),
    service,
    signingName: service,
    operation: given.model?.name,
    readOnly: false,
    region: "eu-west-1",
    account: ACCOUNT,
    accessKeyId: ACCOUNT,
    identity: { type: "Root", arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT, principalId: ACCOUNT },
    status: 200,
    requestId: "request-1",
    ...call,
    http: {
      method: "POST",
      host: "127.0.0.1:4566",
      path: "/",
      query: [],
      requestHeaders: { "user-agent": "tiny/1" },
      responseHeaders: {},
      authentication: "header",
      signatureVersion: "SigV4",
      sourceAddress: "127.0.0.1",
      bytesIn: 0,
      bytesOut: 0,
      ...http,
    },
  };
}
