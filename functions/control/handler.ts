/**
 * The function of a control: takes events from the control's queue in batches and reports those it couldn't finish, which the queue
 * delivers again. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { readControlSettings } from "../../contract/control-settings";
import { settingsText } from "../../contract/settings";
import type { Control } from "../../controls/lib/control";
import type { Remediation } from "../../controls/lib/remediation";
import { classifyError } from "../lib/classify-error";
import { clientsWith, type Clients } from "./clients";
import { messageBudget, startDeadline } from "./deadline";
import { handleMessage } from "./handle-message";
import { Ledger } from "./ledger/ledger";
import type { ControlRuntime } from "./work";

/** Answers a batch of messages with those to deliver again. */
export type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/**
 * Makes the handler of a control; one that only reports has no remediation. Reads the settings and throws when they are wrong, so
 * that the function doesn't start. @param given replace AWS's clients
 */
export function createHandler<P>(
  control: Control<P>,
  remediation?: Remediation<P>,
  given: Partial<Clients> = {},
): Handler {
  const settings = readControlSettings(settingsText(process.env), control);
  const clients = clientsWith(given, control.id, settings.ledger.table);
  const { retentionDays } = settings.ledger;
  const { windowMinutes } = settings.breaker;
  // The settings' parameters passed the control's own schema, so they are what its remediation expects.
  const runtime: ControlRuntime = {
    control,
    ...(remediation ? { remediation } : {}),
    settings,
    sts: clients.sts,
    ledger: new Ledger(clients.store, { retentionDays, windowMinutes }, clients.clock),
    sqs: clients.sqs,
    scheduler: clients.scheduler,
    clock: clients.clock,
    sleep: clients.sleep,
  };
  const processor = new BatchProcessor(EventType.SQS);
  return async (event, context) => {
    const response = await processPartialResponse(
      event,
      (record: SQSRecord) => handleRecord(record, runtime, clients, context),
      processor,
      { context, throwOnFullBatchFailure: false },
    );
    clients.metrics.publishStoredMetrics();
    return response;
  };
}

/** Handles one message; throws when the queue must deliver it again, after its visibility timeout. */
async function handleRecord(
  record: SQSRecord,
  runtime: ControlRuntime,
  clients: Clients,
  context: Context,
): Promise<void> {
  const budget = messageBudget(context.getRemainingTimeInMillis());
  if (budget === undefined) {
    await returnToQueue(record, runtime);
    return;
  }
  const deadline = startDeadline(budget);
  try {
    await handleMessage(record, runtime, clients, deadline);
  } catch (error) {
    const failure = classifyError(error, `handling message ${record.messageId}`);
    clients.logger.error(failure.message, { messageId: record.messageId });
    throw failure;
  } finally {
    deadline.close();
  }
}

/** For another invocation, which has time for it. */
async function returnToQueue({ body }: SQSRecord, { sqs, settings }: ControlRuntime): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: settings.queueUrl, MessageBody: body }));
}
