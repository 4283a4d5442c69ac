/** AWS KMS. https://docs.aws.amazon.com/kms/latest/APIReference/ */
import * as kms from "@aws-sdk/client-kms";
import {
  defined,
  document,
  flag,
  number,
  seen,
  required,
  tagChanges,
  tagsOf,
  text,
  touches,
  type Call,
  type ResourceType,
  type Tags,
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(kms.KMSClient);
const DEFAULT_WINDOW_DAYS = 30;
const tagList = (tags: Tags) => Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

const key: ResourceType = {
  inputs: [
    "bypassPolicyLockoutSafetyCheck",
    "customerMasterKeySpec",
    "deletionWindowInDays",
    "description",
    "enableKeyRotation",
    "isEnabled",
    "keyUsage",
    "multiRegion",
    "policy",
    "rotationPeriodInDays",
    "tags",
    "tagsAll",
  ],
  replaceOn: ["customerMasterKeySpec", "keyUsage", "multiRegion", "region"],
  async create(inputs, call) {
    const client = clientOf(call);
    const { KeyMetadata: made } = await client.send(
      new kms.CreateKeyCommand({
        Policy: document(inputs["policy"]),
        BypassPolicyLockoutSafetyCheck: flag(inputs["bypassPolicyLockoutSafetyCheck"]),
        Description: text(inputs["description"]),
        KeySpec: text(inputs["customerMasterKeySpec"]) as kms.KeySpec | undefined,
        KeyUsage: text(inputs["keyUsage"]) as kms.KeyUsageType | undefined,
        MultiRegion: flag(inputs["multiRegion"]),
        Tags: tagList(tagsOf(inputs)),
      }),
    );
    const KeyId = made?.KeyId ?? "";
    const outputs = keyOutputs(made);
    call.created(KeyId, outputs);
    if (flag(inputs["enableKeyRotation"])) await setRotation(client, KeyId, inputs);
    if (flag(inputs["isEnabled"]) === false) await client.send(new kms.DisableKeyCommand({ KeyId }));
    return { id: KeyId, outputs };
  },
  async update({ id: KeyId, inputs: before }, inputs, changed, call) {
    const client = clientOf(call);
    const enabled = flag(inputs["isEnabled"]) !== false;
    // A disabled key accepts no other change, so enable first and disable last.
    if (touches(changed, "isEnabled") && enabled) await client.send(new kms.EnableKeyCommand({ KeyId }));
    if (touches(changed, "enableKeyRotation", "rotationPeriodInDays"))
      await setRotation(client, KeyId, inputs);
    if (touches(changed, "description"))
      await client.send(
        new kms.UpdateKeyDescriptionCommand({ KeyId, Description: text(inputs["description"]) ?? "" }),
      );
    if (touches(changed, "policy"))
      await client.send(
        new kms.PutKeyPolicyCommand({
          KeyId,
          PolicyName: "default",
          Policy: document(inputs["policy"]),
          BypassPolicyLockoutSafetyCheck: flag(inputs["bypassPolicyLockoutSafetyCheck"]),
        }),
      );
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      if (remove.length > 0) await client.send(new kms.UntagResourceCommand({ KeyId, TagKeys: remove }));
      const Tags = tagList(set);
      if (Tags.length > 0) await client.send(new kms.TagResourceCommand({ KeyId, Tags }));
    }
    if (touches(changed, "isEnabled") && !enabled) await client.send(new kms.DisableKeyCommand({ KeyId }));
    return {};
  },
  async delete({ id, inputs }, call) {
    await clientOf(call).send(
      new kms.ScheduleKeyDeletionCommand({
        KeyId: id,
        PendingWindowInDays: number(inputs["deletionWindowInDays"]) ?? DEFAULT_WINDOW_DAYS,
      }),
    );
  },
  async read({ id: KeyId, inputs: known }, call) {
    const client = clientOf(call);
    const { KeyMetadata: found } = await client.send(new kms.DescribeKeyCommand({ KeyId }));
    if (found?.KeyState?.startsWith("PendingDeletion")) return undefined;
    const { Policy } = await client.send(new kms.GetKeyPolicyCommand({ KeyId, PolicyName: "default" }));
    const rotation =
      known["enableKeyRotation"] === undefined
        ? undefined
        : await client.send(new kms.GetKeyRotationStatusCommand({ KeyId }));
    const { Tags } = await client.send(new kms.ListResourceTagsCommand({ KeyId }));
    return {
      inputs: seen({
        description: found?.Description || undefined,
        isEnabled: found?.Enabled,
        multiRegion: found?.MultiRegion,
        customerMasterKeySpec: found?.KeySpec,
        keyUsage: found?.KeyUsage,
        policy: Policy,
        enableKeyRotation: rotation?.KeyRotationEnabled,
        rotationPeriodInDays: rotation?.RotationPeriodInDays,
        tagsAll: Object.fromEntries(
          (Tags ?? []).map(({ TagKey, TagValue }) => [TagKey ?? "", TagValue ?? ""]),
        ),
      }),
      outputs: keyOutputs(found),
    };
  },
};

function keyOutputs(found: kms.KeyMetadata | undefined): Properties {
  return defined({
    arn: found?.Arn,
    keyId: found?.KeyId,
    keyUsage: found?.KeyUsage,
    customerMasterKeySpec: found?.KeySpec,
    multiRegion: found?.MultiRegion,
  });
}

async function setRotation(client: kms.KMSClient, KeyId: string, inputs: Properties): Promise<void> {
  if (!flag(inputs["enableKeyRotation"])) {
    await client.send(new kms.DisableKeyRotationCommand({ KeyId }));
    return;
  }
  await client.send(
    new kms.EnableKeyRotationCommand({
      KeyId,
      RotationPeriodInDays: number(inputs["rotationPeriodInDays"]),
    }),
  );
}

const alias: ResourceType = {
  inputs: ["name", "targetKeyId"],
  replaceOn: ["name", "region"],
  name: { input: "name", maximum: 256 },
  async create(inputs, call) {
    const AliasName = required(inputs, "name");
    const target = required(inputs, "targetKeyId");
    await clientOf(call).send(new kms.CreateAliasCommand({ AliasName, TargetKeyId: target }));
    return { id: AliasName, outputs: await aliasOutputs(AliasName, target, call) };
  },
  async update({ id }, inputs, _changed, call) {
    const target = required(inputs, "targetKeyId");
    await clientOf(call).send(new kms.UpdateAliasCommand({ AliasName: id, TargetKeyId: target }));
    return aliasOutputs(id, target, call);
  },
  async delete({ id }, call) {
    await clientOf(call).send(new kms.DeleteAliasCommand({ AliasName: id }));
  },
  async read({ id, inputs }, call) {
    const { KeyMetadata: found } = await clientOf(call).send(new kms.DescribeKeyCommand({ KeyId: id }));
    if (found?.Arn === undefined) return undefined;
    // The program may give the key's ARN or its id.
    const known = text(inputs["targetKeyId"]);
    const targetKeyId = known === found.Arn ? known : found.KeyId;
    return { inputs: seen({ name: id, targetKeyId }), outputs: await aliasOutputs(id, found.Arn, call) };
  },
};

async function aliasOutputs(name: string, target: string, call: Call): Promise<Properties> {
  const prefix = `arn:${call.partition}:kms:${call.region}:${await call.account()}`;
  return {
    arn: `${prefix}:${name}`,
    targetKeyArn: target.startsWith("arn:") ? target : `${prefix}:key/${target}`,
  };
}

export const types: Record<string, ResourceType> = {
  "aws:kms/key:Key": key,
  "aws:kms/alias:Alias": alias,
};
