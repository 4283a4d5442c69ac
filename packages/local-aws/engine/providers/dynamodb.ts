/** Amazon DynamoDB: tables. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/ */
import * as dynamodb from "@aws-sdk/client-dynamodb";
import { EngineError } from "../errors";
import {
  defined,
  flag,
  number,
  object,
  objects,
  only,
  required,
  seen,
  tagChanges,
  tagList,
  tagMap,
  tagsOf,
  text,
  texts,
  touches,
  type Call,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(dynamodb.DynamoDBClient);

const table: ResourceType = {
  inputs: [
    "name",
    "attributes",
    "billingMode",
    "deletionProtectionEnabled",
    "globalSecondaryIndexes",
    "hashKey",
    "pointInTimeRecovery",
    "rangeKey",
    "serverSideEncryption",
    "tags",
    "tagsAll",
    "ttl",
  ],
  // Indexes could be changed one by one, but replacing a table on this machine costs nothing.
  replaceOn: ["name", "hashKey", "rangeKey", "attributes", "globalSecondaryIndexes", "region"],
  name: { input: "name", maximum: 255 },
  async create(inputs, call) {
    const client = clientOf(call);
    const TableName = required(inputs, "name");
    const { TableDescription: made } = await client.send(
      new dynamodb.CreateTableCommand({
        TableName,
        AttributeDefinitions: objects(inputs["attributes"]).map((attribute) => ({
          AttributeName: required(attribute, "name"),
          AttributeType: required(attribute, "type") as dynamodb.ScalarAttributeType,
        })),
        KeySchema: keys(inputs),
        BillingMode: billing(inputs),
        GlobalSecondaryIndexes: indexes(inputs),
        DeletionProtectionEnabled: flag(inputs["deletionProtectionEnabled"]),
        SSESpecification: encryption(inputs),
        Tags: tagList(tagsOf(inputs)),
      }),
    );
    const outputs = outputsOf(made, TableName);
    call.created(TableName, outputs);
    await dynamodb.waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName });
    await putTimeToLive(client, TableName, inputs);
    if (object(inputs["pointInTimeRecovery"])) await putRecovery(client, TableName, inputs);
    return { id: TableName, outputs };
  },
  async update({ id, inputs: before, outputs }, inputs, changed, call) {
    const client = clientOf(call);
    if (touches(changed, "billingMode", "deletionProtectionEnabled", "serverSideEncryption"))
      await client.send(
        new dynamodb.UpdateTableCommand({
          TableName: id,
          BillingMode: billing(inputs),
          DeletionProtectionEnabled: flag(inputs["deletionProtectionEnabled"]) ?? false,
          SSESpecification: encryption(inputs) ?? { Enabled: false },
        }),
      );
    if (touches(changed, "ttl")) await putTimeToLive(client, id, inputs, before);
    if (touches(changed, "pointInTimeRecovery")) await putRecovery(client, id, inputs);
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      const ResourceArn = text(outputs["arn"]);
      if (remove.length > 0)
        await client.send(new dynamodb.UntagResourceCommand({ ResourceArn, TagKeys: remove }));
      if (Object.keys(set).length > 0)
        await client.send(new dynamodb.TagResourceCommand({ ResourceArn, Tags: tagList(set) }));
    }
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new dynamodb.DeleteTableCommand({ TableName: id }));
  },
  async read({ id }, call) {
    const client = clientOf(call);
    const { Table: found } = await client.send(new dynamodb.DescribeTableCommand({ TableName: id }));
    if (found === undefined) return undefined;
    const [ttl, recovery, tags] = await Promise.all([
      client.send(new dynamodb.DescribeTimeToLiveCommand({ TableName: id })),
      client.send(new dynamodb.DescribeContinuousBackupsCommand({ TableName: id })),
      client.send(new dynamodb.ListTagsOfResourceCommand({ ResourceArn: found.TableArn })),
    ]);
    const time = ttl.TimeToLiveDescription;
    const points = recovery.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    return {
      inputs: seen({
        name: found.TableName,
        hashKey: found.KeySchema?.find(({ KeyType }) => KeyType === "HASH")?.AttributeName,
        rangeKey: found.KeySchema?.find(({ KeyType }) => KeyType === "RANGE")?.AttributeName,
        billingMode: found.BillingModeSummary?.BillingMode ?? "PROVISIONED",
        deletionProtectionEnabled: found.DeletionProtectionEnabled ?? false,
        ttl:
          time?.TimeToLiveStatus === "ENABLED"
            ? defined({ attributeName: time.AttributeName, enabled: true })
            : undefined,
        pointInTimeRecovery: { enabled: points?.PointInTimeRecoveryStatus === "ENABLED" },
        serverSideEncryption: { enabled: found.SSEDescription?.Status === "ENABLED" },
        tagsAll: tagMap(tags.Tags),
      }),
      outputs: outputsOf(found, id),
    };
  },
};

function keys(of: Properties): dynamodb.KeySchemaElement[] {
  const range = text(of["rangeKey"]);
  return [
    { AttributeName: required(of, "hashKey"), KeyType: "HASH" },
    ...(range ? [{ AttributeName: range, KeyType: "RANGE" as const }] : []),
  ];
}

function billing(inputs: Properties): dynamodb.BillingMode {
  const mode = text(inputs["billingMode"]);
  if (mode !== "PAY_PER_REQUEST")
    throw new EngineError('The local engine only creates tables with billingMode "PAY_PER_REQUEST".');
  return mode;
}

function indexes(inputs: Properties): dynamodb.GlobalSecondaryIndex[] | undefined {
  const found = objects(inputs["globalSecondaryIndexes"]).map((index) => {
    only(index, "globalSecondaryIndexes", [
      "name",
      "hashKey",
      "rangeKey",
      "projectionType",
      "nonKeyAttributes",
    ]);
    return {
      IndexName: required(index, "name"),
      KeySchema: keys(index),
      Projection: {
        ProjectionType: required(index, "projectionType") as dynamodb.ProjectionType,
        ...(index["nonKeyAttributes"] ? { NonKeyAttributes: texts(index["nonKeyAttributes"]) } : {}),
      },
    };
  });
  return found.length > 0 ? found : undefined;
}

function encryption(inputs: Properties): dynamodb.SSESpecification | undefined {
  const given = object(inputs["serverSideEncryption"]);
  if (given === undefined) return undefined;
  only(given, "serverSideEncryption", ["enabled", "kmsKeyArn"]);
  const KMSMasterKeyId = text(given["kmsKeyArn"]);
  return { Enabled: flag(given["enabled"]), SSEType: "KMS", ...(KMSMasterKeyId ? { KMSMasterKeyId } : {}) };
}

/** DynamoDB refuses to disable what is disabled. */
async function putTimeToLive(
  client: dynamodb.DynamoDBClient,
  TableName: string,
  inputs: Properties,
  before: Properties = {},
): Promise<void> {
  const [now, was] = [object(inputs["ttl"]), object(before["ttl"])];
  const Enabled = now ? (flag(now["enabled"]) ?? false) : false;
  const AttributeName = text((now ?? was)?.["attributeName"]);
  if (AttributeName === undefined || Enabled === (was ? flag(was["enabled"]) : false)) return;
  await client.send(
    new dynamodb.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }),
  );
}

async function putRecovery(client: dynamodb.DynamoDBClient, TableName: string, inputs: Properties) {
  const given = object(inputs["pointInTimeRecovery"]) ?? {};
  only(given, "pointInTimeRecovery", ["enabled", "recoveryPeriodInDays"]);
  const RecoveryPeriodInDays = number(given["recoveryPeriodInDays"]);
  await client.send(
    new dynamodb.UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled: flag(given["enabled"]) ?? false,
        ...(RecoveryPeriodInDays === undefined ? {} : { RecoveryPeriodInDays }),
      },
    }),
  );
}

const outputsOf = (made: dynamodb.TableDescription | undefined, name: string) =>
  defined({ arn: made?.TableArn, name: made?.TableName ?? name });

export const types: Record<string, ResourceType> = { "aws:dynamodb/table:Table": table };
