/** AWS Identity and Access Management. https://docs.aws.amazon.com/IAM/latest/APIReference/ */
import * as iam from "@aws-sdk/client-iam";
import { isGone } from "../errors";
import {
  defined,
  document,
  flag,
  number,
  seen,
  required,
  tagChanges,
  tagList,
  tagMap,
  tagsOf,
  text,
  texts,
  touches,
  type Call,
  type Existing,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(iam.IAMClient);
const MAXIMUM_VERSIONS = 5;

const role: ResourceType = {
  global: true,
  inputs: [
    "assumeRolePolicy",
    "description",
    "forceDetachPolicies",
    "managedPolicyArns",
    "maxSessionDuration",
    "name",
    "path",
    "permissionsBoundary",
    "tags",
    "tagsAll",
  ],
  replaceOn: ["name", "path"],
  name: { input: "name", maximum: 64 },
  async create(inputs, call) {
    const client = clientOf(call);
    const RoleName = required(inputs, "name");
    const { Role } = await client.send(
      new iam.CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: document(inputs["assumeRolePolicy"]),
        Description: text(inputs["description"]),
        MaxSessionDuration: number(inputs["maxSessionDuration"]),
        Path: text(inputs["path"]),
        PermissionsBoundary: text(inputs["permissionsBoundary"]),
        Tags: tagList(tagsOf(inputs)),
      }),
    );
    const outputs = roleOutputs(Role);
    call.created(RoleName, outputs);
    await attachAll(client, RoleName, texts(inputs["managedPolicyArns"]));
    return { id: RoleName, outputs };
  },
  async update(existing, inputs, changed, call) {
    const client = clientOf(call);
    const RoleName = existing.id;
    if (touches(changed, "assumeRolePolicy"))
      await client.send(
        new iam.UpdateAssumeRolePolicyCommand({
          RoleName,
          PolicyDocument: document(inputs["assumeRolePolicy"]),
        }),
      );
    if (touches(changed, "description", "maxSessionDuration"))
      await client.send(
        new iam.UpdateRoleCommand({
          RoleName,
          Description: text(inputs["description"]) ?? "",
          MaxSessionDuration: number(inputs["maxSessionDuration"]) ?? 3600,
        }),
      );
    if (touches(changed, "permissionsBoundary")) {
      const PermissionsBoundary = text(inputs["permissionsBoundary"]);
      if (PermissionsBoundary)
        await client.send(new iam.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
      else await client.send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName }));
    }
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(existing.inputs), tagsOf(inputs));
      if (remove.length > 0) await client.send(new iam.UntagRoleCommand({ RoleName, TagKeys: remove }));
      const Tags = tagList(set);
      if (Tags.length > 0) await client.send(new iam.TagRoleCommand({ RoleName, Tags }));
    }
    if (touches(changed, "managedPolicyArns")) {
      const [before, after] = [
        texts(existing.inputs["managedPolicyArns"]),
        texts(inputs["managedPolicyArns"]),
      ];
      await attachAll(
        client,
        RoleName,
        after.filter((arn) => !before.includes(arn)),
      );
      await detachAll(
        client,
        RoleName,
        before.filter((arn) => !after.includes(arn)),
      );
    }
    return {};
  },
  async delete({ id, inputs }, call) {
    const client = clientOf(call);
    if (flag(inputs["forceDetachPolicies"])) {
      const attached = await client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName: id }));
      await detachAll(
        client,
        id,
        (attached.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn ?? ""),
      );
      const inline = await client.send(new iam.ListRolePoliciesCommand({ RoleName: id }));
      for (const PolicyName of inline.PolicyNames ?? [])
        await client.send(new iam.DeleteRolePolicyCommand({ RoleName: id, PolicyName }));
    } else {
      await detachAll(client, id, texts(inputs["managedPolicyArns"]));
    }
    await client.send(new iam.DeleteRoleCommand({ RoleName: id }));
  },
  async read({ id, inputs }, call) {
    const client = clientOf(call);
    const { Role } = await client.send(new iam.GetRoleCommand({ RoleName: id }));
    const managed =
      inputs["managedPolicyArns"] === undefined
        ? undefined
        : await client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName: id }));
    return {
      inputs: seen({
        name: Role?.RoleName,
        path: Role?.Path,
        assumeRolePolicy: decoded(Role?.AssumeRolePolicyDocument),
        description: Role?.Description,
        maxSessionDuration: Role?.MaxSessionDuration,
        permissionsBoundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
        managedPolicyArns: managed?.AttachedPolicies?.map(({ PolicyArn }) => PolicyArn ?? ""),
        tagsAll: tagMap(Role?.Tags),
      }),
      outputs: roleOutputs(Role),
    };
  },
};

function roleOutputs(found: iam.Role | undefined): Properties {
  return defined({
    arn: found?.Arn,
    uniqueId: found?.RoleId,
    createDate: found?.CreateDate?.toISOString(),
    path: found?.Path,
    maxSessionDuration: found?.MaxSessionDuration ?? 3600,
  });
}

/** IAM answers documents URL-encoded. */
const decoded = (policy: string | undefined) =>
  policy?.startsWith("%") ? decodeURIComponent(policy) : policy;

async function attachAll(client: iam.IAMClient, RoleName: string, arns: string[]): Promise<void> {
  for (const PolicyArn of arns) await client.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
}

async function detachAll(client: iam.IAMClient, RoleName: string, arns: string[]): Promise<void> {
  for (const PolicyArn of arns)
    await ifThere(client.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn })));
}

async function ifThere(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

const rolePolicy: ResourceType = {
  global: true,
  inputs: ["name", "policy", "role"],
  replaceOn: ["name", "role"],
  name: { input: "name", maximum: 128 },
  async create(inputs, call) {
    await putRolePolicy(inputs, call);
    return { id: `${required(inputs, "role")}:${required(inputs, "name")}`, outputs: {} };
  },
  async update(_existing, inputs, _changed, call) {
    await putRolePolicy(inputs, call);
    return {};
  },
  async delete({ inputs }, call) {
    await clientOf(call).send(new iam.DeleteRolePolicyCommand(policyOfRole(inputs)));
  },
  async read(existing, call) {
    const found = await clientOf(call).send(new iam.GetRolePolicyCommand(policyOfRole(identified(existing))));
    return {
      inputs: seen({
        role: found.RoleName,
        name: found.PolicyName,
        policy: decoded(found.PolicyDocument),
      }),
      outputs: {},
    };
  },
};

/** The inputs that the id contains, for resources that are only read. */
function identified({ id, inputs }: Existing): Properties {
  const [role = "", name = ""] = id.split(":");
  return { role, name, ...inputs };
}

const policyOfRole = (inputs: Properties) => ({
  RoleName: required(inputs, "role"),
  PolicyName: required(inputs, "name"),
});

async function putRolePolicy(inputs: Properties, call: Call): Promise<void> {
  await clientOf(call).send(
    new iam.PutRolePolicyCommand({ ...policyOfRole(inputs), PolicyDocument: document(inputs["policy"]) }),
  );
}

const policy: ResourceType = {
  global: true,
  inputs: ["name", "path", "description", "policy", "tags", "tagsAll"],
  replaceOn: ["name", "path", "description"],
  name: { input: "name", maximum: 128 },
  async create(inputs, call) {
    const { Policy } = await clientOf(call).send(
      new iam.CreatePolicyCommand({
        PolicyName: required(inputs, "name"),
        Path: text(inputs["path"]),
        Description: text(inputs["description"]),
        PolicyDocument: document(inputs["policy"]),
        Tags: tagList(tagsOf(inputs)),
      }),
    );
    return { id: Policy?.Arn ?? "", outputs: policyOutputs(Policy) };
  },
  async update(existing, inputs, changed, call) {
    const client = clientOf(call);
    const PolicyArn = existing.id;
    if (touches(changed, "policy")) {
      const { Versions = [] } = await client.send(new iam.ListPolicyVersionsCommand({ PolicyArn }));
      const oldest = Versions.filter((version) => !version.IsDefaultVersion).at(-1);
      // A policy has at most five versions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
      if (Versions.length >= MAXIMUM_VERSIONS && oldest)
        await client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: oldest.VersionId }));
      await client.send(
        new iam.CreatePolicyVersionCommand({
          PolicyArn,
          PolicyDocument: document(inputs["policy"]),
          SetAsDefault: true,
        }),
      );
    }
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(existing.inputs), tagsOf(inputs));
      if (remove.length > 0) await client.send(new iam.UntagPolicyCommand({ PolicyArn, TagKeys: remove }));
      const Tags = tagList(set);
      if (Tags.length > 0) await client.send(new iam.TagPolicyCommand({ PolicyArn, Tags }));
    }
    return {};
  },
  async delete({ id }, call) {
    const client = clientOf(call);
    const { Versions = [] } = await client.send(new iam.ListPolicyVersionsCommand({ PolicyArn: id }));
    for (const { VersionId, IsDefaultVersion } of Versions)
      if (!IsDefaultVersion)
        await client.send(new iam.DeletePolicyVersionCommand({ PolicyArn: id, VersionId }));
    await client.send(new iam.DeletePolicyCommand({ PolicyArn: id }));
  },
  async read({ id }, call) {
    const client = clientOf(call);
    const { Policy } = await client.send(new iam.GetPolicyCommand({ PolicyArn: id }));
    const { PolicyVersion } = await client.send(
      new iam.GetPolicyVersionCommand({ PolicyArn: id, VersionId: Policy?.DefaultVersionId }),
    );
    return {
      inputs: seen({
        name: Policy?.PolicyName,
        path: Policy?.Path,
        description: Policy?.Description || undefined,
        policy: decoded(PolicyVersion?.Document),
        tagsAll: tagMap(Policy?.Tags),
      }),
      outputs: policyOutputs(Policy),
    };
  },
};

function policyOutputs(found: iam.Policy | undefined): Properties {
  return defined({ arn: found?.Arn, policyId: found?.PolicyId, path: found?.Path });
}

const rolePolicyAttachment: ResourceType = {
  global: true,
  inputs: ["policyArn", "role"],
  replaceOn: ["policyArn", "role"],
  async create(inputs, call) {
    const [RoleName, PolicyArn] = [required(inputs, "role"), required(inputs, "policyArn")];
    await clientOf(call).send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return { id: `${RoleName}/${PolicyArn}`, outputs: {} };
  },
  update: () => Promise.resolve({}),
  async delete({ inputs }, call) {
    const [RoleName, PolicyArn] = [required(inputs, "role"), required(inputs, "policyArn")];
    await clientOf(call).send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn }));
  },
  async read({ id }, call) {
    const slash = id.indexOf("/");
    const [role, policyArn] = [id.slice(0, slash), id.slice(slash + 1)];
    const found = await clientOf(call).send(new iam.ListAttachedRolePoliciesCommand({ RoleName: role }));
    if (!found.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn)) return undefined;
    return { inputs: { role, policyArn }, outputs: {} };
  },
};

export const types: Record<string, ResourceType> = {
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
  "aws:iam/policy:Policy": policy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
};
