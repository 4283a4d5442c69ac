/** Amazon CloudWatch Logs. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/ */
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import {
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
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(logs.CloudWatchLogsClient);
const arnOf = async (name: string, call: Call) =>
  `arn:${call.partition}:logs:${call.region}:${await call.account()}:log-group:${name}`;

const logGroup: ResourceType = {
  inputs: ["kmsKeyId", "logGroupClass", "name", "retentionInDays", "skipDestroy", "tags", "tagsAll"],
  replaceOn: ["name", "logGroupClass", "region"],
  name: { input: "name", maximum: 512 },
  async create(inputs, call) {
    const client = clientOf(call);
    const logGroupName = required(inputs, "name");
    await client.send(
      new logs.CreateLogGroupCommand({
        logGroupName,
        kmsKeyId: text(inputs["kmsKeyId"]),
        logGroupClass: text(inputs["logGroupClass"]) as logs.LogGroupClass | undefined,
        tags: tagsOf(inputs),
      }),
    );
    const outputs = { arn: await arnOf(logGroupName, call) };
    call.created(logGroupName, outputs);
    await putRetention(client, logGroupName, inputs);
    return { id: logGroupName, outputs };
  },
  async update({ id, inputs: before, outputs }, inputs, changed, call) {
    const client = clientOf(call);
    if (touches(changed, "retentionInDays")) {
      if (number(inputs["retentionInDays"])) await putRetention(client, id, inputs);
      else await client.send(new logs.DeleteRetentionPolicyCommand({ logGroupName: id }));
    }
    if (touches(changed, "kmsKeyId")) {
      const kmsKeyId = text(inputs["kmsKeyId"]);
      if (kmsKeyId) await client.send(new logs.AssociateKmsKeyCommand({ logGroupName: id, kmsKeyId }));
      else await client.send(new logs.DisassociateKmsKeyCommand({ logGroupName: id }));
    }
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      const resourceArn = text(outputs["arn"]) ?? (await arnOf(id, call));
      if (remove.length > 0)
        await client.send(new logs.UntagResourceCommand({ resourceArn, tagKeys: remove }));
      if (Object.keys(set).length > 0)
        await client.send(new logs.TagResourceCommand({ resourceArn, tags: set }));
    }
    return {};
  },
  async delete({ id, inputs }, call) {
    if (flag(inputs["skipDestroy"])) return;
    await clientOf(call).send(new logs.DeleteLogGroupCommand({ logGroupName: id }));
  },
  async read({ id }, call) {
    const client = clientOf(call);
    const page = await client.send(new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: id }));
    const found = page.logGroups?.find(({ logGroupName }) => logGroupName === id);
    if (found === undefined) return undefined;
    const arn = await arnOf(id, call);
    const { tags } = await client.send(new logs.ListTagsForResourceCommand({ resourceArn: arn }));
    return {
      inputs: seen({
        name: id,
        kmsKeyId: found.kmsKeyId,
        retentionInDays: found.retentionInDays,
        logGroupClass: found.logGroupClass,
        tagsAll: tags ?? {},
      }),
      outputs: { arn },
    };
  },
};

async function putRetention(
  client: logs.CloudWatchLogsClient,
  logGroupName: string,
  inputs: Properties,
): Promise<void> {
  const retentionInDays = number(inputs["retentionInDays"]);
  // 0 means "for ever", which is no policy.
  if (retentionInDays)
    await client.send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
}

export const types: Record<string, ResourceType> = { "aws:cloudwatch/logGroup:LogGroup": logGroup };
