/** Describes what is deployed on the path of the events, once for all accounts and regions, for the control that keeps it intact. */
import { patternText } from "@bailiwick/aws-events";
import type { Settings } from "../config";
import { arn, channelResourceName, controlName, deadLetterQueueName, sendRuleName } from "../contract/names";
import {
  ACCOUNT,
  REGION,
  type DeployedPath,
  type DeployedRole,
  type DeployedRule,
} from "../controls/lib/deployed-path";
import { busStatements } from "./lib/bus-policy";
import { controlRules, forwardedPatterns } from "./lib/control-events";
import { deployerArns, ruleMakerArns } from "./lib/deployers";
import { hubBusArn } from "./lib/hub";
import { policyText } from "./lib/policy-documents";
import type { RoleDescription } from "./lib/member-roles";
import { forwarding, memberSides } from "./member-side";

export function deployedPath(settings: Settings): DeployedPath {
  const { partition, homeRegion, security, organizationId, regions } = settings;
  const hub = { partition, securityAccountId: security.id, region: homeRegion };
  const everywhere = forwarding({
    partition,
    accountId: ACCOUNT,
    regions: [REGION],
    ...forwardedPatterns(settings),
    hubBusArn: hubBusArn(hub),
  });
  const [forwarded] = everywhere.regions;
  if (forwarded === undefined) throw new Error("The forwarding has no region.");
  const { deadLetterQueue: queue, rules } = forwarded;
  return {
    forwarding: {
      regions,
      rules: Object.fromEntries(
        rules.map(({ name, description, eventPattern, state, target }): [string, DeployedRule] => {
          const { id, arn: targetArn, roleArn, deadLetterQueueArn, ...retry } = target;
          return [
            name,
            {
              description,
              eventPattern,
              state,
              targets: [{ id, arn: targetArn, roleArn, deadLetterQueueArn, retry }],
            },
          ];
        }),
      ),
      deadLetterQueue: {
        name: queue.name,
        messageRetentionSeconds: queue.messageRetentionSeconds,
        policy: JSON.stringify(queue.policy),
      },
    },
    roles: {
      ...Object.fromEntries(
        [everywhere.role, ...(everywhere.guardRole ? [everywhere.guardRole] : [])].map((role) => [
          role.name,
          [{ ...deployedRole(role) }],
        ]),
      ),
      ...remediationRoles(settings),
    },
    hub: {
      account: security.id,
      region: homeRegion,
      rules: hubRules(settings),
      busPolicy: policyText(busStatements({ ...hub, organizationId, deployers: ruleMakerArns(settings) })),
    },
    deployers: deployerArns(settings, ACCOUNT),
  };
}

const deployedRole = ({ trustPolicy, policy }: RoleDescription): DeployedRole => ({
  trustPolicy: JSON.stringify(trustPolicy),
  policy: { name: policy.name, document: JSON.stringify(policy.document) },
});

/** The roles of the controls: where accounts differ in their modes, one description for each group of them. */
function remediationRoles(settings: Settings): DeployedPath["roles"] {
  const groups = new Map<string, Map<string, string[]>>();
  for (const { accountId, remediationRoles: roles, undoRole } of memberSides(settings))
    for (const role of [...roles, ...(undoRole ? [undoRole] : [])]) {
      const text = JSON.stringify(deployedRole(role)).replaceAll(accountId, ACCOUNT);
      const group = groups.get(role.name) ?? new Map<string, string[]>();
      group.set(text, [...(group.get(text) ?? []), accountId]);
      groups.set(role.name, group);
    }
  return Object.fromEntries(
    [...groups].map(([name, group]) => {
      const [most, ...others] = [...group].sort(([, a], [, b]) => b.length - a.length);
      const read = (text = "") => JSON.parse(text) as DeployedRole;
      return [name, [...others.map(([text, accounts]) => ({ ...read(text), accounts })), read(most?.[0])]];
    }),
  );
}

/** The rules of controls in full, and of channels the state: their patterns are long, and who changes one is reported. */
function hubRules({ partition, security, homeRegion, controls, remediation, channels }: Settings) {
  const rules: Record<string, DeployedRule> = {};
  for (const { control } of controls) {
    const queue = arn(partition, "sqs", homeRegion, security.id, controlName(control.id));
    for (const { name, pattern, state } of controlRules(control, remediation))
      rules[name] = {
        eventPattern: patternText(pattern),
        description: control.title,
        state,
        targets: [{ id: "queue", arn: queue, deadLetterQueueArn: deadLetterQueueName(queue) }],
      };
  }
  for (const { name, to } of channels) {
    const resourceName = channelResourceName(name);
    rules[resourceName] = { state: "ENABLED" };
    if (to.kind === "slack") rules[sendRuleName(resourceName)] = { state: "ENABLED" };
  }
  return rules;
}
