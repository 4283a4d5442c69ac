import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ChannelSettings } from "../config";
import { isReportOnly, type CatalogueEntry } from "../controls/lib/control";
import { patternText } from "@bailiwick/aws-events";
import { bundleNotifier, bundleFile } from "./lib/bundle";
import { messagePattern, routePattern } from "../contract/routes";
import type { ChannelTarget, NotifierSettingsInput } from "../contract/notifier-settings";
import { SETTINGS_FILE } from "../contract/settings";
import { NOTIFIER_TIMEOUT_SECONDS } from "../contract/limits";
import { ChannelQueue } from "./ChannelQueue";
import { EmailDestination } from "./EmailDestination";
import {
  arn,
  CHANNEL_ROLE_NAME,
  channelResourceName,
  HUB_BUS_NAME,
  logGroupName,
  NOTIFIER_NAME,
  NOTIFIER_ROLE_NAME,
  sendRuleName,
} from "../contract/names";
import { policyText, trustPolicyText } from "./lib/policy-documents";
import { SlackDestination } from "./SlackDestination";

export interface NotificationChannelsArgs {
  partition: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  hubBusArn: string;
  /** At least one: without any, leave the component out. */
  channels: ChannelSettings[];
  /** Of which messages tell, with the words for it. */
  controls: CatalogueEntry[];
  /** How messages call accounts: names by id. */
  accountNames: Record<string, string>;
  /** Where docs/catalogue.md can be read. Default: messages name the file. */
  catalogueUrl?: string;
  /** How long the notifier's log group keeps its logs, in days. */
  logRetentionDays: number;
  provider: aws.Provider;
}

const MEMORY_MEGABYTES = 256;

/**
 * What people are told, and where: a rule a channel takes the outcomes that concern it from the hub bus to the channel's queue, which
 * collects them; the notifier makes messages of those that are alike and hands them to the channel's topic, or to the hub bus, from where
 * a second rule takes them to the channel's API destination. Each channel has a queue and a dead-letter queue of its own, so that one that
 * fails holds nothing up in another.
 */
export class NotificationChannels extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;
  private readonly options: pulumi.CustomResourceOptions;

  constructor(
    private readonly name: string,
    private readonly args: NotificationChannelsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    // Not the arguments: as a component's inputs they would stand in the state, webhooks in clear.
    super("bailiwick:components:NotificationChannels", name, {}, opts);
    const { partition, securityAccountId, region, channels } = args;
    this.options = { parent: this, provider: args.provider };
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: NOTIFIER_ROLE_NAME,
        description: "Function that makes messages of outcomes",
        assumeRolePolicy: trustPolicyText({ Principal: { Service: "lambda.amazonaws.com" } }),
      },
      this.options,
    );
    const functionLogGroup = logGroupName(NOTIFIER_NAME);
    const rolePolicy = new aws.iam.RolePolicy(
      `${name}-role-policy`,
      { name: "run", role: role.name, policy: policyText(this.permissions(functionLogGroup)) },
      this.options,
    );
    const logGroup = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { region, name: functionLogGroup, retentionInDays: args.logRetentionDays },
      this.options,
    );
    this.function = new aws.lambda.Function(
      `${name}-function`,
      {
        region,
        name: NOTIFIER_NAME,
        description: "Makes messages of outcomes",
        role: role.arn,
        runtime: aws.lambda.Runtime.NodeJS22dX,
        architectures: ["arm64"],
        handler: "index.handler",
        code: new pulumi.asset.AssetArchive({
          "index.mjs": new pulumi.asset.FileAsset(bundleFile(bundleNotifier())),
          [SETTINGS_FILE]: new pulumi.asset.StringAsset(JSON.stringify(this.settings())),
        }),
        timeout: NOTIFIER_TIMEOUT_SECONDS,
        memorySize: MEMORY_MEGABYTES,
      },
      { ...this.options, dependsOn: [rolePolicy, logGroup] },
    );
    const slackRole = this.slackRole();
    for (const channel of channels) {
      const at = `${name}-${channel.name}`;
      const resourceName = channelResourceName(channel.name);
      const shared = { region, resourceName, provider: args.provider };
      const queue = new ChannelQueue(
        at,
        {
          ...shared,
          partition,
          securityAccountId,
          description: `Outcomes for the channel ${channel.name}`,
          pattern: patternText(routePattern({ channel: channel.name, ...channel }, securityAccountId)),
          groupSeconds: channel.groupSeconds,
          functionName: this.function.name,
        },
        { parent: this },
      );
      const { to } = channel;
      if (to.kind === "email") {
        const topicArn = this.arnOf("sns", resourceName);
        const roleArn = arn(partition, "iam", "", securityAccountId, `role/${NOTIFIER_ROLE_NAME}`);
        new EmailDestination(
          at,
          { ...shared, topicArn, addresses: to.addresses, notifierRoleArn: roleArn },
          // The topic's policy names the role.
          { parent: this, dependsOn: [role] },
        );
      } else if (slackRole !== undefined)
        new SlackDestination(
          at,
          {
            ...shared,
            webhookUrl: pulumi.secret(to.webhookUrl),
            pattern: patternText(messagePattern(channel.name, securityAccountId)),
            roleArn: slackRole.role.arn,
            deadLetterQueueArn: queue.deadLetterQueue.arn,
          },
          { parent: this, dependsOn: [slackRole.policy, queue.deadLetterQueuePolicy] },
        );
    }
    this.registerOutputs({ functionName: this.function.name });
  }

  private arnOf(service: string, resource: string): string {
    const { partition, region, securityAccountId } = this.args;
    return arn(partition, service, region, securityAccountId, resource);
  }

  private channelsOf(kind: ChannelSettings["to"]["kind"]): string[] {
    return this.args.channels
      .filter(({ to }) => to.kind === kind)
      .map(({ name }) => channelResourceName(name));
  }

  private permissions(functionLogGroup: string) {
    const topics = this.channelsOf("email");
    return [
      {
        Sid: "Log",
        Effect: "Allow" as const,
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: this.arnOf("logs", `log-group:${functionLogGroup}:*`),
      },
      {
        Sid: "ReadQueues",
        Effect: "Allow" as const,
        Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        Resource: this.args.channels.map(({ name }) => this.arnOf("sqs", channelResourceName(name))),
      },
      {
        Sid: "HandOver",
        Effect: "Allow" as const,
        Action: "events:PutEvents",
        Resource: this.args.hubBusArn,
      },
      ...(topics.length === 0
        ? []
        : [
            {
              Sid: "Mail",
              Effect: "Allow" as const,
              Action: "sns:Publish",
              Resource: topics.map((topic) => this.arnOf("sns", topic)),
            },
          ]),
    ];
  }

  /** Nothing secret: addresses and webhooks stay with topics and destinations. */
  private settings(): NotifierSettingsInput {
    const { channels, controls, accountNames, catalogueUrl } = this.args;
    const target = ({ name, to }: ChannelSettings): ChannelTarget =>
      to.kind === "email"
        ? { kind: "email", name, topicArn: this.arnOf("sns", channelResourceName(name)) }
        : { kind: to.kind, name };
    return {
      channels: Object.fromEntries(
        channels.map((channel) => [this.arnOf("sqs", channelResourceName(channel.name)), target(channel)]),
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

  /** With it the rules call the API destinations. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html */
  private slackRole(): { role: aws.iam.Role; policy: aws.iam.RolePolicy } | undefined {
    const channels = this.channelsOf("slack");
    if (channels.length === 0) return undefined;
    const role = new aws.iam.Role(
      `${this.name}-slack-role`,
      {
        name: CHANNEL_ROLE_NAME,
        description: "Lets EventBridge hand messages to the channels' destinations",
        assumeRolePolicy: trustPolicyText({
          Principal: { Service: "events.amazonaws.com" },
          Condition: {
            StringEquals: { "aws:SourceAccount": this.args.securityAccountId },
            // Any channel's rule: to name each would be too long for IAM, which takes 2,048 characters, from 21 channels on.
            ArnLike: {
              "aws:SourceArn": this.arnOf(
                "events",
                `rule/${HUB_BUS_NAME}/${sendRuleName(channelResourceName("*"))}`,
              ),
            },
          },
        }),
      },
      this.options,
    );
    const policy = new aws.iam.RolePolicy(
      `${this.name}-slack-role-policy`,
      {
        name: "send",
        role: role.name,
        policy: policyText([
          {
            Effect: "Allow",
            Action: "events:InvokeApiDestination",
            // AWS puts an id of its own behind the name, which nobody knows before.
            Resource: channels.flatMap((channel) => {
              const destination = this.arnOf("events", `api-destination/${channel}`);
              return [destination, `${destination}/*`];
            }),
          },
        ]),
      },
      this.options,
    );
    return { role, policy };
  }
}
