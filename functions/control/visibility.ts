/** When an unfinished message is delivered again: soon, and later with each attempt, not only after the queue's visibility timeout. */
import { ChangeMessageVisibilityCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { SQSRecord } from "aws-lambda";

/** By the number of deliveries so far. Their sum is longer than throttling and leases last. */
const DELAYS_SECONDS = [1, 5, 20, 60];
const JITTER = 0.2;

/** Seconds until the message is delivered again. @param random from 0 to 1 */
export function retryDelay(attempt: number, random: number): number {
  const base = DELAYS_SECONDS[Math.min(Math.max(attempt, 1), DELAYS_SECONDS.length) - 1] ?? 60;
  return Math.max(1, Math.round(base * (1 - JITTER + 2 * JITTER * random)));
}

/**
 * Delivers the message again after the delay. The function's batch must still report it as failed.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
export async function redeliverAfter(
  sqs: SQSClient,
  queueUrl: string,
  record: SQSRecord,
  delaySeconds: number,
): Promise<void> {
  await sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: queueUrl,
      ReceiptHandle: record.receiptHandle,
      VisibilityTimeout: delaySeconds,
    }),
  );
}
