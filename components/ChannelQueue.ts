import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { arn, HUB_BUS_NAME, policyDocument, rulesMaySend } from "./naming";

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
  functionTimeoutSeconds: number;
  provider: aws.Provider;
}

const DLQ_RETENTION_SECONDS = 14 * 86_400;
const MAXIMUM_RECEIVES = 5;
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
    this.deadLetterQueue = new aws.sqs.Queue(
      `${name}-dlq`,
      {
        region,
        name: `${resourceName}-dlq`,
        messageRetentionSeconds: DLQ_RETENTION_SECONDS,
        sqsManagedSseEnabled: true,
        redriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [queueArn] }),
      },
      options,
    );
    const queue = new aws.sqs.Queue(
      `${name}-queue`,
      {
        region,
        name: resourceName,
        // Six times the function's timeout, and the time in which it only collects: AWS's advice.
        visibilityTimeoutSeconds: 6 * args.functionTimeoutSeconds + groupSeconds,
        sqsManagedSseEnabled: true,
        redrivePolicy: pulumi.jsonStringify({
          deadLetterTargetArn: this.deadLetterQueue.arn,
          maxReceiveCount: MAXIMUM_RECEIVES,
        }),
      },
      options,
    );
    const queuePolicy = new aws.sqs.QueuePolicy(
      `${name}-queue-policy`,
      { region, queueUrl: queue.id, policy: policyDocument([rulesMaySend(queueArn, [ruleArn])]) },
      options,
    );
    this.deadLetterQueuePolicy = new aws.sqs.QueuePolicy(
      `${name}-dlq-policy`,
      {
        region,
        queueUrl: this.deadLetterQueue.id,
        policy: policyDocument([rulesMaySend(`${queueArn}-dlq`, [ruleArn, `${ruleArn}-send`])]),
      },
      options,
    );
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
        deadLetterConfig: { arn: this.deadLetterQueue.arn },
      },
      { ...options, dependsOn: [queuePolicy, this.deadLetterQueuePolicy] },
    );
    this.registerOutputs({ queueUrl: queue.url });
  }
}
