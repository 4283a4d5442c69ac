import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { patternText } from "@bailiwick/aws-events";
import type { ChannelSettings } from "../config";
import { NOTIFIER_TIMEOUT_SECONDS } from "../contract/limits";
import {
  arn,
  alarmRuleName,
  CHANNEL_ROLE_NAME,
  channelResourceName,
  NOTIFIER_NAME,
  NOTIFIER_ROLE_NAME,
  sendRuleName,
} from "../contract/names";
import {
  forwardingAlarmPattern,
  hubAlarmPattern,
  messagePattern,
  routePattern,
  type Route,
} from "../contract/routes";
import type { CatalogueEntry } from "../controls/lib/control";
import { ChannelQueue } from "./ChannelQueue";
import { EmailDestination } from "./EmailDestination";
import { bundleNotifier } from "./lib/bundle";
import { hubRuleArn } from "./lib/hub";
import { lambdaFunction } from "./lib/lambda-function";
import { notifierPermissions, notifierSettings, topicArn } from "./lib/notifier-function";
import { policyText, trustPolicyText } from "./lib/policy-documents";
import { SlackDestination } from "./SlackDestination";

interface NotificationChannelsArgs {
  partition: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  hubBusArn: string;
  /** At least one: without any, omit the component. */
  channels: ChannelSettings[];
  /** The controls that messages are about, whose titles and steps they quote. */
  controls: CatalogueEntry[];
  /** Names of accounts in messages, by id. */
  accountNames: Record<string, string>;
  /** Where docs/catalogue.md can be read. Default: messages name the file. */
  catalogueUrl?: string;
  /** How long the notifier's log group keeps logs, in days. */
  logRetentionDays: number;
  /** Leaves log group and dead-letter queues standing when channels are removed. @default true */
  protectEvidence?: boolean;
  provider: aws.Provider;
}

const MEMORY_MEGABYTES = 256;

/**
 * The paths on which people are notified. For each channel a rule on the hub bus sends its outcomes to the channel's queue, which collects
 * them. The notifier makes one message of similar outcomes and passes it to the channel's topic, or to the hub bus, from which a second rule
 * sends it to the channel's API destination. Each channel has a queue and a dead-letter queue of its own, so that a failing channel
 * doesn't delay another.
 */
export class NotificationChannels extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;

  constructor(name: string, args: NotificationChannelsArgs, opts?: pulumi.ComponentResourceOptions) {
    // Without the arguments: as a component's inputs the webhooks would be readable in the stack's state.
    super("bailiwick:components:NotificationChannels", name, {}, opts);
    const { region, channels } = args;
    const options = { parent: this, provider: args.provider };
    const { role, lambda } = lambdaFunction(
      name,
      {
        region,
        functionName: NOTIFIER_NAME,
        description: "Makes messages of outcomes",
        role: {
          name: NOTIFIER_ROLE_NAME,
          description: "Function that makes messages of outcomes",
          permissions: notifierPermissions(args, channels),
        },
        code: bundleNotifier(),
        settings: notifierSettings(args),
        timeoutSeconds: NOTIFIER_TIMEOUT_SECONDS,
        memoryMegabytes: MEMORY_MEGABYTES,
        logRetentionDays: args.logRetentionDays,
        retainEvidence: args.protectEvidence ?? true,
      },
      options,
    );
    const slackRole = channels.some(({ to }) => to.kind === "slack")
      ? destinationRole(name, args, options)
      : undefined;
    for (const channel of channels) {
      const channelName = `${name}-${channel.name}`;
      const resourceName = channelResourceName(channel.name);
      const queue = this.addQueue(channelName, channel, args, lambda);
      const { to } = channel;
      const shared = { region, resourceName, provider: args.provider };
      if (to.kind === "email")
        new EmailDestination(
          channelName,
          {
            ...shared,
            topicArn: topicArn(args, channel.name),
            addresses: to.addresses,
            notifierRoleArn: arn(
              args.partition,
              "iam",
              "",
              args.securityAccountId,
              `role/${NOTIFIER_ROLE_NAME}`,
            ),
          },
          // The topic's policy names the role.
          { parent: this, dependsOn: [role] },
        );
      else if (slackRole !== undefined)
        new SlackDestination(
          channelName,
          {
            ...shared,
            webhookUrl: pulumi.secret(to.webhookUrl),
            pattern: patternText(messagePattern(channel.name, args.securityAccountId)),
            roleArn: slackRole.role.arn,
            deadLetterQueueArn: queue.deadLetterQueue.arn,
          },
          { parent: this, dependsOn: [slackRole.policy, queue.deadLetterQueuePolicy] },
        );
    }
    this.function = lambda;
    this.registerOutputs({ functionName: lambda.name });
  }

  private addQueue(
    name: string,
    channel: ChannelSettings,
    args: NotificationChannelsArgs,
    notifier: aws.lambda.Function,
  ): ChannelQueue {
    const { partition, securityAccountId, region, provider } = args;
    const routes = args.channels.map(routeOf);
    const forwarded = forwardingAlarmPattern(routeOf(channel), routes);
    const ofHub = hubAlarmPattern(routeOf(channel), routes, securityAccountId);
    return new ChannelQueue(
      name,
      {
        region,
        resourceName: channelResourceName(channel.name),
        provider,
        partition,
        securityAccountId,
        description: `Outcomes for the channel ${channel.name}`,
        pattern: patternText(routePattern(routeOf(channel), securityAccountId)),
        alarms: {
          ruleName: alarmRuleName(channel.name),
          ...(forwarded && { forwardedPattern: patternText(forwarded) }),
          ...(ofHub && { hubPattern: patternText(ofHub) }),
        },
        groupSeconds: channel.groupSeconds,
        functionName: notifier.name,
        protectEvidence: args.protectEvidence,
      },
      { parent: this },
    );
  }
}

const routeOf = ({ name, ...channel }: ChannelSettings): Route => ({ channel: name, ...channel });

/** The role with which rules call the API destinations. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html */
function destinationRole(
  name: string,
  args: NotificationChannelsArgs,
  options: pulumi.CustomResourceOptions,
): { role: aws.iam.Role; policy: aws.iam.RolePolicy } {
  const { partition, region, securityAccountId, channels } = args;
  const role = new aws.iam.Role(
    `${name}-slack-role`,
    {
      name: CHANNEL_ROLE_NAME,
      description: "Lets EventBridge send messages to the channels' destinations",
      assumeRolePolicy: trustPolicyText({
        Principal: { Service: "events.amazonaws.com" },
        Condition: {
          StringEquals: { "aws:SourceAccount": securityAccountId },
          // Any channel's rule: with each rule's ARN the policy would exceed IAM's 2,048 characters from 21 channels on.
          ArnLike: { "aws:SourceArn": hubRuleArn(args, sendRuleName(channelResourceName("*"))) },
        },
      }),
    },
    options,
  );
  const destinations = channels
    .filter(({ to }) => to.kind === "slack")
    .map((channel) => `api-destination/${channelResourceName(channel.name)}`)
    .map((resource) => arn(partition, "events", region, securityAccountId, resource));
  const policy = new aws.iam.RolePolicy(
    `${name}-slack-role-policy`,
    {
      name: "send",
      role: role.name,
      policy: policyText([
        {
          Effect: "Allow",
          Action: "events:InvokeApiDestination",
          // AWS appends an id of its own to the name, which is unknown beforehand.
          Resource: destinations.flatMap((destination) => [destination, `${destination}/*`]),
        },
      ]),
    },
    options,
  );
  return { role, policy };
}
