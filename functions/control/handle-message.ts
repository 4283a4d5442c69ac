/** Handles one message of a control's queue: finds the resources of its event, processes each, and reports its outcome. */
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { SQSRecord } from "aws-lambda";
import { MOST_RESOURCES_AT_ONCE } from "../../contract/limits";
import type { Look } from "../../contract/looks";
import type { PermanentError, RetryableError } from "../../controls/lib/errors";
import type { ResourceReference } from "../../controls/lib/resources";
import { classifyError } from "../lib/classify-error";
import { eventFacts } from "../lib/event";
import { BusyError } from "./busy";
import type { Clients } from "./clients";
import type { Deadline } from "./deadline";
import { describeFailure, freshBody, giveUp, nextAttempt, retryLater } from "./failed-attempt";
import { lookOf, nextAttemptAt, sendLook } from "./look-again";
import { parseMessage } from "./parse-message";
import { processEvent } from "./process-event";
import { publishOutcome } from "./publish-outcome";
import { publishPending, recordOutcome, recordWaiting, sendNextLook } from "./record-outcome";
import { resourcesOfEvent } from "./resources-of-event";
import type { ControlRuntime, RecordableWork, Work } from "./work";

/** What the message's steps share. */
interface Message {
  runtime: ControlRuntime;
  clients: Clients;
  /** Milliseconds, of `clients.now`. */
  started: number;
}

/** How many messages are sent at the same time. */
const SENDS_AT_ONCE = 10;

/**
 * Processes each resource of a message's event: most events have one. What can't be finished goes on in a message of its own, so this
 * throws only if that can't be sent.
 */
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
    works = await worksOf(record, runtime, unresolved, clients);
  } catch (error) {
    await endUnresolved(
      message,
      record,
      unresolved,
      classifyError(error, `handling message ${record.messageId}`),
    );
    return;
  }
  if (works.length > MOST_RESOURCES_AT_ONCE) {
    await shareOut(runtime, works);
    return;
  }
  const failures: unknown[] = [];
  for (const work of works)
    await processResource(message, work).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** What can be reported of a message in which no event or no resource was found. */
function unresolvedWork(
  record: SQSRecord,
  { control, clock }: ControlRuntime,
  deadline: Deadline,
): RecordableWork {
  const attempt = Number(record.attributes.ApproximateReceiveCount) || 1;
  return {
    subject: { control: control.id, resource: "unknown", account: "unknown", event: record.messageId },
    attempt,
    since: clock(),
    failures: [],
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
  { metrics }: Pick<Clients, "metrics">,
): Promise<Work[]> {
  const { event, look } = parseMessage(record.body);
  const outcome = Object.assign(unresolved.outcome, eventFacts(event));
  if (look) continueFrom(look, unresolved);
  // A CloudTrail record may arrive by several paths, each with an envelope of its own.
  const key = look?.event ?? outcome.cloudTrailEventId ?? event.id;
  const { resources, ungoverned } = look
    ? { resources: [look.resource], ungoverned: 0 }
    : await resourcesOfEvent(runtime, event);
  if (ungoverned > 0) metrics.addMetric("ungoverned", MetricUnit.Count, ungoverned);
  return resources.map((resource: ResourceReference) => ({
    ...unresolved,
    ...(look ? { reason: look.reason } : {}),
    event,
    resource,
    subject: { control: runtime.control.id, resource: resource.arn, account: resource.account, event: key },
    outcome: { ...outcome, resource },
  }));
}

/** A look counts on where the delivery before it ended. */
function continueFrom({ attempt, since, previous, failures }: Look, unresolved: RecordableWork): void {
  unresolved.attempt += attempt;
  unresolved.outcome.attempt = unresolved.attempt;
  unresolved.since = since ?? unresolved.since;
  if (previous !== undefined) unresolved.previous = previous;
  unresolved.failures = failures;
}

/** One call about many resources: each gets a message, and so time and attempts of its own. */
async function shareOut(runtime: ControlRuntime, works: readonly Work[]): Promise<void> {
  const now = runtime.clock();
  for (let from = 0; from < works.length; from += SENDS_AT_ONCE)
    await Promise.all(
      works.slice(from, from + SENDS_AT_ONCE).map((work) => {
        const look = lookOf({ ...work, attempt: 0 }, { reason: "shared", at: now, because: "" });
        return sendLook(runtime, work.event, look, now);
      }),
    );
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
    if ("unfinished" in result) {
      await recordWaiting(runtime, work, result.unfinished);
      await sendLook(runtime, work.event, lookOf(work, result.unfinished), result.unfinished.at);
      clients.metrics.addMetric("lookAgain", MetricUnit.Count, 1);
      return;
    }
    const { look, ...ended } = result;
    Object.assign(work.outcome, ended);
    if (look) await sendNextLook(runtime, work, look);
  } catch (error) {
    failure = classifyError(error, `handling ${work.resource.arn}`);
    if (failure instanceof BusyError) {
      await waitForOther(message, work, failure);
      return;
    }
  }
  await endAttempt(message, work, failure);
}

/** Another delivery is at work: this one has no outcome, and goes on later. */
async function waitForOther(
  { runtime, clients }: Message,
  work: Work,
  { message }: BusyError,
): Promise<void> {
  clients.logger.info(`deferred: ${message}`);
  clients.metrics.addMetric("deferred", MetricUnit.Count, 1);
  const at = nextAttemptAt(runtime.clock(), work.attempt, Math.random());
  await sendLook(runtime, work.event, lookOf(work, { reason: "busy", at, because: message }), at);
}

/** Reports how an attempt ended, and sends the next one if it failed. */
async function endAttempt(
  message: Message,
  work: Work,
  failure: PermanentError | RetryableError | undefined,
): Promise<void> {
  const { runtime } = message;
  const now = runtime.clock();
  const planned = failure && nextAttempt(failure, work, now);
  if (failure) describeFailure(work, failure, planned, now);
  const unreported = await reportOutcome(message, work, failure);
  const thrown = failure ?? unreported;
  if (!thrown) return;
  const next = failure ? planned : nextAttempt(thrown, work, now);
  if (next) await retryLater(runtime, work, thrown, next);
  else await giveUp(runtime, freshBody(work), thrown);
}

/** A message in which nothing was found that could be handled; one that the ledger prevents from being read is tried again. */
async function endUnresolved(
  message: Message,
  record: SQSRecord,
  work: RecordableWork,
  failure: PermanentError | RetryableError,
): Promise<void> {
  // Without a resource there is no look: the queue delivers it again.
  if (failure.retryable) throw failure;
  describeFailure(work, failure, undefined, message.runtime.clock());
  await reportOutcome(message, work, failure);
  await giveUp(message.runtime, record.body, failure);
}

/** Reports an outcome to ledger, bus, log and metrics. @returns why it could not be */
async function reportOutcome(
  { runtime, clients, started }: Message,
  work: RecordableWork,
  failure: PermanentError | RetryableError | undefined,
): Promise<PermanentError | RetryableError | undefined> {
  const { outcome } = work;
  const { eventBridge, logger, metrics } = clients;
  outcome.durationMilliseconds = Math.round(clients.now() - started);
  let unreported: PermanentError | RetryableError | undefined;
  let isFirst = true;
  try {
    isFirst = await recordOutcome(runtime, eventBridge, work, failure !== undefined);
  } catch (error) {
    unreported = classifyError(error, "reporting an outcome");
    logger.error("The outcome could not be reported.", error as Error);
    // Without the ledger, the bus at least must have it.
    if (!work.entered) {
      const now = runtime.clock();
      if (!failure) describeFailure(work, unreported, nextAttempt(unreported, work, now), now);
      await publishOutcome(eventBridge, runtime.settings.busName, outcome).catch(() => undefined);
    }
  }
  if (isFirst) {
    const text = `${outcome.outcome}: ${outcome.resource?.arn ?? "unknown resource"}`;
    logger[failure || unreported ? "error" : "info"](text, { outcome });
    metrics.addMetric(outcome.outcome, MetricUnit.Count, 1);
    if (outcome.breaker?.opened) metrics.addMetric("breakerOpened", MetricUnit.Count, 1);
    metrics.addMetric("duration", MetricUnit.Milliseconds, outcome.durationMilliseconds);
  }
  return unreported;
}
