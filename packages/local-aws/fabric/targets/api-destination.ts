/**
 * API destinations: an HTTP request with the connection's credentials, within its rate, in five seconds
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html).
 */
import { isJsonObject, type Json } from "@bailiwick/aws-events/record";
import { resourceName } from "../arn";
import { DeliveryFailure } from "../failure";
import { isJsonPath, lookUp } from "../json-path";
import type { ApiDestination, Connection } from "../services";
import { roleOf } from "./apis";
import { authorizationOf, httpParameters, type TokenCache } from "./connection";
import type { Delivery, TargetContext, TargetKind } from "./target";

export interface ApiDestinationOptions {
  /** Default 5 s, as on AWS. */
  timeoutMilliseconds?: number;
}

/** EventBridge sets or removes these, whatever target and connection say. */
const OWN_HEADERS =
  /^(a-im|accept-charset|accept-datetime|accept-encoding|cache-control|connection|content-encoding|content-length|content-md5|date|expect|forwarded|from|host|http2-settings|if-.*|max-forwards|origin|pragma|proxy-authorization|range|referer|te|trailer|transfer-encoding|user-agent|upgrade|via|warning)$/i;

export function apiDestinationKind(context: TargetContext, options: ApiDestinationOptions = {}): TargetKind {
  const { services, permissions } = context;
  const timeoutMilliseconds = options.timeoutMilliseconds ?? 5000;
  const tokens: TokenCache = new Map();
  const paces = new Map<string, number>();
  return {
    name: "API destination",
    concurrency: 16,
    async deliver([delivery], arn) {
      if (!delivery) return [];
      const { rule, target } = delivery;
      const name = resourceName(arn).split("/")[0] ?? "";
      await permissions.requireRole(rule, roleOf(target, arn), {
        action: "events:InvokeApiDestination",
        arn: arn.text,
        region: arn.region,
        owner: arn.account,
        policy: undefined,
      });
      const destination = await services.apiDestination(arn.text);
      if (!destination)
        throw new DeliveryFailure("NO_RESOURCE", `The API destination ${arn.text} does not exist.`);
      const connection = await services.connection(arn.account, arn.region, destination.connectionName);
      if (!connection)
        throw new DeliveryFailure(
          "NO_RESOURCE",
          `The connection ${destination.connectionName} of the API destination ${name} does not exist.`,
        );
      if (!destination.active || !connection.authorized) {
        throw new DeliveryFailure(
          "NO_PERMISSIONS",
          `The API destination ${name} is not active, because its connection ${destination.connectionName} is not authorized.`,
        );
      }
      await waitForRate(paces, arn.text, destination.ratePerSecond);
      const send = async (renew: boolean) => {
        const authorization = await authorizationOf(connection, tokens, arn.text, timeoutMilliseconds, renew);
        return request(delivery, destination, connection, authorization, timeoutMilliseconds);
      };
      let response = await send(false);
      const expired = response.status === 401 || response.status === 407;
      if (expired && connection.type === "OAUTH_CLIENT_CREDENTIALS") response = await send(true);
      requireSuccess(response, destination);
      return [undefined];
    },
  };
}

/** Waits until the rate allows the next request. */
async function waitForRate(paces: Map<string, number>, key: string, ratePerSecond: number): Promise<void> {
  const now = performance.now();
  const at = Math.max(now, paces.get(key) ?? 0);
  paces.set(key, at + 1000 / ratePerSecond);
  if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
}

interface Answer {
  status: number;
  retryAfter: string | null;
}

async function request(
  { event, target, payload }: Delivery,
  destination: ApiDestination,
  connection: Connection,
  authorization: Record<string, string>,
  timeoutMilliseconds: number,
): Promise<Answer> {
  const own = httpParameters(connection.parameters["InvocationHttpParameters"]);
  const resolve = (value: string) => resolved(value, event as unknown as Json);
  const parameters = target.HttpParameters ?? {};
  // The connection's headers override the target's.
  const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
  for (const [name, value] of [
    ...entries(parameters.HeaderParameters, resolve),
    ...Object.entries(own.headers),
  ])
    if (!OWN_HEADERS.test(name.trim())) headers.set(name.trim(), value);
  for (const [name, value] of Object.entries(authorization)) headers.set(name, value);
  headers.set("user-agent", "Amazon/EventBridge/ApiDestinations");
  headers.set("range", "bytes=0-1048575");
  const url = new URL(withPath(destination.endpoint, (parameters.PathParameterValues ?? []).map(resolve)));
  for (const [name, value] of [
    ...entries(parameters.QueryStringParameters, resolve),
    ...Object.entries(own.query),
  ])
    url.searchParams.set(name, value);
  const bodiless = destination.method === "GET" || destination.method === "HEAD";
  try {
    const response = await fetch(url, {
      method: destination.method,
      headers,
      body: bodiless ? undefined : withFields(payload, own.body),
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    await response.arrayBuffer();
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  } catch (error) {
    const { name, message, cause } = error as Error;
    if (name === "TimeoutError") {
      const seconds = timeoutMilliseconds / 1000;
      throw new DeliveryFailure("TIMEOUT", `${url.origin} did not answer within ${seconds} s.`, true);
    }
    const why = cause instanceof Error ? cause.message : message;
    throw new DeliveryFailure("CONNECTION_FAILURE", `${url.origin} could not be reached: ${why}.`, true);
  }
}

const entries = (given: Record<string, string> | undefined, resolve: (value: string) => string) =>
  Object.entries(given ?? {}).map(([name, value]): [string, string] => [name, resolve(value)]);

/** A JSON path is replaced by its value in the event; any other text stays. */
function resolved(value: string, event: Json): string {
  if (!isJsonPath(value)) return value;
  const found = lookUp(event, value);
  if (found === undefined) return "";
  return typeof found === "string" ? found : JSON.stringify(found).replaceAll('"', "");
}

/** Replaces each `*` of the endpoint by the next of the target's path values. */
function withPath(endpoint: string, values: string[]): string {
  return values.reduce((url, value) => url.replace("*", () => encodeURIComponent(value)), endpoint);
}

/** Adds the connection's body fields to a payload that is an object. */
function withFields(payload: string, fields: Record<string, string>): string {
  if (Object.keys(fields).length === 0) return payload;
  try {
    const given = JSON.parse(payload) as unknown;
    return isJsonObject(given) ? JSON.stringify({ ...given, ...fields }) : payload;
  } catch {
    return payload;
  }
}

/** 401, 407, 409, 429 and 5xx are retried; other failures are final. */
function requireSuccess({ status, retryAfter }: Answer, { endpoint }: ApiDestination): void {
  if (status >= 200 && status < 300) return;
  const retryable = status === 401 || status === 407 || status === 409 || status === 429 || status >= 500;
  const seconds = Number(retryAfter);
  throw new DeliveryFailure(
    status === 429 ? "THROTTLING" : "ERROR_FROM_TARGET",
    `${new URL(endpoint).origin} answered ${status}.`,
    retryable,
    retryable && retryAfter !== null && Number.isFinite(seconds) ? seconds : undefined,
  );
}
