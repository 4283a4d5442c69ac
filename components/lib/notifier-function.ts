/** The notifier's function: what its role may do, and its settings. */
import type { ChannelSettings } from "../../config";
import { arn, channelResourceName, HUB_BUS_NAME, logGroupName, NOTIFIER_NAME } from "../../contract/names";
import type { ChannelTarget, NotifierSettingsInput } from "../../contract/notifier-settings";
import { isReportOnly, type CatalogueEntry } from "../../controls/lib/control";
import type { PolicyStatement } from "../../controls/lib/permissions";
import type { HubLocation } from "./hub";

/** A channel's queue. */
const queueArn = (hub: HubLocation, channel: string) =>
  arn(hub.partition, "sqs", hub.region, hub.securityAccountId, channelResourceName(channel));

/** An e-mail channel's topic. */
export const topicArn = (hub: HubLocation, channel: string) =>
  arn(hub.partition, "sns", hub.region, hub.securityAccountId, channelResourceName(channel));

/** The permissions of the notifier's role: run, read the channels' queues, pass messages to the hub bus and to topics. */
export function notifierPermissions(
  hub: HubLocation & { hubBusArn: string },
  channels: readonly ChannelSettings[],
): PolicyStatement[] {
  const { partition, region, securityAccountId } = hub;
  const topics = channels.filter(({ to }) => to.kind === "email").map(({ name }) => topicArn(hub, name));
  return [
    {
      Sid: "Log",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: arn(
        partition,
        "logs",
        region,
        securityAccountId,
        `log-group:${logGroupName(NOTIFIER_NAME)}:log-stream:*`,
      ),
    },
    {
      Sid: "ReadQueues",
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: channels.map(({ name }) => queueArn(hub, name)),
    },
    { Sid: "HandOver", Effect: "Allow", Action: "events:PutEvents", Resource: hub.hubBusArn },
    ...(topics.length === 0
      ? []
      : [{ Sid: "Mail", Effect: "Allow" as const, Action: "sns:Publish", Resource: topics }]),
  ];
}

interface NotifierSettingsArgs extends HubLocation {
  channels: readonly ChannelSettings[];
  controls: readonly CatalogueEntry[];
  accountNames: Record<string, string>;
  catalogueUrl?: string;
}

/** The notifier's settings, which contain no secret: addresses and webhooks are only in topics and destinations. */
export function notifierSettings(args: NotifierSettingsArgs): NotifierSettingsInput {
  const { channels, controls, accountNames, catalogueUrl } = args;
  const targetOf = ({ name, to }: ChannelSettings): ChannelTarget =>
    to.kind === "email" ? { kind: "email", name, topicArn: topicArn(args, name) } : { kind: to.kind, name };
  return {
    channels: Object.fromEntries(
      channels.map((channel) => [queueArn(args, channel.name), targetOf(channel)]),
    ),
    accounts: accountNames,
    controls: Object.fromEntries(
      controls.map((control) => [
        control.id,
        {
          title: control.title,
          severity: control.severity,
          steps: control.remediationSteps,
          reportsOnly: isReportOnly(control),
        },
      ]),
    ),
    busName: HUB_BUS_NAME,
    ...(catalogueUrl === undefined ? {} : { catalogueUrl }),
  };
}
