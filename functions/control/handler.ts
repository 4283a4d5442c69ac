/**
 * The function of a control: takes events from the control's queue in batches and reports those it couldn't finish, which the queue
 * delivers again. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { setTimeout } from "node:timers/promises";
import type { Control } from "../../controls/lib/control";
import type { Outcome } from "../../controls/lib/outcome";
import type { Remediation } from "../../controls/lib/remediation";
import { act, type Actor, type Work } from "./process-event";
import { close, tell, type OpenWork } from "./record-outcome";
import { messageBudget, startDeadline, type Deadline } from "./deadline";
import { eventFacts, parseEvent } from "../lib/event";
import { classify } from "../lib/classify-error";
import { REQUEST_LIMITS } from "../lib/request-limits";
import { dynamoDbStore } from "./ledger/dynamodb";
import { Ledger } from "./ledger/ledger";
import type { Store } from "./ledger/store";
import { putOutcome } from "./publish-outcome";
import { BusyError, comeAgain, retryDelay } from "./visibility";
import { readSettings, settingsText } from "../../contract/control-settings";
import { targetsOf } from "./resources-of-event";
import { undo, undoRequest, type UndoAnswer } from "./undo";

/** What the handler works with; each has a default for AWS. */
export interface Clients {
  sts: STSClient;
  eventBridge: EventBridgeClient;
  sqs: SQSClient;
  /** Where the ledger is kept. */
  store: Store;
  /** Milliseconds, for durations. */
  now: () => number;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Waits so many milliseconds. */
  sleep: (milliseconds: number) => Promise<unknown>;
  logger: Pick<Logger, "info" | "error">;
  metrics: Pick<Metrics, "addMetric" | "publishStoredMetrics">;
}

/** Answers a batch of messages with those to come again, and `{ undo: … }` (an `UndoRequest`) with what became of it. */
export type Handler = (
  event: SQSEvent | { undo: unknown },
  context: Context,
) => Promise<SQSBatchResponse | UndoAnswer>;

/**
 * Makes the handler of a control; one that only tells has no remediation. Reads its settings and throws when they are wrong, so that
 * the function doesn't start.
 */
export function createHandler<P>(
  control: Control<P>,
  remediation?: Remediation<P>,
  clients: Partial<Clients> = {},
): Handler {
  const settings = readSettings(settingsText(process.env), control);
  const options = { requestHandler: REQUEST_LIMITS };
  const tools: Clients = {
    sts: clients.sts ?? new STSClient(options),
    eventBridge: clients.eventBridge ?? new EventBridgeClient(options),
    // The queue's URL names AWS's own host; the client's endpoint is the one to call.
    sqs: clients.sqs ?? new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
    store: clients.store ?? dynamoDbStore(new DynamoDBClient(options), settings.ledger.table),
    now: clients.now ?? (() => performance.now()),
    clock: clients.clock ?? Date.now,
    sleep: clients.sleep ?? setTimeout,
    logger: clients.logger ?? new Logger({ serviceName: control.id }),
    metrics: clients.metrics ?? new Metrics({ namespace: "Bailiwick", serviceName: control.id }),
  };
  const ledgerOptions = {
    retentionDays: settings.ledger.retentionDays,
    windowMinutes: settings.breaker.windowMinutes,
  };
  // The settings' parameters went through the control's own schema, so they are what its remediation expects.
  const actor: Actor = {
    control,
    ...(remediation ? { remediation } : {}),
    settings,
    sts: tools.sts,
    ledger: new Ledger(tools.store, ledgerOptions, tools.clock),
    clock: tools.clock,
    sleep: tools.sleep,
  };
  const processor = new BatchProcessor(EventType.SQS);
  return async (event, context) => {
    const request = undoRequest(event);
    if (request) return undo(actor, tools.eventBridge, request);
    const response = await processPartialResponse(
      event as SQSEvent,
      (record: SQSRecord) => handleRecord(record, actor, tools, context),
      processor,
      { context, throwOnFullBatchFailure: false },
    );
    tools.metrics.publishStoredMetrics();
    return response;
  };
}

/** Handles one message; throws when it must come again. */
async function handleRecord(
  record: SQSRecord,
  actor: Actor,
  tools: Clients,
  context: Context,
): Promise<void> {
  const budget = messageBudget(context.getRemainingTimeInMillis());
  try {
    if (budget === undefined)
      throw new BusyError("The function has too little time left to begin with this message.");
    const deadline = startDeadline(budget);
    try {
      await handleMessage(record, actor, tools, deadline);
    } finally {
      deadline.close();
    }
  } catch (error) {
    const fault = classify(error, `handling message ${record.messageId}`);
    if (fault instanceof BusyError) {
      tools.logger.info(`deferred: ${fault.message}`, { messageId: record.messageId });
      tools.metrics.addMetric("deferred", MetricUnit.Count, 1);
    }
    // What a person must do something about comes again when the queue's visibility timeout is over.
    if (fault.retryable) {
      const { queueUrl } = actor.settings;
      const delay = retryDelay(attemptOf(record), Math.random());
      await comeAgain(tools.sqs, queueUrl, record, delay).catch((failure: unknown) =>
        tools.logger.error("The message could not be told to come again soon.", failure as Error),
      );
    }
    throw fault;
  }
}

/** Does what a message's event asks for, resource by resource: most events are about one. */
async function handleMessage(
  record: SQSRecord,
  actor: Actor,
  tools: Clients,
  deadline: Deadline,
): Promise<void> {
  const started = tools.now();
  const { control } = actor;
  const outcome: Outcome = {
    control: control.id,
    eventId: record.messageId,
    resource: null,
    severity: control.severity,
    outcome: "failed",
    findings: [],
    remedies: [],
    attempt: attemptOf(record),
    durationMilliseconds: 0,
  };
  const blank: OpenWork = {
    subject: { control: control.id, resource: "unknown", account: "unknown", event: record.messageId },
    attempt: attemptOf(record),
    deadline,
    outcome,
    acted: false,
  };
  let works: Work[];
  try {
    const event = parseEvent(record.body);
    Object.assign(outcome, eventFacts(event));
    // One record may come by several ways, each with an envelope of its own.
    const known = outcome.cloudTrailEventId ?? event.id;
    works = (await targetsOf(actor, event)).map((resource) => ({
      ...blank,
      event,
      resource,
      subject: { control: control.id, resource: resource.arn, account: resource.account, event: known },
      outcome: { ...outcome, resource },
    }));
  } catch (error) {
    await end(blank, classify(error, `handling message ${record.messageId}`), started, actor, tools);
    return;
  }
  const failures: unknown[] = [];
  for (const work of works)
    await handleOne(work, started, actor, tools).catch((error) => failures.push(error));
  if (failures.length > 0) throw failures.find((failure) => !(failure instanceof BusyError)) ?? failures[0];
}

async function handleOne(work: Work, started: number, actor: Actor, tools: Clients): Promise<void> {
  let fault: Error | undefined;
  try {
    const result = await act(actor, work);
    if (result === undefined) {
      await tell(actor, tools.eventBridge, work);
      return;
    }
    Object.assign(work.outcome, result);
  } catch (error) {
    fault = classify(error, `handling ${work.resource.arn}`);
    // Nothing became of this delivery.
    if (fault instanceof BusyError) throw fault;
  }
  await end(work, fault, started, actor, tools);
}

/** Reports what became of an event; throws when its message must come again. */
async function end(
  work: OpenWork,
  fault: Error | undefined,
  started: number,
  actor: Actor,
  tools: Clients,
): Promise<void> {
  const { outcome } = work;
  const fail = (error: ReturnType<typeof classify>) =>
    Object.assign(outcome, { outcome: "failed", error: error.message, retryable: error.retryable });
  if (fault) fail(classify(fault, "handling a message"));
  outcome.durationMilliseconds = Math.round(tools.now() - started);
  let failure = fault;
  let first = true;
  try {
    first = await close(actor, tools.eventBridge, work, fault !== undefined);
  } catch (error) {
    const unreported = classify(error, "reporting an outcome");
    failure ??= unreported;
    tools.logger.error("The outcome could not be reported.", error as Error);
    // The ledger doesn't have it: that at least must be heard.
    if (!work.entered) {
      if (!fault) fail(unreported);
      await putOutcome(tools.eventBridge, actor.settings.busName, outcome).catch(() => undefined);
    }
  }
  if (first) {
    const what = `${outcome.outcome}: ${outcome.resource?.arn ?? "unknown resource"}`;
    tools.logger[failure ? "error" : "info"](what, { outcome });
    tools.metrics.addMetric(outcome.outcome, MetricUnit.Count, 1);
    tools.metrics.addMetric("duration", MetricUnit.Milliseconds, outcome.durationMilliseconds);
  }
  if (failure) throw failure;
}

const attemptOf = (record: SQSRecord) => Number(record.attributes.ApproximateReceiveCount) || 1;
