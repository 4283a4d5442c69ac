/** AWS Organizations: policies and what they are attached to. https://docs.aws.amazon.com/organizations/latest/APIReference/ */
import * as organizations from "@aws-sdk/client-organizations";
import {
  defined,
  document,
  required,
  seen,
  tagChanges,
  tagList,
  tagMap,
  tagsOf,
  text,
  touches,
  type Call,
  type ResourceType,
} from "../resource-type";

const clientOf = (call: Call) => call.client(organizations.OrganizationsClient);

const policy: ResourceType = {
  global: true,
  inputs: ["name", "content", "description", "type", "tags", "tagsAll"],
  replaceOn: ["type"],
  name: { input: "name", maximum: 128 },
  async create(inputs, call) {
    const { Policy: made } = await clientOf(call).send(
      new organizations.CreatePolicyCommand({
        Name: required(inputs, "name"),
        Content: document(inputs["content"]),
        Description: text(inputs["description"]) ?? "",
        Type: (text(inputs["type"]) ?? "SERVICE_CONTROL_POLICY") as organizations.PolicyType,
        Tags: tagList(tagsOf(inputs)),
      }),
    );
    return { id: made?.PolicySummary?.Id ?? "", outputs: defined({ arn: made?.PolicySummary?.Arn }) };
  },
  async update({ id: PolicyId, inputs: before }, inputs, changed, call) {
    const client = clientOf(call);
    if (touches(changed, "name", "content", "description"))
      await client.send(
        new organizations.UpdatePolicyCommand({
          PolicyId,
          Name: required(inputs, "name"),
          Content: document(inputs["content"]),
          Description: text(inputs["description"]) ?? "",
        }),
      );
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      if (remove.length > 0)
        await client.send(new organizations.UntagResourceCommand({ ResourceId: PolicyId, TagKeys: remove }));
      const Tags = tagList(set);
      if (Tags.length > 0)
        await client.send(new organizations.TagResourceCommand({ ResourceId: PolicyId, Tags }));
    }
    return {};
  },
  async delete({ id: PolicyId }, call) {
    await clientOf(call).send(new organizations.DeletePolicyCommand({ PolicyId }));
  },
  async read({ id: PolicyId }, call) {
    const client = clientOf(call);
    const { Policy: found } = await client.send(new organizations.DescribePolicyCommand({ PolicyId }));
    const { Tags } = await client.send(
      new organizations.ListTagsForResourceCommand({ ResourceId: PolicyId }),
    );
    const summary = found?.PolicySummary;
    return {
      inputs: seen({
        name: summary?.Name,
        content: found?.Content,
        description: summary?.Description,
        type: summary?.Type,
        tagsAll: tagMap(Tags),
      }),
      outputs: defined({ arn: summary?.Arn }),
    };
  },
};

const policyAttachment: ResourceType = {
  global: true,
  inputs: ["policyId", "targetId"],
  replaceOn: ["policyId", "targetId"],
  async create(inputs, call) {
    const [PolicyId, TargetId] = [required(inputs, "policyId"), required(inputs, "targetId")];
    await clientOf(call).send(new organizations.AttachPolicyCommand({ PolicyId, TargetId }));
    return { id: `${TargetId}:${PolicyId}`, outputs: {} };
  },
  update: () => Promise.resolve({}),
  async delete({ inputs }, call) {
    const [PolicyId, TargetId] = [required(inputs, "policyId"), required(inputs, "targetId")];
    await clientOf(call).send(new organizations.DetachPolicyCommand({ PolicyId, TargetId }));
  },
  async read({ id }, call) {
    const [targetId = "", policyId = ""] = id.split(":");
    const client = clientOf(call);
    const { Targets } = await client.send(
      new organizations.ListTargetsForPolicyCommand({ PolicyId: policyId }),
    );
    if (!Targets?.some(({ TargetId }) => TargetId === targetId)) return undefined;
    return { inputs: { policyId, targetId }, outputs: {} };
  },
};

export const types: Record<string, ResourceType> = {
  "aws:organizations/policy:Policy": policy,
  "aws:organizations/policyAttachment:PolicyAttachment": policyAttachment,
};
