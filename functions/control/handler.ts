/**
 * The function of a control: takes events from the control's queue in batches and reports those it couldn't finish, which the queue
 * delivers again. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { STSClient } from "@aws-sdk/client-sts";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Control, Outcome, Remediation } from "../../controls/control";
import { act, resourceOf, type Actor } from "./act";
import { eventFacts, parseEvent } from "./event";
import { classify } from "./failure";
import { putOutcome } from "./report";
import { readSettings, SETTINGS_VARIABLE } from "./settings";

/** What the handler works with; each has a default for AWS. */
export interface Clients {
  sts: STSClient;
  eventBridge: EventBridgeClient;
  /** Milliseconds. */
  now: () => number;
  logger: Pick<Logger, "info" | "error">;
  metrics: Pick<Metrics, "addMetric" | "publishStoredMetrics">;
}

export type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** No call may hang for as long as the function may run. */
const REQUEST_LIMITS = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/**
 * Makes the handler of a control; one that only tells has no remediation. Reads `BAILIWICK_SETTINGS` and throws when it is wrong, so
 * that the function doesn't start.
 */
export function createHandler<P>(
  control: Control<P>,
  remediation?: Remediation<P>,
  clients: Partial<Clients> = {},
): Handler {
  const settings = readSettings(process.env[SETTINGS_VARIABLE], control);
  const tools: Clients = {
    sts: new STSClient({ requestHandler: REQUEST_LIMITS }),
    eventBridge: new EventBridgeClient({ requestHandler: REQUEST_LIMITS }),
    now: () => performance.now(),
    logger: new Logger({ serviceName: control.id }),
    metrics: new Metrics({ namespace: "Bailiwick", serviceName: control.id }),
    ...clients,
  };
  // The settings' parameters went through the control's own schema, so they are what its remediation expects.
  const actor: Actor = {
    control,
    remediation,
    settings,
    sts: tools.sts,
  };
  const processor = new BatchProcessor(EventType.SQS);
  return async (event, context) => {
    const response = await processPartialResponse(
      event,
      (record: SQSRecord) => handleRecord(record, actor, tools),
      processor,
      {
        context,
        throwOnFullBatchFailure: false,
      },
    );
    tools.metrics.publishStoredMetrics();
    return response;
  };
}

/** Handles one message and reports what became of it; throws when the message must come again. */
async function handleRecord(record: SQSRecord, actor: Actor, tools: Clients): Promise<void> {
  const started = tools.now();
  const outcome: Outcome = {
    control: actor.control.id,
    eventId: record.messageId,
    resource: null,
    severity: actor.control.severity,
    outcome: "failed",
    findings: [],
    remedies: [],
    attempt: Number(record.attributes.ApproximateReceiveCount) || 1,
    durationMilliseconds: 0,
  };
  let failure: Error | undefined;
  try {
    const event = parseEvent(record.body);
    Object.assign(outcome, eventFacts(event));
    outcome.resource = resourceOf(actor.control, event);
    const result = await act(actor, event, outcome.resource, outcome);
    if (!result) return;
    Object.assign(outcome, result);
  } catch (error) {
    const fault = classify(error, `handling message ${record.messageId}`);
    Object.assign(outcome, { error: fault.message, retryable: fault.retryable });
    failure = fault;
  }
  outcome.durationMilliseconds = Math.round(tools.now() - started);
  tools.logger[failure ? "error" : "info"](
    `${outcome.outcome}: ${outcome.resource?.arn ?? "unknown resource"}`,
    { outcome },
  );
  tools.metrics.addMetric(outcome.outcome, MetricUnit.Count, 1);
  tools.metrics.addMetric("duration", MetricUnit.Milliseconds, outcome.durationMilliseconds);
  await putOutcome(tools.eventBridge, actor.settings.busName, outcome);
  if (failure) throw failure;
}
