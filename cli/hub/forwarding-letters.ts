/**
 * Events that an account could not forward. They can't be put on a bus again: EventBridge refuses sources of AWS's services from anybody
 * else (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html). So they go where the hub's rules would have sent
 * them: into the queue of each control whose pattern matches.
 */
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { matches, patternText } from "@bailiwick/aws-events";
import { controlRules } from "../../components/lib/control-events";
import type { Settings } from "../../config";
import { controlName, FORWARDING_DLQ_NAME, FORWARDING_ROLE_NAME } from "../../contract/names";
import { parseEvent } from "../../functions/lib/event";
import type { AccountAccess } from "./account-access";
import { deadLettersIn, handOnAll, type DeadLetters } from "./dead-letter-queues";

/** The name by which the command knows the queue. */
export const FORWARDING_QUEUE = FORWARDING_ROLE_NAME;

interface Place {
  account: string;
  region: string;
}

/** What became of the events of one account and region. */
interface Resent extends Place {
  /** Into at least one queue. */
  sent: number;
  /** Deleted, as no control that is on looks at them: the alarm's own changes, and events of controls that are off now. */
  unwanted: number;
  /** Left in the queue, as they aren't events of this account and region: whoever may write into the queue made them. */
  foreign: number;
}

/** @param only an account's id. */
export const governedPlaces = ({ governed, regions }: Settings, only?: string): Place[] =>
  governed
    .filter(({ id }) => only === undefined || id === only)
    .flatMap(({ id: account }) => regions.map((region) => ({ account, region })));

/** @returns undefined where there are none. */
export async function forwardingLetters(
  place: Place,
  settings: Settings,
  access: AccountAccess,
): Promise<DeadLetters | undefined> {
  const sqs = await access.queues(place.account, place.region);
  const found = await deadLettersIn(sqs, queueUrl(settings, place, FORWARDING_DLQ_NAME)).catch(isMissing);
  return found && found.messages > 0 ? found : undefined;
}

/** @returns undefined where there were none. */
export async function resendForwarded(
  place: Place,
  settings: Settings,
  access: AccountAccess,
): Promise<Resent | undefined> {
  const letters = await forwardingLetters(place, settings, access);
  if (letters === undefined) return undefined;
  const from = await access.queues(place.account, place.region);
  const hub = { account: settings.security.id, region: settings.homeRegion };
  const to = await access.queues(hub.account, hub.region);
  const resent: Resent = { ...place, sent: 0, unwanted: 0, foreign: 0 };
  await handOnAll(from, queueUrl(settings, place, FORWARDING_DLQ_NAME), letters.messages, async (body) => {
    if (!isOf(body, place)) {
      resent.foreign++;
      return false;
    }
    const controlIds = controlsFor(body, settings);
    for (const id of controlIds) await send(to, queueUrl(settings, hub, controlName(id)), body);
    if (controlIds.length > 0) resent.sent++;
    else resent.unwanted++;
    return true;
  });
  return resent;
}

const send = (sqs: SQSClient, QueueUrl: string, MessageBody: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

/** Ids of the controls whose rules on the hub bus match the event. */
export const controlsFor = (
  eventText: string,
  { controls, remediation }: Pick<Settings, "controls" | "remediation">,
): string[] =>
  controls
    .filter(({ control }) =>
      controlRules(control, remediation).some(({ pattern }) => matches(patternText(pattern), eventText)),
    )
    .map(({ control }) => control.id);

/** Whether it is an event of that account and region, as every event of its default bus is. */
function isOf(body: string, { account, region }: Place): boolean {
  try {
    const event = parseEvent(body);
    return event.account === account && event.region === region;
  } catch {
    return false;
  }
}

/** As SQS makes it of account and name. */
function queueUrl({ partition }: Settings, { account, region }: Place, name: string): string {
  const domain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://sqs.${region}.${domain}/${account}/${name}`;
}

/** Before the first deployment, or where the region was added later. */
function isMissing(error: Error): undefined {
  if (/NonExistentQueue|QueueDoesNotExist/.test(error.name)) return undefined;
  throw error;
}
