/** Roles of the path. Policies that others attached are detached; everything else is reported. */
import {
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { inPlace, type DeployedRole } from "../lib/deployed-path";
import { isNamed } from "../lib/errors";
import { changes } from "./changes";
import { isSameDocument } from "./compare";
import { AS_DEPLOYED, violation, type Part, type PathContext } from "./part";

const HOW = "Run pulumi up, which restores it.";

export const roles: Part = {
  async evaluate(context) {
    const deployed = deployedRole(context);
    if (!deployed) return changes.evaluate(context);
    const { id } = context.resource;
    const client = new IAMClient(context.aws);
    const role = await orUndefined(client.send(new GetRoleCommand({ RoleName: id })));
    if (!role?.Role) return violation([`The role ${id} was deleted. ${HOW}`], []);
    const [inline, attached] = await Promise.all([
      client.send(new ListRolePoliciesCommand({ RoleName: id })),
      attachedTo(context),
    ]);
    const { name, document } = deployed.policy;
    const names = inline.PolicyNames ?? [];
    const policy = names.includes(name)
      ? await client.send(new GetRolePolicyCommand({ RoleName: id, PolicyName: name }))
      : undefined;
    const others = names.filter((each) => each !== name);
    const findings = [
      ...(isSameDocument(role.Role.AssumeRolePolicyDocument, deployed.trustPolicy)
        ? []
        : [`The role ${id} is trusted to others than it was deployed for. ${HOW}`]),
      ...(policy === undefined
        ? [`The role ${id} has no policy ${name} any more. ${HOW}`]
        : isSameDocument(policy.PolicyDocument, document)
          ? []
          : [`The policy ${name} of the role ${id} was changed. ${HOW}`]),
      ...(others.length === 0
        ? []
        : [`The role ${id} has more policies: ${others.join(", ")}. Delete them.`]),
      ...(role.Role.PermissionsBoundary === undefined
        ? []
        : [`The role ${id} has a permissions boundary. Remove it, or run pulumi up.`]),
    ];
    if (attached.length > 0)
      return violation(
        [...findings, `Others attached ${attached.join(", ")} to the role ${id}.`],
        ["Detach the policies that others attached."],
      );
    return findings.length === 0 ? AS_DEPLOYED : violation(findings, []);
  },

  async fix(context) {
    if (!deployedRole(context)) return;
    const client = new IAMClient(context.aws);
    for (const PolicyArn of await attachedTo(context))
      await client.send(new DetachRolePolicyCommand({ RoleName: context.resource.id, PolicyArn }));
  },
};

function deployedRole({ resource, deployed }: PathContext): DeployedRole | undefined {
  const among = Object.hasOwn(deployed.roles, resource.id) ? (deployed.roles[resource.id] ?? []) : [];
  const found =
    among.find(({ accounts }) => accounts?.includes(resource.account)) ??
    among.find(({ accounts }) => accounts === undefined);
  return found && inPlace(found, resource);
}

async function attachedTo({ aws, resource }: PathContext): Promise<string[]> {
  const asked = new ListAttachedRolePoliciesCommand({ RoleName: resource.id });
  const { AttachedPolicies: attached = [] } = await new IAMClient(aws).send(asked);
  return attached.flatMap(({ PolicyArn }) => PolicyArn ?? []);
}

async function orUndefined<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNamed(error, "NoSuchEntityException", "NoSuchEntity")) return undefined;
    throw error;
  }
}
