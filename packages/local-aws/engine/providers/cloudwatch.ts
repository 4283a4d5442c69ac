/** Amazon CloudWatch. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/ */
import * as cw from "@aws-sdk/client-cloudwatch";
import {
  defined,
  flag,
  number,
  object,
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

const clientOf = (call: Call) => call.client(cw.CloudWatchClient);

/** On one metric; alarms on expressions are not known. */
const metricAlarm: ResourceType = {
  inputs: [
    "actionsEnabled",
    "alarmActions",
    "alarmDescription",
    "comparisonOperator",
    "datapointsToAlarm",
    "dimensions",
    "evaluationPeriods",
    "insufficientDataActions",
    "metricName",
    "name",
    "namespace",
    "okActions",
    "period",
    "statistic",
    "tags",
    "tagsAll",
    "threshold",
    "treatMissingData",
    "unit",
  ],
  replaceOn: ["name", "region"],
  name: { input: "name", maximum: 255 },
  async create(inputs, call) {
    const name = required(inputs, "name");
    await clientOf(call).send(
      new cw.PutMetricAlarmCommand({ ...alarmSettings(inputs), Tags: tagList(tagsOf(inputs)) }),
    );
    const arn = `arn:${call.partition}:cloudwatch:${call.region}:${await call.account()}:alarm:${name}`;
    return { id: name, outputs: { arn } };
  },
  async update({ inputs: before, outputs }, inputs, changed, call) {
    const client = clientOf(call);
    if (changed.some((path) => !/^tags/.test(path)))
      await client.send(new cw.PutMetricAlarmCommand(alarmSettings(inputs)));
    if (touches(changed, "tagsAll")) {
      const ResourceARN = required(outputs, "arn");
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      if (remove.length > 0) await client.send(new cw.UntagResourceCommand({ ResourceARN, TagKeys: remove }));
      const Tags = tagList(set);
      if (Tags.length > 0) await client.send(new cw.TagResourceCommand({ ResourceARN, Tags }));
    }
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new cw.DeleteAlarmsCommand({ AlarmNames: [id] }));
  },
  async read({ id }, call) {
    const client = clientOf(call);
    const { MetricAlarms: [found] = [] } = await client.send(
      new cw.DescribeAlarmsCommand({ AlarmNames: [id], AlarmTypes: ["MetricAlarm"] }),
    );
    if (found === undefined) return undefined;
    const { Tags } = await client.send(new cw.ListTagsForResourceCommand({ ResourceARN: found.AlarmArn }));
    const dimensions = Object.fromEntries(
      (found.Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value]),
    );
    const list = (values: string[] | undefined) => (values?.length ? values : undefined);
    return {
      inputs: seen({
        name: found.AlarmName,
        actionsEnabled: found.ActionsEnabled === false ? false : undefined,
        alarmActions: list(found.AlarmActions),
        alarmDescription: found.AlarmDescription || undefined,
        comparisonOperator: found.ComparisonOperator,
        datapointsToAlarm: found.DatapointsToAlarm,
        dimensions: Object.keys(dimensions).length > 0 ? dimensions : undefined,
        evaluationPeriods: found.EvaluationPeriods,
        insufficientDataActions: list(found.InsufficientDataActions),
        metricName: found.MetricName,
        namespace: found.Namespace,
        okActions: list(found.OKActions),
        period: found.Period,
        statistic: found.Statistic,
        threshold: found.Threshold,
        treatMissingData: found.TreatMissingData === "missing" ? undefined : found.TreatMissingData,
        unit: found.Unit,
        tagsAll: tagMap(Tags),
      }),
      outputs: defined({ arn: found.AlarmArn }),
    };
  },
};

function alarmSettings(inputs: Properties): cw.PutMetricAlarmCommandInput {
  return {
    AlarmName: required(inputs, "name"),
    ActionsEnabled: flag(inputs["actionsEnabled"]) ?? true,
    AlarmActions: texts(inputs["alarmActions"]),
    AlarmDescription: text(inputs["alarmDescription"]),
    ComparisonOperator: required(inputs, "comparisonOperator") as cw.ComparisonOperator,
    DatapointsToAlarm: number(inputs["datapointsToAlarm"]),
    Dimensions: Object.entries(object(inputs["dimensions"]) ?? {}).map(([Name, value]) => ({
      Name,
      Value: text(value),
    })),
    EvaluationPeriods: number(inputs["evaluationPeriods"]),
    InsufficientDataActions: texts(inputs["insufficientDataActions"]),
    MetricName: required(inputs, "metricName"),
    Namespace: required(inputs, "namespace"),
    OKActions: texts(inputs["okActions"]),
    Period: number(inputs["period"]),
    Statistic: required(inputs, "statistic") as cw.Statistic,
    Threshold: number(inputs["threshold"]),
    TreatMissingData: text(inputs["treatMissingData"]),
    Unit: text(inputs["unit"]) as cw.StandardUnit | undefined,
  };
}

const dashboard: ResourceType = {
  inputs: ["dashboardBody", "dashboardName"],
  replaceOn: ["dashboardName", "region"],
  async create(inputs, call) {
    await putDashboard(inputs, call);
    const id = required(inputs, "dashboardName");
    // Dashboards are global in their ARN, and have one body in each region here.
    return {
      id,
      outputs: { dashboardArn: `arn:${call.partition}:cloudwatch::${await call.account()}:dashboard/${id}` },
    };
  },
  async update(_existing, inputs, _changed, call) {
    await putDashboard(inputs, call);
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new cw.DeleteDashboardsCommand({ DashboardNames: [id] }));
  },
  async read({ id }, call) {
    const { DashboardBody: body } = await clientOf(call).send(
      new cw.GetDashboardCommand({ DashboardName: id }),
    );
    return { inputs: seen({ dashboardName: id, dashboardBody: body }), outputs: {} };
  },
};

async function putDashboard(inputs: Properties, call: Call): Promise<void> {
  await clientOf(call).send(
    new cw.PutDashboardCommand({
      DashboardName: required(inputs, "dashboardName"),
      DashboardBody: required(inputs, "dashboardBody"),
    }),
  );
}

export const types: Record<string, ResourceType> = {
  "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
  "aws:cloudwatch/dashboard:Dashboard": dashboard,
};
