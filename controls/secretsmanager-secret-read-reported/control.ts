/** Reports secrets that a person reads. */
import { knownFacts, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceShape } from "../lib/resources";
import type { Control, Description } from "../lib/control";
import { whoDid } from "../lib/who-did";

export const SECRET: ResourceShape = {
  type: "AWS::SecretsManager::Secret",
  // A name, or what follows `secret:` in its ARN.
  id: /^[A-Za-z0-9/_+=.@-]{1,519}$/,
  arn: ({ partition, account, region, id }) =>
    `arn:${partition}:secretsmanager:${region}:${account}:secret:${id}`,
};

export const control: Control = {
  id: "secretsmanager-secret-read-reported",
  formerIds: ["secretsmanager-secret-read-told"],
  title: "Secret read by a person",
  description:
    "Programs read secrets all day; a person who reads one has a reason, or a stolen key. Reads by root, by IAM users and by people " +
    "who signed in through IAM Identity Center are reported, each with the secret and the person. Reads by other roles are not even " +
    "forwarded. The value can't appear in a report: CloudTrail doesn't have it.",
  severity: "medium",
  frameworks: ["NIST 800-53 r5 AU-6", "NIST 800-53 r5 AC-6(9)", "PCI DSS 4.0 10.2.1"],
  resourceType: SECRET.type,
  readOnlyEvents: true,
  pattern: {
    source: ["aws.secretsmanager"],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventSource: ["secretsmanager.amazonaws.com"],
      eventName: ["GetSecretValue"],
      errorCode: [{ exists: false }],
      $or: [
        { userIdentity: { type: ["Root", "IAMUser"] } },
        { userIdentity: { arn: [{ wildcard: "arn:*:assumed-role/AWSReservedSSO_*" }] } },
      ],
    },
  },
  resource: (event) => resourceFrom(event, SECRET, textIn(event, "requestParameters", "secretId")),
  remediationSteps:
    "Ask the person what the secret was needed for. If it wasn't them, rotate the secret at once, deactivate the access key or revoke " +
    "the session, and find out what else was read.",
  unpreventable: "Secrets are read by calls while the account is in use.",
  describe(event): Description {
    const secret = textIn(event, "requestParameters", "secretId")?.replace(/^arn:.*:secret:/, "") ?? "?";
    const caller = whoDid(event);
    const who = caller?.kind === "root" ? "Root" : (caller?.name ?? "Somebody");
    const mfa = textIn(event, "userIdentity", "sessionContext", "attributes", "mfaAuthenticated");
    return {
      report: true,
      findings: [`${who} read the secret ${secret}.`],
      facts: knownFacts({
        Secret: secret,
        Version:
          textIn(event, "requestParameters", "versionId") ??
          textIn(event, "requestParameters", "versionStage"),
        "Access key": textIn(event, "userIdentity", "accessKeyId"),
        MFA: mfa === undefined ? undefined : mfa === "true" ? "used" : "not used",
      }),
    };
  },
};
