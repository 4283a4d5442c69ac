import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { arn, DASHBOARD_NAME } from "../contract/names";
import { hubAlarms, type Watched } from "./lib/alarms";
import { dashboardBody } from "./lib/dashboard";
import { metricAlarm } from "./lib/metric-alarm";

interface MonitoringArgs {
  partition: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  watched: Watched;
  provider: aws.Provider;
}

/** Alarms on everything of the hub that an event passes, and one dashboard. The channels' rules take the alarms from here. */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:Monitoring", name, {}, opts);
    const { partition, securityAccountId, region } = args;
    const options = { parent: this, provider: args.provider };
    const alarms = hubAlarms(args.watched);
    for (const alarm of alarms) metricAlarm(`${name}-${alarm.name}`, { ...alarm, region }, options);
    const arns = alarms.map((alarm) =>
      arn(partition, "cloudwatch", region, securityAccountId, `alarm:${alarm.name}`),
    );
    new aws.cloudwatch.Dashboard(
      `${name}-dashboard`,
      { region, dashboardName: DASHBOARD_NAME, dashboardBody: dashboardBody(region, arns) },
      options,
    );
    this.registerOutputs({});
  }
}
