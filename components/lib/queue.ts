import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { MAX_RECEIVES } from "../../contract/limits";
import { policyDocument, rulesMaySend } from "./policy-documents";

export interface QueueOfRulesArgs {
  region: string;
  /** The dead-letter queue's has `-dlq` behind it. */
  queueName: string;
  queueArn: string;
  /** Seconds. */
  visibilityTimeout: number;
  /** The rules that fill the queue; what they could not deliver goes to the dead-letter queue. */
  ruleArns: readonly string[];
  /** Rules that fill only the dead-letter queue, with what they could not deliver elsewhere. */
  otherRuleArns?: readonly string[];
}

/** A queue that rules fill and a function empties, and where what the function could not finish ends. */
export interface QueueOfRules {
  queue: aws.sqs.Queue;
  deadLetterQueue: aws.sqs.Queue;
  /** Targets of the rules depend on both: a rule that may not send loses its event. */
  queuePolicy: aws.sqs.QueuePolicy;
  deadLetterQueuePolicy: aws.sqs.QueuePolicy;
}

/** The longest there is. */
const DLQ_RETENTION_SECONDS = 14 * 86_400;

export function queueOfRules(
  name: string,
  args: QueueOfRulesArgs,
  options: pulumi.CustomResourceOptions,
): QueueOfRules {
  const { region, queueName, queueArn, ruleArns, otherRuleArns = [] } = args;
  const deadLetterQueue = new aws.sqs.Queue(
    `${name}-dlq`,
    {
      region,
      name: `${queueName}-dlq`,
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
      { region, queueUrl: id, policy: policyDocument([rulesMaySend(arn, [...rules])]) },
      options,
    );
  return {
    queue,
    deadLetterQueue,
    queuePolicy: policy("queue", queue, queueArn, ruleArns),
    deadLetterQueuePolicy: policy("dlq", deadLetterQueue, `${queueArn}-dlq`, [...ruleArns, ...otherRuleArns]),
  };
}
