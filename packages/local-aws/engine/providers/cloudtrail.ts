/** AWS CloudTrail. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/ */
import * as ct from "@aws-sdk/client-cloudtrail";
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import {
  defined,
  flag,
  objects,
  only,
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
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(ct.CloudTrailClient);
const SETTINGS = [
  "cloudWatchLogsGroupArn",
  "cloudWatchLogsRoleArn",
  "enableLogFileValidation",
  "includeGlobalServiceEvents",
  "isMultiRegionTrail",
  "isOrganizationTrail",
  "kmsKeyId",
  "s3BucketName",
  "s3KeyPrefix",
  "snsTopicName",
];
const SELECTORS = ["advancedEventSelectors", "eventSelectors"];

const trail: ResourceType = {
  inputs: [...SETTINGS, ...SELECTORS, "insightSelectors", "enableLogging", "name", "tags", "tagsAll"],
  replaceOn: ["name", "region"],
  name: { input: "name", maximum: 128 },
  effective: ["enableLogging"],
  async create(inputs, call) {
    const client = clientOf(call);
    const Name = required(inputs, "name");
    const made = await client.send(new ct.CreateTrailCommand({ ...settings(inputs), Name }));
    const id = made.TrailARN ?? "";
    const outputs = defined({ arn: id, homeRegion: call.region, snsTopicArn: made.SnsTopicARN });
    call.created(id, outputs);
    // Not with the creation, where the emulator drops the tags.
    const TagsList = tagList(tagsOf(inputs));
    if (TagsList.length > 0) await client.send(new ct.AddTagsCommand({ ResourceId: id, TagsList }));
    if (SELECTORS.some((name) => inputs[name] !== undefined)) await putSelectors(client, id, inputs);
    if (objects(inputs["insightSelectors"]).length > 0) await putInsights(client, id, inputs);
    if (flag(inputs["enableLogging"]) !== false) await client.send(new ct.StartLoggingCommand({ Name: id }));
    return { id, outputs };
  },
  async update({ id, inputs: before }, inputs, changed, call) {
    const client = clientOf(call);
    if (touches(changed, ...SETTINGS))
      await client.send(new ct.UpdateTrailCommand({ ...settings(inputs), Name: id }));
    if (touches(changed, ...SELECTORS)) await putSelectors(client, id, inputs);
    const insights = [before, inputs].some((those) => objects(those["insightSelectors"]).length > 0);
    if (touches(changed, "insightSelectors") && insights) await putInsights(client, id, inputs);
    if (touches(changed, "enableLogging")) {
      if (flag(inputs["enableLogging"]) === false) await client.send(new ct.StopLoggingCommand({ Name: id }));
      else await client.send(new ct.StartLoggingCommand({ Name: id }));
    }
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      if (remove.length > 0)
        await client.send(
          new ct.RemoveTagsCommand({ ResourceId: id, TagsList: remove.map((Key) => ({ Key })) }),
        );
      const TagsList = tagList(set);
      if (TagsList.length > 0) await client.send(new ct.AddTagsCommand({ ResourceId: id, TagsList }));
    }
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new ct.DeleteTrailCommand({ Name: id }));
  },
  async read({ id, inputs: known }, call) {
    const client = clientOf(call);
    const { Trail: found } = await client.send(new ct.GetTrailCommand({ Name: id }));
    if (found === undefined) return undefined;
    const { IsLogging } = await client.send(new ct.GetTrailStatusCommand({ Name: id }));
    const { TagList } = await client
      .send(new ct.ListTagsCommand({ ResourceIdList: [found.TrailARN ?? id] }))
      .then(({ ResourceTagList = [] }) => ({ TagList: ResourceTagList[0]?.TagsList }));
    const selectors = SELECTORS.some((name) => known[name] !== undefined)
      ? await client.send(new ct.GetEventSelectorsCommand({ TrailName: id }))
      : undefined;
    const insights =
      objects(known["insightSelectors"]).length === 0
        ? undefined
        : await client.send(new ct.GetInsightSelectorsCommand({ TrailName: id }));
    return {
      inputs: seen({
        name: found.Name,
        cloudWatchLogsGroupArn: found.CloudWatchLogsLogGroupArn || undefined,
        cloudWatchLogsRoleArn: found.CloudWatchLogsRoleArn || undefined,
        enableLogFileValidation: found.LogFileValidationEnabled,
        includeGlobalServiceEvents: found.IncludeGlobalServiceEvents,
        isMultiRegionTrail: found.IsMultiRegionTrail,
        isOrganizationTrail: found.IsOrganizationTrail,
        kmsKeyId: found.KmsKeyId || undefined,
        s3BucketName: found.S3BucketName,
        s3KeyPrefix: found.S3KeyPrefix || undefined,
        snsTopicName: found.SnsTopicName || undefined,
        enableLogging: IsLogging,
        tagsAll: tagMap(TagList),
        eventSelectors: known["eventSelectors"] && (selectors?.EventSelectors ?? []).map(fromSelector),
        advancedEventSelectors:
          known["advancedEventSelectors"] &&
          (selectors?.AdvancedEventSelectors ?? []).map(fromAdvancedSelector),
        insightSelectors: insights?.InsightSelectors?.map(({ InsightType }) =>
          defined({ insightType: InsightType }),
        ),
      }),
      outputs: defined({ arn: found.TrailARN, homeRegion: found.HomeRegion, snsTopicArn: found.SnsTopicARN }),
    };
  },
};

function settings(inputs: Properties): Omit<ct.CreateTrailCommandInput, "Name"> & { S3BucketName: string } {
  return {
    S3BucketName: required(inputs, "s3BucketName"),
    S3KeyPrefix: text(inputs["s3KeyPrefix"]),
    SnsTopicName: text(inputs["snsTopicName"]),
    IncludeGlobalServiceEvents: flag(inputs["includeGlobalServiceEvents"]) ?? true,
    IsMultiRegionTrail: flag(inputs["isMultiRegionTrail"]) ?? false,
    EnableLogFileValidation: flag(inputs["enableLogFileValidation"]) ?? false,
    CloudWatchLogsLogGroupArn: text(inputs["cloudWatchLogsGroupArn"]),
    CloudWatchLogsRoleArn: text(inputs["cloudWatchLogsRoleArn"]),
    KmsKeyId: text(inputs["kmsKeyId"]),
    IsOrganizationTrail: flag(inputs["isOrganizationTrail"]) ?? false,
  };
}

async function putSelectors(
  client: ct.CloudTrailClient,
  TrailName: string,
  inputs: Properties,
): Promise<void> {
  const [basic, advanced] = [objects(inputs["eventSelectors"]), objects(inputs["advancedEventSelectors"])];
  await client.send(
    new ct.PutEventSelectorsCommand({
      TrailName,
      ...(advanced.length > 0
        ? { AdvancedEventSelectors: advanced.map(toAdvancedSelector) }
        : { EventSelectors: basic.length > 0 ? basic.map(toSelector) : [STANDARD_SELECTOR] }),
    }),
  );
}

/** A trail's default selectors: all management events. */
const STANDARD_SELECTOR: ct.EventSelector = { ReadWriteType: "All", IncludeManagementEvents: true };

async function putInsights(
  client: ct.CloudTrailClient,
  TrailName: string,
  inputs: Properties,
): Promise<void> {
  const InsightSelectors = objects(inputs["insightSelectors"]).map((selector) => ({
    InsightType: text(only(selector, "insightSelectors", ["insightType"])["insightType"]) as ct.InsightType,
  }));
  await client.send(new ct.PutInsightSelectorsCommand({ TrailName, InsightSelectors }));
}

function toSelector(selector: JsonObject): ct.EventSelector {
  only(selector, "eventSelectors", [
    "dataResources",
    "excludeManagementEventSources",
    "includeManagementEvents",
    "readWriteType",
  ]);
  const excluded = texts(selector["excludeManagementEventSources"]);
  return {
    ReadWriteType: (text(selector["readWriteType"]) ?? "All") as ct.ReadWriteType,
    IncludeManagementEvents: flag(selector["includeManagementEvents"]) ?? true,
    DataResources: objects(selector["dataResources"]).map((resource) => ({
      Type: text(resource["type"]),
      Values: texts(resource["values"]),
    })),
    ...(excluded.length > 0 ? { ExcludeManagementEventSources: excluded } : {}),
  };
}

function fromSelector(selector: ct.EventSelector): Json {
  const [resources, excluded] = [selector.DataResources ?? [], selector.ExcludeManagementEventSources ?? []];
  return defined({
    readWriteType: selector.ReadWriteType,
    includeManagementEvents: selector.IncludeManagementEvents,
    dataResources:
      resources.length > 0
        ? resources.map(({ Type, Values }) => defined({ type: Type, values: Values ?? [] }))
        : undefined,
    excludeManagementEventSources: excluded.length > 0 ? excluded : undefined,
  });
}

const OPERATORS = {
  equals: "Equals",
  notEquals: "NotEquals",
  startsWiths: "StartsWith",
  notStartsWiths: "NotStartsWith",
  endsWiths: "EndsWith",
  notEndsWiths: "NotEndsWith",
} as const;

function toAdvancedSelector(selector: JsonObject): ct.AdvancedEventSelector {
  only(selector, "advancedEventSelectors", ["name", "fieldSelectors"]);
  return {
    Name: text(selector["name"]),
    FieldSelectors: objects(selector["fieldSelectors"]).map((field) => {
      only(field, "fieldSelectors", ["field", ...Object.keys(OPERATORS)]);
      const result: ct.AdvancedFieldSelector = { Field: text(field["field"]) };
      for (const [name, operator] of Object.entries(OPERATORS))
        if (field[name] !== undefined) result[operator] = texts(field[name]);
      return result;
    }),
  };
}

function fromAdvancedSelector(selector: ct.AdvancedEventSelector): Json {
  return defined({
    name: selector.Name,
    fieldSelectors: (selector.FieldSelectors ?? []).map((field) => {
      const result: JsonObject = { field: field.Field ?? "" };
      for (const [name, operator] of Object.entries(OPERATORS)) {
        const values = field[operator];
        if (values !== undefined && values.length > 0) result[name] = values;
      }
      return result;
    }),
  });
}

export const types: Record<string, ResourceType> = { "aws:cloudtrail/trail:Trail": trail };
