/** Reports unusual sign-ins to the console. */
import type { Control, Description, HistoryFinding } from "../lib/control";
import { detailValue, knownFacts, textIn } from "../lib/event-fields";
import { USER } from "../lib/resources";
import { parameters, type SignIns } from "./parameters";
import { CONSOLE, principalOf, ROLE } from "./principal";
import { capitalized, originOf, repeated, userOf } from "./sign-in";

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
  resource: principalOf,
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
