import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { arn, HUB_BUS_NAME } from "../contract/names";
import { NOTIFIER_TIMEOUT_SECONDS, visibilityTimeoutSeconds } from "../contract/limits";
import { queueOfRules } from "./lib/queue";

export interface ChannelQueueArgs {
  partition: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  /** What rule and queue are called; the dead-letter queue has `-dlq` behind it. */
  resourceName: string;
  /** Shown in the console. */
  description: string;
  /** Event pattern of the outcomes that concern the channel. */
  pattern: string;
  /** So long outcomes are collected, 1 to 300 seconds. */
  groupSeconds: number;
  functionName: pulumi.Input<string>;
  provider: aws.Provider;
}

/** So many alike outcomes become one message at most. */
const BATCH_SIZE = 100;
/** The least that AWS allows. */
const MAXIMUM_CONCURRENCY = 2;

/** Rule → queue → notifier for one channel, with the dead-letter queue in which everything ends that the channel did not take. */
export class ChannelQueue extends pulumi.ComponentResource {
  readonly deadLetterQueue: aws.sqs.Queue;
  /** Lets the channel's rules fill the dead-letter queue: whatever names it as theirs depends on it. */
  readonly deadLetterQueuePolicy: aws.sqs.QueuePolicy;

  constructor(name: string, args: ChannelQueueArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:ChannelQueue", name, args, opts);
    const { partition, securityAccountId, region, resourceName, groupSeconds } = args;
    const options = { parent: this, provider: args.provider };
    const queueArn = arn(partition, "sqs", region, securityAccountId, resourceName);
    const ruleArn = arn(
      partition,
      "events",
      region,
      securityAccountId,
      `rule/${HUB_BUS_NAME}/${resourceName}`,
    );
    const { queue, deadLetterQueue, queuePolicy, deadLetterQueuePolicy } = queueOfRules(
      name,
      {
        region,
        queueName: resourceName,
        queueArn,
        visibilityTimeout: visibilityTimeoutSeconds(NOTIFIER_TIMEOUT_SECONDS, groupSeconds),
        ruleArns: [ruleArn],
        otherRuleArns: [`${ruleArn}-send`],
      },
      options,
    );
    this.deadLetterQueue = deadLetterQueue;
    this.deadLetterQueuePolicy = deadLetterQueuePolicy;
    new aws.lambda.EventSourceMapping(
      `${name}-source`,
      {
        region,
        eventSourceArn: queue.arn,
        functionName: args.functionName,
        batchSize: BATCH_SIZE,
        maximumBatchingWindowInSeconds: groupSeconds,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: MAXIMUM_CONCURRENCY },
      },
      options,
    );
    const rule = new aws.cloudwatch.EventRule(
      `${name}-rule`,
      {
        region,
        name: resourceName,
        eventBusName: HUB_BUS_NAME,
        description: args.description,
        eventPattern: args.pattern,
        state: "ENABLED",
      },
      options,
    );
    new aws.cloudwatch.EventTarget(
      `${name}-target`,
      {
        region,
        rule: rule.name,
        eventBusName: HUB_BUS_NAME,
        targetId: "queue",
        arn: queue.arn,
        deadLetterConfig: { arn: deadLetterQueue.arn },
      },
      { ...options, dependsOn: [queuePolicy, deadLetterQueuePolicy] },
    );
    this.registerOutputs({ queueUrl: queue.url });
  }
}
