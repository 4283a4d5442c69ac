import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDescription } from "./alarms";

/**
 * An alarm without actions: each of its changes is an event on the default bus, from where rules take it to the channels, so that there
 * is no topic whose subscription somebody must confirm.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
export const metricAlarm = (
  name: string,
  { description, periodSeconds, name: alarmName, ...metric }: AlarmDescription & { region: string },
  options: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm =>
  new aws.cloudwatch.MetricAlarm(
    name,
    {
      ...metric,
      name: alarmName,
      alarmDescription: description,
      comparisonOperator: "GreaterThanThreshold",
      period: periodSeconds,
      evaluationPeriods: 1,
      treatMissingData: "notBreaching",
    },
    options,
  );
