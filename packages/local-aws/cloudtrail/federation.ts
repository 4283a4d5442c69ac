/**
 * Callers that assume a role by a token of an OpenID Connect provider or by a SAML assertion. These calls are unsigned and
 * recorded in the role's account only
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html).
 */
import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject, type UserIdentity } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { parseXml, type XmlElement } from "../gateway/xml";

type FederationCall = Pick<ApiCall, "service" | "operation" | "parameters">;

const OPERATIONS = new Set(["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"]);
/** Providers that every account knows, which have no ARN. */
const WELL_KNOWN = new Set([
  "accounts.google.com",
  "cognito-identity.amazonaws.com",
  "graph.facebook.com",
  "www.amazon.com",
]);

export const isFederation = (call: FederationCall): boolean =>
  call.service === "sts" && OPERATIONS.has(call.operation ?? "");

/** As far as the token or assertion can be read; nothing is verified here. Undefined for any other call. */
export function federatedIdentity(call: FederationCall): UserIdentity | undefined {
  if (!isFederation(call)) return undefined;
  return call.operation === "AssumeRoleWithSAML" ? samlUser(call) : webIdentityUser(call);
}

/** The parameters of a request in the record: a SAML assertion adds to them. */
export function federationRequest(call: FederationCall, shown: JsonObject | null): JsonObject | null {
  const assertion =
    call.operation === "AssumeRoleWithSAML" && isFederation(call) ? assertionOf(call) : undefined;
  if (!assertion) return shown;
  const { id, sessionName } = assertion;
  const fromAssertion: JsonObject = {};
  if (id !== undefined) fromAssertion["sAMLAssertionID"] = id;
  if (sessionName !== undefined) fromAssertion["roleSessionName"] = sessionName;
  return { ...fromAssertion, ...shown };
}

/** The provider of a SAML assertion is a parameter beside the role. */
export function samlProvider(
  call: FederationCall,
): { ARN: string; accountId: string; type: string } | undefined {
  const ARN = text(call, "PrincipalArn");
  if (!isFederation(call) || ARN === undefined) return undefined;
  return { accountId: accountOf(ARN), type: "AWS::IAM::SAMLProvider", ARN };
}

function webIdentityUser(call: FederationCall): UserIdentity {
  const claims = claimsOf(text(call, "WebIdentityToken") ?? "");
  const issuer = claimed(claims["iss"]) ?? text(call, "ProviderId");
  if (issuer === undefined) return { type: "WebIdentityUser" };
  const name = issuer.replace(/^https?:\/\//, "");
  const [, partition = "aws"] = text(call, "RoleArn")?.split(":") ?? [];
  const account = accountOf(text(call, "RoleArn") ?? "");
  const identityProvider = WELL_KNOWN.has(name)
    ? name
    : `arn:${partition}:iam::${account}:oidc-provider/${name}`;
  const [application, userName] = [claimed(claims["aud"]), claimed(claims["sub"])];
  if (userName === undefined) return { type: "WebIdentityUser", identityProvider };
  const principalId = [identityProvider, application ?? "", userName].join(":");
  return { type: "WebIdentityUser", principalId, userName, identityProvider };
}

function samlUser(call: FederationCall): UserIdentity {
  const { issuer, nameId } = assertionOf(call) ?? {};
  const provider = text(call, "PrincipalArn");
  if (issuer === undefined || nameId === undefined || provider === undefined) return { type: "SAMLUser" };
  // AWS's name qualifier: a hash of the issuer, the account, and the provider's name.
  const qualified = `${issuer}${accountOf(provider)}/${provider.slice(provider.indexOf("/") + 1)}`;
  const identityProvider = createHash("sha1").update(qualified).digest("base64");
  return {
    type: "SAMLUser",
    principalId: `${identityProvider}:${nameId}`,
    userName: nameId,
    identityProvider,
  };
}

interface Assertion {
  id?: string;
  issuer?: string;
  nameId?: string;
  sessionName?: string;
}

function assertionOf(call: FederationCall): Assertion | undefined {
  const encoded = text(call, "SAMLAssertion");
  if (encoded === undefined) return undefined;
  try {
    const root = parseXml(Buffer.from(encoded, "base64").toString());
    const assertion = root.name === "Assertion" ? root : find(root, "Assertion");
    if (!assertion) return undefined;
    const session = all(assertion, "Attribute").find(({ attributes }) =>
      attributes["Name"]?.endsWith("/SAML/Attributes/RoleSessionName"),
    );
    const subject = find(assertion, "Subject");
    return {
      id: assertion.attributes["ID"],
      issuer: find(assertion, "Issuer")?.text.trim(),
      nameId: subject && find(subject, "NameID")?.text.trim(),
      sessionName: session && find(session, "AttributeValue")?.text.trim(),
    };
  } catch {
    // No identity provider writes this, and STS refuses it.
    return undefined;
  }
}

const all = (element: XmlElement, name: string): XmlElement[] =>
  element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);

const find = (element: XmlElement, name: string): XmlElement | undefined => all(element, name)[0];

function claimsOf(token: string): JsonObject {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Json;
    return isJsonObject(claims) ? claims : {};
  } catch {
    // Only the provider can read the access tokens of some providers.
    return {};
  }
}

/** The first of several audiences is recorded. */
function claimed(claim: Json | undefined): string | undefined {
  const value = Array.isArray(claim) ? claim[0] : claim;
  return typeof value === "string" ? value : undefined;
}

function text(call: FederationCall, name: string): string | undefined {
  const value = call.parameters?.[name];
  return typeof value === "string" ? value : undefined;
}

const accountOf = (arn: string): string => arn.split(":")[4] ?? "";
