/** A connection's credentials (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html). */
import { DeliveryFailure } from "../failure";
import type { Connection } from "../services";

/** OAuth access tokens by API destination. `until` in milliseconds since 1970. */
export type TokenCache = Map<string, { authorization: string; until: number }>;

interface HttpParameters {
  headers: Record<string, string>;
  query: Record<string, string>;
  body: Record<string, string>;
}

/** A token that expires this soon is renewed first. */
const RENEW_BEFORE_MILLISECONDS = 60_000;

/** @param renew gets a new token even if the last one seems valid. */
export async function authorizationOf(
  connection: Connection,
  tokens: TokenCache,
  key: string,
  timeoutMilliseconds: number,
  renew: boolean,
): Promise<Record<string, string>> {
  const { parameters, type } = connection;
  if (type === "BASIC") {
    const { Username, Password } = textsOf(parameters["BasicAuthParameters"]);
    return { authorization: `Basic ${Buffer.from(`${Username}:${Password}`).toString("base64")}` };
  }
  if (type === "API_KEY") {
    const { ApiKeyName, ApiKeyValue } = textsOf(parameters["ApiKeyAuthParameters"]);
    return ApiKeyName === undefined ? {} : { [ApiKeyName]: ApiKeyValue ?? "" };
  }
  if (type !== "OAUTH_CLIENT_CREDENTIALS") return {};
  const kept = tokens.get(key);
  if (kept && !renew && kept.until - Date.now() > RENEW_BEFORE_MILLISECONDS)
    return { authorization: kept.authorization };
  const fresh = await fetchToken(parameters["OAuthParameters"], timeoutMilliseconds);
  tokens.set(key, fresh);
  return { authorization: fresh.authorization };
}

/** The client credentials grant of RFC 6749. */
async function fetchToken(
  given: unknown,
  timeoutMilliseconds: number,
): Promise<{ authorization: string; until: number }> {
  const oauth = recordOf(given);
  const { AuthorizationEndpoint = "", HttpMethod = "POST" } = textsOf(oauth);
  const { ClientID = "", ClientSecret = "" } = textsOf(oauth["ClientParameters"]);
  const more = httpParameters(oauth["OAuthHttpParameters"]);
  const form = {
    grant_type: "client_credentials",
    client_id: ClientID,
    client_secret: ClientSecret,
    ...more.body,
  };
  const url = new URL(AuthorizationEndpoint);
  const inQuery = HttpMethod === "GET" ? { ...more.query, ...form } : more.query;
  for (const [name, value] of Object.entries(inQuery)) url.searchParams.set(name, value);
  try {
    const response = await fetch(url, {
      method: HttpMethod,
      headers: more.headers,
      body: HttpMethod === "GET" ? undefined : new URLSearchParams(form),
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const token = JSON.parse(text) as { access_token?: string; token_type?: string; expires_in?: number };
    if (token.access_token === undefined) throw new Error("its answer has no access_token");
    const type =
      token.token_type === undefined || /^bearer$/i.test(token.token_type) ? "Bearer" : token.token_type;
    const lifetime = token.expires_in === undefined ? Number.POSITIVE_INFINITY : token.expires_in * 1000;
    return { authorization: `${type} ${token.access_token}`, until: Date.now() + lifetime };
  } catch (error) {
    throw new DeliveryFailure(
      "ERROR_FROM_TARGET",
      `The authorization endpoint ${url.origin} returned no token: ${(error as Error).message}.`,
      true,
    );
  }
}

/** Turns lists of {Key, Value} into maps. */
export function httpParameters(given: unknown): HttpParameters {
  const { HeaderParameters, QueryStringParameters, BodyParameters } = recordOf(given);
  return {
    headers: mapOf(HeaderParameters),
    query: mapOf(QueryStringParameters),
    body: mapOf(BodyParameters),
  };
}

function mapOf(list: unknown): Record<string, string> {
  if (!Array.isArray(list)) return {};
  const pairs = (list as unknown[])
    .map(textsOf)
    .map(({ Key = "", Value = "" }): [string, string] => [Key, Value]);
  return Object.fromEntries(pairs.filter(([key]) => key !== ""));
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

function textsOf(value: unknown): Record<string, string | undefined> {
  const texts = Object.entries(recordOf(value)).filter(([, text]) => typeof text === "string");
  return Object.fromEntries(texts) as Record<string, string>;
}
