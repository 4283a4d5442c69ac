/** Sign-ins to the console that nobody should take for granted are told. */
import * as v from "valibot";
import { detailValue, knownFacts, resourceFrom, textIn, type ResourceShape } from "../cloudtrail-events";
import type { Control, Description } from "../control";
import { USER } from "../iam-user-mfa-required/control";
import { addressRange, within } from "../networks";

export interface SignIns {
  /** CIDR blocks from which people sign in. Default none: any network is expected. */
  networks: string[];
}

export const parameters = v.strictObject({
  networks: v.optional(
    v.array(
      v.pipe(
        v.string(),
        v.check((text) => addressRange(text) !== undefined, "a CIDR block, such as 198.51.100.0/24"),
      ),
    ),
    [],
  ),
});

const ROOT: ResourceShape = {
  type: USER.type,
  id: /^root$/,
  arn: ({ partition, account }) => `arn:${partition}:iam::${account}:root`,
};
const ROLE: ResourceShape = {
  type: "AWS::IAM::Role",
  id: /^[\w+=,.@-]{1,64}$/,
  arn: ({ partition, account, id }) => `arn:${partition}:iam::${account}:role/${id}`,
};

export const control: Control<SignIns> = {
  id: "signin-console-login-expected",
  title: "Console sign-ins that stand out are told",
  description:
    "Sign-ins of root, sign-ins without MFA, failed ones, and those from outside the stack's networks are told, each with user, MFA, " +
    "region, address and time. People who come through an identity provider show their MFA there, not here.",
  severity: "high",
  frameworks: [
    "CIS AWS Foundations 3.0 4.3",
    "CIS AWS Foundations 3.0 4.6",
    "AWS FSBP IAM.9",
    "PCI DSS 4.0 10.2.1",
  ],
  resourceType: USER.type,
  otherResourceTypes: [ROLE.type],
  pattern: {
    source: ["aws.signin"],
    "detail-type": ["AWS Console Sign In via CloudTrail"],
    detail: { eventName: ["ConsoleLogin"] },
  },
  resource(event) {
    const role = textIn(event, "userIdentity", "sessionContext", "sessionIssuer", "userName");
    if (detailValue(event, "userIdentity", "type") === "Root") return resourceFrom(event, ROOT, "root");
    if (role !== undefined) return resourceFrom(event, ROLE, role);
    return resourceFrom(event, USER, detailValue(event, "userIdentity", "userName"));
  },
  permissions: () => [],
  parameters,
  remediationSteps:
    "Ask the person. If it wasn't them: reset the password, remove the access keys and sessions of the user, look up in CloudTrail what " +
    "was done since, and require MFA. Root's password belongs into a safe, with MFA on a hardware key.",
  describe(event, { networks }): Description {
    const type = textIn(event, "userIdentity", "type") ?? "?";
    const who = userOf(event, type);
    const address = textIn(event, "sourceIPAddress");
    const failed = detailValue(event, "responseElements", "ConsoleLogin") !== "Success";
    const mfa = textIn(event, "additionalEventData", "MFAUsed");
    // Of others the identity provider has asked for it, and CloudTrail says No.
    const knowsMfa = type === "Root" || type === "IAMUser";
    const findings: string[] = [];
    if (failed)
      findings.push(`A sign-in of ${who} failed: ${textIn(event, "errorMessage") ?? "no reason is given"}.`);
    else if (type === "Root") findings.push("Root signed in to the console.");
    if (!failed && knowsMfa && mfa !== "Yes") findings.push(`${capital(who)} signed in without MFA.`);
    if (address !== undefined && networks.length > 0 && !networks.some((network) => isIn(address, network)))
      findings.push(`${capital(who)} came from ${address}, which is in none of the expected networks.`);
    if (findings.length === 0) return { tell: false, why: `${capital(who)} signed in as expected.` };
    return {
      tell: true,
      findings,
      facts: knownFacts({
        User: who,
        MFA: knowsMfa ? (mfa === "Yes" ? "used" : "not used") : "asked for by the identity provider",
        Result: failed ? "failed" : "signed in",
        "Sign-in region": event.region,
        "Mobile app": textIn(event, "additionalEventData", "MobileVersion") === "Yes" ? "yes" : undefined,
      }),
    };
  },
};

function userOf(event: Parameters<Control["resource"]>[0], type: string): string {
  if (type === "Root") return "root";
  const session = textIn(event, "userIdentity", "arn")?.match(/:assumed-role\/([^/]+)\/(.+)$/);
  if (session) return `${session[2]} (role ${session[1]})`;
  const name = textIn(event, "userIdentity", "userName");
  // CloudTrail hides what was typed: people type passwords there.
  if (name === undefined || name === "HIDDEN_DUE_TO_SECURITY_REASONS") return "an unknown user";
  return `user ${name}`;
}

/** What is no address, such as the name of a service, is in no network. */
function isIn(address: string, network: string): boolean {
  const [inner, outer] = [addressRange(address), addressRange(network)];
  return inner !== undefined && outer !== undefined && inner.family === outer.family && within(inner, outer);
}

/** For the beginning of a sentence; session names stay as people know them. */
const capital = (who: string): string =>
  who.includes(" (role ") ? who : who.charAt(0).toUpperCase() + who.slice(1);
