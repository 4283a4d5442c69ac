/** When a message that could not be finished comes again: soon, and later each time, instead of after the queue's visibility timeout. */
import { ChangeMessageVisibilityCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { SQSRecord } from "aws-lambda";
import { RetryableError } from "../../controls/lib/errors";

/** Someone else is at work on the resource, or was quicker: nothing is wrong, but it must be looked at again. */
export class BusyError extends RetryableError {
  constructor(
    message: string,
    /** When that other work is over at the latest; undefined: in a moment. */
    readonly milliseconds?: number,
  ) {
    super(message);
  }
}

/** By the number of times it was delivered. The sum outlasts what throttles and leases last. */
const DELAYS_SECONDS = [1, 5, 20, 60];
const JITTER = 0.2;

/** Seconds until the message is delivered again. `random` is from 0 to 1. */
export function retryDelay(attempt: number, random: number): number {
  const base = DELAYS_SECONDS[Math.min(Math.max(attempt, 1), DELAYS_SECONDS.length) - 1] ?? 60;
  return Math.max(1, Math.round(base * (1 - JITTER + 2 * JITTER * random)));
}

/**
 * Lets the message come again after the delay. The function's batch still reports it as failed.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
export async function comeAgain(
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
