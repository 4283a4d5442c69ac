/** Sends a message to its channel: to a topic, or to the hub bus, from where a rule takes it to the channel's API destination. */
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { NOTIFICATION_DETAIL_TYPE, NOTIFICATION_SOURCE } from "../../contract/hub-events";
import type { ChannelTarget } from "../../contract/notifier-settings";
import { classifyError } from "../lib/classify-error";
import { putEvent } from "../lib/put-event";
import { emailOf } from "./email";
import type { Message } from "./message";
import { slackPayload } from "./slack";

/** The detail of a `Channel Message` event: the channel's rule hands `payload` to the API destination unchanged. */
export interface ChannelMessage {
  channel: string;
  control: string;
  payload: unknown;
}

export interface Senders {
  eventBridge: Pick<EventBridgeClient, "send">;
  sns: Pick<SNSClient, "send">;
  busName: string;
}

/** @throws RetryableError or PermanentError when nobody has accepted the message */
export async function send(message: Message, channel: ChannelTarget, senders: Senders): Promise<void> {
  const { kind, name } = channel;
  if (kind === "slack")
    return putMessage({ channel: name, control: message.control, payload: slackPayload(message) }, senders);
  const { subject, text } = emailOf(message);
  try {
    await senders.sns.send(
      new PublishCommand({ TopicArn: channel.topicArn, Subject: subject, Message: text }),
    );
  } catch (error) {
    throw classifyError(error, `publishing to the topic of the channel ${name}`);
  }
}

/** Puts a channel's message on the hub bus. @throws RetryableError or PermanentError when the bus didn't take it */
export async function putMessage(detail: ChannelMessage, { eventBridge, busName }: Senders): Promise<void> {
  const event = { source: NOTIFICATION_SOURCE, detailType: NOTIFICATION_DETAIL_TYPE, detail };
  await putEvent(eventBridge, busName, event, `a message of the channel ${detail.channel}`);
}
