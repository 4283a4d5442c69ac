/** Whether the deployment could still change what guardrail, bucket policy, key policy and Object Lock keep from everybody else. */
import { NAMESPACE, type Fault } from "./configuration-error";
import type { Configuration } from "./schema";

export function protectionFaults(configuration: Configuration): Fault[] {
  return [...lockFaults(configuration), ...targetFaults(configuration), ...deployerFaults(configuration)];
}

function lockFaults({ trail }: Configuration): Fault[] {
  const { days } = trail.objectLock;
  if (days === undefined || days <= trail.retentionDays) return [];
  return [
    {
      path: `${NAMESPACE}:trail.objectLock.days`,
      found: String(days),
      expected: `at most trail.retentionDays, which is ${trail.retentionDays}`,
      example: String(trail.retentionDays),
    },
  ];
}

function targetFaults({ guardrail, management }: Configuration): Fault[] {
  return guardrail.attachTo.flatMap((target, index) => {
    const path = `${NAMESPACE}:guardrail.attachTo[${index}]`;
    const fault = { path, found: `"${target}"`, example: "r-a1b2" };
    if (target === management.id)
      return [
        {
          ...fault,
          expected: "another account, because service control policies don't bind the management account",
          given: ["management"],
        },
      ];
    return guardrail.attachTo.indexOf(target) < index
      ? [{ ...fault, expected: "an id that isn't in the list already" }]
      : [];
  });
}

/** A program that runs with a role of a member account would lock itself out of what only deployments may change. */
function deployerFaults(configuration: Configuration): Fault[] {
  const { credentialsAccountId: account, management, logArchive, deployerRoles } = configuration;
  if (account === undefined || account === management.id) return [];
  const isBound =
    configuration.guardrail.attachTo.length > 0 ||
    (account === logArchive.id && configuration.protectEvidence);
  if (!isBound || deployerRoles.some((role) => role.split(":")[4] === account)) return [];
  return [
    {
      path: `${NAMESPACE}:deployerRoles`,
      found: deployerRoles.length === 0 ? "none" : deployerRoles.join(", "),
      expected: `the role in account ${account} (credentialsAccountId) with which the program runs, or it locks itself out`,
      example: `[arn:aws:iam::${account}:role/deployment]`,
      given: ["credentialsAccountId", "management", "logArchive", "guardrail", "protectEvidence"],
    },
  ];
}
