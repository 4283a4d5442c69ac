/**
 * Looks at a resource again later: the one primitive for everything that isn't "now". A delay of up to 15 minutes is SQS's; beyond
 * that, EventBridge Scheduler puts the message on the queue.
 */
import {
  ActionAfterCompletion,
  CreateScheduleCommand,
  type SchedulerClient,
} from "@aws-sdk/client-scheduler";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { ControlFunctionSettings } from "../../contract/control-settings";
import { outcomeId } from "../../contract/ledger-keys";
import { LONGEST_QUEUE_DELAY_SECONDS } from "../../contract/limits";
import { LOOK_REASONS, type Look, type NextLook } from "../../contract/looks";
import { isNamed } from "../../controls/lib/errors";
import type { LookAgain, Work } from "./work";

interface LookSender {
  control: { id: string };
  sqs: SQSClient;
  scheduler: SchedulerClient;
  settings: Pick<ControlFunctionSettings, "queueUrl" | "looks">;
  /** Milliseconds since 1970. */
  clock: () => number;
}

/** Seconds before an unfinished event is looked at again, by the number of looks so far: up to 15 minutes. */
const DELAYS_SECONDS = [1, 5, 20, 60, 120, 240, 480, LONGEST_QUEUE_DELAY_SECONDS];
const JITTER = 0.2;

/** When the next attempt is due. @param attempt from 1 @param random from 0 to 1 */
export function nextAttemptAt(now: number, attempt: number, random: number): number {
  const seconds = DELAYS_SECONDS[Math.min(Math.max(attempt, 1), DELAYS_SECONDS.length) - 1] ?? 1;
  const jittered = Math.round(seconds * (1 - JITTER + 2 * JITTER * random));
  return now + 1000 * Math.min(Math.max(1, jittered), LONGEST_QUEUE_DELAY_SECONDS);
}

/** The note of a work's next look. */
export function lookOf(
  work: Pick<Work, "subject" | "resource" | "attempt" | "since" | "previous" | "failures">,
  { reason }: LookAgain,
): Look {
  const { subject, resource, attempt, since, previous, failures } = work;
  const begins = LOOK_REASONS[reason] === "begins";
  const event = begins ? `${subject.event} ${reason}` : subject.event;
  return {
    reason,
    event,
    resource,
    attempt: begins ? 0 : attempt,
    ...(begins ? {} : { since, ...(previous === undefined ? {} : { previous }) }),
    failures: begins ? [] : failures,
  };
}

/** The key of what a look leads to: the same for every delivery that asks for it, so that asking twice is asking once. */
export const lookId = (control: string, { resource, event }: Look): string =>
  outcomeId(control, resource.arn, event);

/** Sends a look. Sending one twice does no harm: the second is dropped, or finds its event finished. @throws what the SDK throws */
export async function sendLook(
  { control, sqs, scheduler, settings, clock }: LookSender,
  event: EventBridgeEvent,
  look: Look,
  at: number,
): Promise<void> {
  const body = JSON.stringify({ ...event, look });
  const seconds = Math.max(0, Math.ceil((at - clock()) / 1000));
  if (seconds <= LONGEST_QUEUE_DELAY_SECONDS) {
    await sqs.send(
      new SendMessageCommand({ QueueUrl: settings.queueUrl, MessageBody: body, DelaySeconds: seconds }),
    );
    return;
  }
  try {
    await scheduler.send(
      new CreateScheduleCommand({
        GroupName: settings.looks.scheduleGroup,
        Name: lookId(control.id, look),
        ScheduleExpression: `at(${new Date(at).toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: settings.looks.queueArn, RoleArn: settings.looks.roleArn, Input: body },
        ActionAfterCompletion: ActionAfterCompletion.DELETE,
      }),
    );
  } catch (error) {
    // Another delivery has scheduled it.
    if (!isNamed(error, "ConflictException")) throw error;
  }
}

/** For ledger and outcome. */
export const nextLookOf = ({ at, because }: LookAgain): NextLook => ({
  at: new Date(at).toISOString(),
  because,
});
