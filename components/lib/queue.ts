import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEAD_LETTER_RETENTION_DAYS, MAX_RECEIVES } from "../../contract/limits";
import { deadLetterQueueName, HUB_BUS_NAME } from "../../contract/names";
import { policyText, allowRulesToSend } from "./policy-documents";

interface RuleQueueArgs {
  region: string;
  queueName: string;
  queueArn: string;
  /** Seconds. */
  visibilityTimeout: number;
  /** The rules that fill the queue. Events that they can't deliver end in the dead-letter queue. */
  ruleArns: readonly string[];
  /** Rules that only use the dead-letter queue, for events that they can't deliver elsewhere. Default: none. */
  otherRuleArns?: readonly string[];
  /** Leaves the dead-letter queue standing when the rules are deleted: nobody may have read it yet. @default true */
  retainEvidence?: boolean;
}

/** A queue that rules fill and a function empties, and the dead-letter queue for what the function can't finish. */
interface RuleQueue {
  queue: aws.sqs.Queue;
  deadLetterQueue: aws.sqs.Queue;
  /** The rules' targets depend on both policies: a rule without permission to send loses its event. */
  queuePolicy: aws.sqs.QueuePolicy;
  deadLetterQueuePolicy: aws.sqs.QueuePolicy;
}

export function ruleQueue(
  name: string,
  args: RuleQueueArgs,
  options: pulumi.CustomResourceOptions,
): RuleQueue {
  const { region, queueName, queueArn, ruleArns, otherRuleArns = [] } = args;
  const deadLetterQueue = new aws.sqs.Queue(
    `${name}-dlq`,
    {
      region,
      name: deadLetterQueueName(queueName),
      messageRetentionSeconds: DEAD_LETTER_RETENTION_DAYS * 86_400,
      sqsManagedSseEnabled: true,
      redriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [queueArn] }),
    },
    { ...options, retainOnDelete: args.retainEvidence ?? true },
  );
  const queue = new aws.sqs.Queue(
    `${name}-queue`,
    {
      region,
      name: queueName,
      visibilityTimeoutSeconds: args.visibilityTimeout,
      sqsManagedSseEnabled: true,
      redrivePolicy: pulumi.jsonStringify({
        deadLetterTargetArn: deadLetterQueue.arn,
        maxReceiveCount: MAX_RECEIVES,
      }),
    },
    options,
  );
  const policy = (suffix: string, { id }: aws.sqs.Queue, arn: string, rules: readonly string[]) =>
    new aws.sqs.QueuePolicy(
      `${name}-${suffix}-policy`,
      { region, queueUrl: id, policy: policyText([allowRulesToSend(arn, [...rules])]) },
      options,
    );
  return {
    queue,
    deadLetterQueue,
    queuePolicy: policy("queue", queue, queueArn, ruleArns),
    deadLetterQueuePolicy: policy("dlq", deadLetterQueue, deadLetterQueueName(queueArn), [
      ...ruleArns,
      ...otherRuleArns,
    ]),
  };
}

interface HubRuleArgs {
  region: string;
  ruleName: string;
  description: string;
  /** JSON. */
  eventPattern: string;
  state: string;
  /** @default the hub bus */
  eventBusName?: string;
}

/** A rule that fills the queue. What it can't deliver goes to the dead-letter queue. */
export function hubRule(
  name: string,
  { ruleName, eventBusName = HUB_BUS_NAME, ...args }: HubRuleArgs,
  { queue, deadLetterQueue, queuePolicy, deadLetterQueuePolicy }: RuleQueue,
  options: pulumi.CustomResourceOptions,
): void {
  const rule = new aws.cloudwatch.EventRule(
    `${name}-rule`,
    { ...args, name: ruleName, eventBusName },
    options,
  );
  new aws.cloudwatch.EventTarget(
    `${name}-target`,
    {
      region: args.region,
      rule: rule.name,
      eventBusName,
      targetId: "queue",
      arn: queue.arn,
      deadLetterConfig: { arn: deadLetterQueue.arn },
    },
    { ...options, dependsOn: [queuePolicy, deadLetterQueuePolicy] },
  );
}
