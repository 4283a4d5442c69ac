/** Handles one message of a control's queue: finds the resources of its event, processes each, and reports its outcome. */
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { SQSRecord } from "aws-lambda";
import type { PermanentError, RetryableError } from "../../controls/lib/errors";
import { classifyError } from "../lib/classify-error";
import { eventFacts, parseEvent } from "../lib/event";
import { BusyError } from "./claim";
import type { Clients } from "./clients";
import type { Deadline } from "./deadline";
import { processEvent } from "./process-event";
import { publishOutcome } from "./publish-outcome";
import { publishPending, recordOutcome } from "./record-outcome";
import { resourcesOfEvent } from "./resources-of-event";
import type { ControlRuntime, RecordableWork, Work } from "./work";

/** What the message's steps share. */
interface Message {
  runtime: ControlRuntime;
  clients: Clients;
  /** Milliseconds, of `clients.now`. */
  started: number;
}

/** The number of this delivery. */
export const attemptOf = (record: SQSRecord) => Number(record.attributes.ApproximateReceiveCount) || 1;

/** Processes each resource of a message's event: most events have one. Throws when the message must be delivered again. */
export async function handleMessage(
  record: SQSRecord,
  runtime: ControlRuntime,
  clients: Clients,
  deadline: Deadline,
): Promise<void> {
  const message: Message = { runtime, clients, started: clients.now() };
  const unresolved = unresolvedWork(record, runtime, deadline);
  let works: Work[];
  try {
    works = await worksOf(record, runtime, unresolved);
  } catch (error) {
    const failure = classifyError(error, `handling message ${record.messageId}`);
    await reportOutcome(message, unresolved, failure);
    return;
  }
  const failures: unknown[] = [];
  for (const work of works)
    await processResource(message, work).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures.find((failure) => !(failure instanceof BusyError)) ?? failures[0];
}

/** What can be reported of a message in which no event or no resource was found. */
function unresolvedWork(record: SQSRecord, { control }: ControlRuntime, deadline: Deadline): RecordableWork {
  const attempt = attemptOf(record);
  return {
    subject: { control: control.id, resource: "unknown", account: "unknown", event: record.messageId },
    attempt,
    deadline,
    outcome: {
      control: control.id,
      eventId: record.messageId,
      resource: null,
      severity: control.severity,
      outcome: "failed",
      findings: [],
      remedies: [],
      attempt,
      durationMilliseconds: 0,
    },
    acted: false,
  };
}

/** The work on each resource of the message's event. Adds the event's facts to the outcome of `unresolved`. */
async function worksOf(
  record: SQSRecord,
  runtime: ControlRuntime,
  unresolved: RecordableWork,
): Promise<Work[]> {
  const event = parseEvent(record.body);
  const outcome = Object.assign(unresolved.outcome, eventFacts(event));
  // A CloudTrail record may arrive by several paths, each with an envelope of its own.
  const key = outcome.cloudTrailEventId ?? event.id;
  return (await resourcesOfEvent(runtime, event)).map((resource) => ({
    ...unresolved,
    event,
    resource,
    subject: {
      control: runtime.control.id,
      resource: resource.arn,
      account: resource.account,
      event: key,
    },
    outcome: { ...outcome, resource },
  }));
}

async function processResource(message: Message, work: Work): Promise<void> {
  const { runtime, clients } = message;
  let failure: PermanentError | RetryableError | undefined;
  try {
    const result = await processEvent(runtime, work);
    if (result === undefined) {
      await publishPending(runtime, clients.eventBridge, work);
      return;
    }
    Object.assign(work.outcome, result);
  } catch (error) {
    failure = classifyError(error, `handling ${work.resource.arn}`);
    // This delivery has no outcome.
    if (failure instanceof BusyError) throw failure;
  }
  await reportOutcome(message, work, failure);
}

/** Reports an outcome to ledger, bus, log and metrics; throws when the message must be delivered again. */
async function reportOutcome(
  { runtime, clients, started }: Message,
  work: RecordableWork,
  failure: PermanentError | RetryableError | undefined,
): Promise<void> {
  const { outcome } = work;
  const { eventBridge, logger, metrics } = clients;
  const fail = ({ message, retryable }: PermanentError | RetryableError) =>
    Object.assign(outcome, { outcome: "failed", error: message, retryable });
  if (failure) fail(failure);
  outcome.durationMilliseconds = Math.round(clients.now() - started);
  let thrown = failure;
  let isFirst = true;
  try {
    isFirst = await recordOutcome(runtime, eventBridge, work, failure !== undefined);
  } catch (error) {
    const unreported = classifyError(error, "reporting an outcome");
    thrown ??= unreported;
    logger.error("The outcome could not be reported.", error as Error);
    // Without the ledger, the bus at least must have it.
    if (!work.entered) {
      if (!failure) fail(unreported);
      await publishOutcome(eventBridge, runtime.settings.busName, outcome).catch(() => undefined);
    }
  }
  if (isFirst) {
    const text = `${outcome.outcome}: ${outcome.resource?.arn ?? "unknown resource"}`;
    logger[thrown ? "error" : "info"](text, { outcome });
    metrics.addMetric(outcome.outcome, MetricUnit.Count, 1);
    metrics.addMetric("duration", MetricUnit.Milliseconds, outcome.durationMilliseconds);
  }
  if (thrown) throw thrown;
}
