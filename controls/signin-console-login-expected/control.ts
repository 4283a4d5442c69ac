/** Reports unusual sign-ins to the console. */
import * as v from "valibot";
import { detailValue, knownFacts, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceShape, USER } from "../lib/resources";
import type { Control, Description, HistoryFinding } from "../lib/control";
import { addressRange } from "../lib/networks";
import { parametersOf, wholeNumber } from "../lib/parameters";
import { capitalized, HIDDEN, originOf, repeated, userOf } from "./sign-in";

export interface SignIns {
  /** CIDR blocks from which people sign in. Default none: any network is expected. */
  networks: string[];
  /** Number of failed sign-ins of one user from which on they are reported, 1–100. Default 3. */
  failures: number;
  /** Minutes within which failures count, 1–1440. Default 10. */
  minutes: number;
  /** Days without a sign-in after which a network is new to a user, 0–400; 0: new networks are never reported. Default 90. */
  newNetworkDays: number;
}

export const parameters = parametersOf({
  networks: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string("a CIDR block"),
          v.check((text) => addressRange(text) !== undefined, "a CIDR block"),
        ),
        "a list of CIDR blocks",
      ),
      v.metadata({ example: "[198.51.100.0/24]" }),
    ),
    [],
  ),
  failures: v.optional(wholeNumber(1, 100), 3),
  minutes: v.optional(wholeNumber(1, 1440), 10),
  newNetworkDays: v.optional(wholeNumber(0, 400), 90),
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

const CONSOLE: ResourceShape = {
  type: "AWS::SignIn::Console",
  id: /^console$/,
  arn: ({ partition, account, region }) => `arn:${partition}:signin:${region}:${account}:console`,
};

export const control: Control<SignIns> = {
  id: "signin-console-login-expected",
  title: "Unusual console sign-in",
  description:
    "Sign-ins of root, sign-ins without MFA, repeated failures, and sign-ins from outside the stack's networks or from a network that " +
    "is new to the user are reported, each with user, MFA, region, address and time. CloudTrail doesn't record countries; networks " +
    "take their place: the first two bytes of an IPv4 address or the first four of an IPv6 one. For people who sign in through an " +
    "identity provider, only the provider knows whether they used MFA.",
  severity: "high",
  frameworks: [
    "CIS AWS Foundations 3.0 4.3",
    "CIS AWS Foundations 3.0 4.6",
    "AWS FSBP IAM.9",
    "PCI DSS 4.0 10.2.1",
  ],
  resourceType: USER.type,
  otherResourceTypes: [ROLE.type, CONSOLE.type],
  pattern: {
    source: ["aws.signin"],
    "detail-type": ["AWS Console Sign In via CloudTrail"],
    detail: { eventName: ["ConsoleLogin"] },
  },
  resource(event) {
    const issuer = textIn(event, "userIdentity", "sessionContext", "sessionIssuer", "userName");
    const type = detailValue(event, "userIdentity", "type");
    if (type === "Root") return resourceFrom(event, ROOT, "root");
    // A federated user's session is by an IAM user, all others' by a role.
    if (issuer !== undefined) return resourceFrom(event, type === "FederatedUser" ? USER : ROLE, issuer);
    const user = textIn(event, "userIdentity", "userName");
    // There is no user of that name, so the event is about the console.
    if (user === HIDDEN) return resourceFrom(event, CONSOLE, "console");
    return resourceFrom(event, USER, user);
  },
  permissions: () => [],
  parameters,
  remediationSteps:
    "Ask the person. If it wasn't them, reset the password, remove the user's access keys and sessions, find out in CloudTrail what " +
    "was done since, and require MFA. Keep root's password in a safe, and its MFA on a hardware key.",
  unpreventable: "People sign in to the console; programs don't.",
  describe(event, parameters): Description {
    const type = textIn(event, "userIdentity", "type") ?? "?";
    const who = userOf(event, type);
    const failed = detailValue(event, "responseElements", "ConsoleLogin") !== "Success";
    const mfa = textIn(event, "additionalEventData", "MFAUsed");
    // For others the identity provider is responsible, and CloudTrail says No.
    const knowsMfa = type === "Root" || type === "IAMUser";
    const findings: string[] = [];
    const failure = `A sign-in of ${who} failed: ${textIn(event, "errorMessage") ?? "no reason is given"}.`;
    // One failure of root is enough: nobody mistypes a password from a safe.
    if (type === "Root") findings.push(failed ? failure : "Root signed in to the console.");
    if (!failed && knowsMfa && mfa !== "Yes") findings.push(`${capitalized(who)} signed in without MFA.`);
    const from = originOf(event, who, parameters);
    if (from.fault !== undefined) findings.push(from.fault);
    const historyFindings: HistoryFinding[] = [];
    if (failed && type !== "Root") historyFindings.push(repeated(event, who, failure, parameters));
    if (!failed && from.historyFinding) historyFindings.push(from.historyFinding);
    const facts = knownFacts({
      User: who,
      MFA: knowsMfa ? (mfa === "Yes" ? "used" : "not used") : "asked for by the identity provider",
      Result: failed ? "failed" : "signed in",
      "Sign-in region": event.region,
      "Mobile app": textIn(event, "additionalEventData", "MobileVersion") === "Yes" ? "yes" : undefined,
    });
    const why = failed
      ? `${failure} Failures are reported only if there are ${parameters.failures} within ${parameters.minutes} minutes.`
      : `${capitalized(who)} signed in as expected.`;
    if (historyFindings.length > 0) return { report: "history", historyFindings, findings, facts, why };
    return findings.length > 0 ? { report: true, findings, facts } : { report: false, why };
  },
};
