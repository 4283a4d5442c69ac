import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { arn, sendRuleName } from "../contract/names";
import { NOTIFIER_TIMEOUT_SECONDS, visibilityTimeoutSeconds } from "../contract/limits";
import { defaultBusRuleArn, hubRuleArn } from "./lib/hub";
import { hubRule, ruleQueue } from "./lib/queue";

interface ChannelQueueArgs {
  partition: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  /** Name of rule and queue. */
  resourceName: string;
  /** Description of the rule. */
  description: string;
  /** Event pattern of the outcomes that the channel is notified of. */
  pattern: string;
  /** Rules for the alarms that the channel is notified of: those that accounts forward to the hub bus, and those of the hub itself. */
  alarms: { ruleName: string; forwardedPattern?: string; hubPattern?: string };
  /** How long outcomes are collected for one message, 1 to 300 seconds. */
  groupSeconds: number;
  /** Leaves the dead-letter queue standing when the channel is removed. @default true */
  protectEvidence?: boolean;
  functionName: pulumi.Input<string>;
  provider: aws.Provider;
}

/** The most outcomes that one message can be about. */
const BATCH_SIZE = 100;
/** The lowest that AWS allows. */
const MAXIMUM_CONCURRENCY = 2;

/** The path to one channel: rule → queue → notifier, with the dead-letter queue for what the channel doesn't accept. */
export class ChannelQueue extends pulumi.ComponentResource {
  readonly deadLetterQueue: aws.sqs.Queue;
  /** Lets the channel's rules use the dead-letter queue: targets that name the queue depend on it. */
  readonly deadLetterQueuePolicy: aws.sqs.QueuePolicy;

  constructor(name: string, args: ChannelQueueArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:ChannelQueue", name, args, opts);
    const { partition, securityAccountId, region, resourceName, groupSeconds } = args;
    const options = { parent: this, provider: args.provider };
    const queueArn = arn(partition, "sqs", region, securityAccountId, resourceName);
    const { ruleName, forwardedPattern, hubPattern } = args.alarms;
    const queues = ruleQueue(
      name,
      {
        region,
        queueName: resourceName,
        queueArn,
        visibilityTimeout: visibilityTimeoutSeconds(NOTIFIER_TIMEOUT_SECONDS, groupSeconds),
        ruleArns: [
          hubRuleArn(args, resourceName),
          ...(forwardedPattern === undefined ? [] : [hubRuleArn(args, ruleName)]),
          ...(hubPattern === undefined ? [] : [defaultBusRuleArn(args, ruleName)]),
        ],
        retainEvidence: args.protectEvidence ?? true,
        otherRuleArns: [hubRuleArn(args, sendRuleName(resourceName))],
      },
      options,
    );
    new aws.lambda.EventSourceMapping(
      `${name}-source`,
      {
        region,
        eventSourceArn: queues.queue.arn,
        functionName: args.functionName,
        batchSize: BATCH_SIZE,
        maximumBatchingWindowInSeconds: groupSeconds,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: MAXIMUM_CONCURRENCY },
      },
      options,
    );
    hubRule(
      name,
      {
        region,
        ruleName: resourceName,
        description: args.description,
        eventPattern: args.pattern,
        state: "ENABLED",
      },
      queues,
      options,
    );
    const alarmRule = { region, ruleName, description: "Alarms", state: "ENABLED" };
    if (forwardedPattern !== undefined)
      hubRule(`${name}-forwarded-alarms`, { ...alarmRule, eventPattern: forwardedPattern }, queues, options);
    if (hubPattern !== undefined)
      hubRule(
        `${name}-hub-alarms`,
        { ...alarmRule, eventPattern: hubPattern, eventBusName: "default" },
        queues,
        options,
      );
    this.deadLetterQueue = queues.deadLetterQueue;
    this.deadLetterQueuePolicy = queues.deadLetterQueuePolicy;
    this.registerOutputs({ queueUrl: queues.queue.url });
  }
}
