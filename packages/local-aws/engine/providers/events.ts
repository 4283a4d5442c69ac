/** Amazon EventBridge. https://docs.aws.amazon.com/eventbridge/latest/APIReference/ */
import * as eb from "@aws-sdk/client-eventbridge";
import { EngineError, isGone } from "../errors";
import {
  defined,
  document,
  flag,
  number,
  object,
  only,
  seen,
  required,
  tagChanges,
  tagList,
  tagMap,
  tagsOf,
  text,
  touches,
  type Call,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";
import { apiDestination, connection } from "./event-destinations";
import { eventTarget } from "./event-target";

const clientOf = (call: Call) => call.client(eb.EventBridgeClient);

const eventBus: ResourceType = {
  inputs: [
    "name",
    "description",
    "eventSourceName",
    "kmsKeyIdentifier",
    "deadLetterConfig",
    "logConfig",
    "tags",
    "tagsAll",
  ],
  replaceOn: ["name", "eventSourceName", "region"],
  name: { input: "name", maximum: 256 },
  async create(inputs, call) {
    const Name = required(inputs, "name");
    const { EventBusArn } = await clientOf(call).send(
      new eb.CreateEventBusCommand({
        ...busSettings(inputs),
        Name,
        EventSourceName: text(inputs["eventSourceName"]),
        Tags: tagList(tagsOf(inputs)),
      }),
    );
    return { id: Name, outputs: defined({ arn: EventBusArn }) };
  },
  async update({ id, inputs: before, outputs }, inputs, changed, call) {
    const client = clientOf(call);
    if (touches(changed, "description", "kmsKeyIdentifier", "deadLetterConfig", "logConfig"))
      await client.send(new eb.UpdateEventBusCommand({ Name: id, ...busSettings(inputs) }));
    if (touches(changed, "tagsAll")) await retag(client, text(outputs["arn"]), before, inputs);
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new eb.DeleteEventBusCommand({ Name: id }));
  },
  async read({ id }, call) {
    const client = clientOf(call);
    const found = await client.send(new eb.DescribeEventBusCommand({ Name: id }));
    return {
      inputs: seen({
        name: found.Name,
        description: found.Description || undefined,
        kmsKeyIdentifier: found.KmsKeyIdentifier,
        deadLetterConfig: found.DeadLetterConfig?.Arn ? { arn: found.DeadLetterConfig.Arn } : undefined,
        logConfig: found.LogConfig && {
          ...(found.LogConfig.Level && { level: found.LogConfig.Level }),
          ...(found.LogConfig.IncludeDetail && { includeDetail: found.LogConfig.IncludeDetail }),
        },
        tagsAll: await tagsAt(client, found.Arn),
      }),
      outputs: defined({ arn: found.Arn }),
    };
  },
};

function busSettings(inputs: Properties) {
  const letters = object(inputs["deadLetterConfig"]);
  const log = object(inputs["logConfig"]);
  const { level, includeDetail } = log ? only(log, "logConfig", ["level", "includeDetail"]) : {};
  return {
    Description: text(inputs["description"]),
    KmsKeyIdentifier: text(inputs["kmsKeyIdentifier"]),
    ...(log && {
      LogConfig: {
        Level: text(level) as eb.Level | undefined,
        IncludeDetail: text(includeDetail) as eb.IncludeDetail | undefined,
      },
    }),
    ...(letters && { DeadLetterConfig: { Arn: text(only(letters, "deadLetterConfig", ["arn"])["arn"]) } }),
  };
}

async function tagsAt(client: eb.EventBridgeClient, arn: string | undefined) {
  const { Tags } = await client.send(new eb.ListTagsForResourceCommand({ ResourceARN: arn }));
  return tagMap(Tags);
}

async function retag(
  client: eb.EventBridgeClient,
  arn: string | undefined,
  before: Properties,
  after: Properties,
): Promise<void> {
  const { set, remove } = tagChanges(tagsOf(before), tagsOf(after));
  if (remove.length > 0)
    await client.send(new eb.UntagResourceCommand({ ResourceARN: arn, TagKeys: remove }));
  const Tags = tagList(set);
  if (Tags.length > 0) await client.send(new eb.TagResourceCommand({ ResourceARN: arn, Tags }));
}

const busOf = (inputs: Properties) => text(inputs["eventBusName"]) ?? "default";

const eventBusPolicy: ResourceType = {
  inputs: ["eventBusName", "policy"],
  replaceOn: ["eventBusName", "region"],
  async create(inputs, call) {
    await putBusPolicy(inputs, call);
    return { id: busOf(inputs), outputs: {} };
  },
  async update(_existing, inputs, _changed, call) {
    await putBusPolicy(inputs, call);
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(
      new eb.RemovePermissionCommand({ EventBusName: id, RemoveAllPermissions: true }),
    );
  },
  async read({ id }, call) {
    const { Policy } = await clientOf(call).send(new eb.DescribeEventBusCommand({ Name: id }));
    return Policy ? { inputs: { eventBusName: id, policy: Policy }, outputs: {} } : undefined;
  },
};

async function putBusPolicy(inputs: Properties, call: Call): Promise<void> {
  await clientOf(call).send(
    new eb.PutPermissionCommand({ EventBusName: busOf(inputs), Policy: document(inputs["policy"]) }),
  );
}

const eventArchive: ResourceType = {
  inputs: ["name", "description", "eventPattern", "eventSourceArn", "kmsKeyIdentifier", "retentionDays"],
  replaceOn: ["name", "eventSourceArn", "region"],
  name: { input: "name", maximum: 48 },
  async create(inputs, call) {
    const ArchiveName = required(inputs, "name");
    const { ArchiveArn } = await clientOf(call).send(
      new eb.CreateArchiveCommand({
        ...archiveSettings(inputs),
        ArchiveName,
        EventSourceArn: required(inputs, "eventSourceArn"),
      }),
    );
    return { id: ArchiveName, outputs: defined({ arn: ArchiveArn }) };
  },
  async update({ id }, inputs, _changed, call) {
    await clientOf(call).send(new eb.UpdateArchiveCommand({ ArchiveName: id, ...archiveSettings(inputs) }));
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new eb.DeleteArchiveCommand({ ArchiveName: id }));
  },
  async read({ id }, call) {
    const found = await clientOf(call).send(new eb.DescribeArchiveCommand({ ArchiveName: id }));
    return {
      inputs: seen({
        name: found.ArchiveName,
        description: found.Description || undefined,
        eventPattern: found.EventPattern || undefined,
        eventSourceArn: found.EventSourceArn,
        kmsKeyIdentifier: found.KmsKeyIdentifier,
        retentionDays: found.RetentionDays,
      }),
      outputs: defined({ arn: found.ArchiveArn }),
    };
  },
};

function archiveSettings(inputs: Properties) {
  return {
    Description: text(inputs["description"]),
    EventPattern: document(inputs["eventPattern"]),
    KmsKeyIdentifier: text(inputs["kmsKeyIdentifier"]),
    RetentionDays: number(inputs["retentionDays"]),
  };
}

const eventRule: ResourceType = {
  inputs: [
    "description",
    "eventBusName",
    "eventPattern",
    "forceDestroy",
    "isEnabled",
    "name",
    "roleArn",
    "scheduleExpression",
    "state",
    "tags",
    "tagsAll",
  ],
  replaceOn: ["eventBusName", "name", "region"],
  name: { input: "name", maximum: 64 },
  async create(inputs, call) {
    const Name = required(inputs, "name");
    const { RuleArn } = await clientOf(call).send(
      new eb.PutRuleCommand({ ...rule(inputs), Tags: tagList(tagsOf(inputs)) }),
    );
    const bus = busOf(inputs);
    return { id: bus === "default" ? Name : `${bus}/${Name}`, outputs: defined({ arn: RuleArn }) };
  },
  async update({ inputs: before, outputs }, inputs, changed, call) {
    const client = clientOf(call);
    if (changed.some((path) => !touches([path], "tags", "tagsAll", "forceDestroy")))
      await client.send(new eb.PutRuleCommand(rule(inputs)));
    if (touches(changed, "tagsAll")) await retag(client, text(outputs["arn"]), before, inputs);
    return {};
  },
  async delete({ inputs }, call) {
    const client = clientOf(call);
    const at = { EventBusName: busOf(inputs), Rule: required(inputs, "name") };
    const Force = flag(inputs["forceDestroy"]);
    if (Force) {
      const { Targets } = await client.send(new eb.ListTargetsByRuleCommand(at));
      const Ids = (Targets ?? []).map(({ Id }) => Id ?? "");
      if (Ids.length > 0) await client.send(new eb.RemoveTargetsCommand({ ...at, Ids, Force }));
    }
    await client.send(new eb.DeleteRuleCommand({ EventBusName: at.EventBusName, Name: at.Rule, Force }));
  },
  async read({ id, inputs: known }, call) {
    const client = clientOf(call);
    const slash = id.lastIndexOf("/");
    const [EventBusName, Name] = slash < 0 ? ["default", id] : [id.slice(0, slash), id.slice(slash + 1)];
    const found = await client.send(new eb.DescribeRuleCommand({ EventBusName, Name }));
    return {
      inputs: seen({
        name: found.Name,
        eventBusName: known["eventBusName"] && EventBusName,
        description: found.Description || undefined,
        eventPattern: found.EventPattern || undefined,
        roleArn: found.RoleArn || undefined,
        scheduleExpression: found.ScheduleExpression || undefined,
        state: known["isEnabled"] === undefined ? found.State : undefined,
        isEnabled: known["isEnabled"] === undefined ? undefined : found.State !== "DISABLED",
        tagsAll: await tagsAt(client, found.Arn),
      }),
      outputs: defined({ arn: found.Arn }),
    };
  },
};

function rule(inputs: Properties): eb.PutRuleCommandInput {
  const [state, enabled] = [text(inputs["state"]), flag(inputs["isEnabled"])];
  if (state !== undefined && enabled !== undefined)
    throw new EngineError('"state" and "isEnabled" of a rule exclude each other.');
  return {
    Name: required(inputs, "name"),
    EventBusName: busOf(inputs),
    Description: text(inputs["description"]),
    EventPattern: document(inputs["eventPattern"]),
    RoleArn: text(inputs["roleArn"]),
    ScheduleExpression: text(inputs["scheduleExpression"]),
    State: (state ?? (enabled === false ? "DISABLED" : "ENABLED")) as eb.RuleState,
  };
}

const eventPermission: ResourceType = {
  inputs: ["action", "condition", "eventBusName", "principal", "statementId"],
  replaceOn: ["eventBusName", "statementId", "region"],
  async create(inputs, call) {
    await putPermission(inputs, call);
    return { id: `${busOf(inputs)}/${required(inputs, "statementId")}`, outputs: {} };
  },
  async update(_existing, inputs, _changed, call) {
    await putPermission(inputs, call);
    return {};
  },
  async delete({ inputs }, call) {
    const at = { EventBusName: busOf(inputs), StatementId: required(inputs, "statementId") };
    try {
      await clientOf(call).send(new eb.RemovePermissionCommand(at));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  },
  async read({ inputs }, call) {
    const { Policy } = await clientOf(call).send(new eb.DescribeEventBusCommand({ Name: busOf(inputs) }));
    const statements = (JSON.parse(Policy || "{}") as { Statement?: { Sid?: string }[] }).Statement ?? [];
    return statements.some(({ Sid }) => Sid === inputs["statementId"])
      ? { inputs: {}, outputs: {} }
      : undefined;
  },
};

async function putPermission(inputs: Properties, call: Call): Promise<void> {
  const condition = object(inputs["condition"]);
  await clientOf(call).send(
    new eb.PutPermissionCommand({
      EventBusName: busOf(inputs),
      StatementId: required(inputs, "statementId"),
      Principal: required(inputs, "principal"),
      Action: text(inputs["action"]) ?? "events:PutEvents",
      ...(condition && {
        Condition: {
          Type: text(condition["type"]),
          Key: text(condition["key"]),
          Value: text(condition["value"]),
        },
      }),
    }),
  );
}

export const types: Record<string, ResourceType> = {
  "aws:cloudwatch/eventApiDestination:EventApiDestination": apiDestination,
  "aws:cloudwatch/eventBus:EventBus": eventBus,
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": eventBusPolicy,
  "aws:cloudwatch/eventArchive:EventArchive": eventArchive,
  "aws:cloudwatch/eventConnection:EventConnection": connection,
  "aws:cloudwatch/eventRule:EventRule": eventRule,
  "aws:cloudwatch/eventPermission:EventPermission": eventPermission,
  "aws:cloudwatch/eventTarget:EventTarget": eventTarget,
};
