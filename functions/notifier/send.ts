/** From a message to where its channel is: a topic, or the hub bus, from where a rule takes it to the channel's API destination. */
import { PutEventsCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { RetryableError } from "../../controls/lib/errors";
import { classify } from "../lib/classify-error";
import { emailOf } from "./email";
import type { Message } from "./message";
import { NOTIFICATION_DETAIL_TYPE, NOTIFICATION_SOURCE } from "../../contract/hub-events";
import { slackPayload } from "./slack";
import type { ChannelTarget } from "../../contract/notifier-settings";

/** The detail of a `Channel Message` event: the rule of the channel hands `payload` to its API destination as it is. */
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

/** Throws RetryableError or PermanentError when nobody has taken the message over. */
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
    throw classify(error, `publishing to the topic of the channel ${name}`);
  }
}

export async function putMessage(detail: ChannelMessage, { eventBridge, busName }: Senders): Promise<void> {
  const entry = {
    EventBusName: busName,
    Source: NOTIFICATION_SOURCE,
    DetailType: NOTIFICATION_DETAIL_TYPE,
    Detail: JSON.stringify(detail),
  };
  let failed;
  try {
    const { Entries: entries } = await eventBridge.send(new PutEventsCommand({ Entries: [entry] }));
    failed = entries?.find(({ ErrorCode: code }) => code !== undefined);
  } catch (error) {
    throw classify(error, `putting a message of the channel ${detail.channel} on ${busName}`);
  }
  // PutEvents answers 200 even when it takes nothing.
  if (failed)
    throw new RetryableError(
      `${busName} did not take a message of the channel ${detail.channel}: ${failed.ErrorCode ?? ""} ${failed.ErrorMessage ?? ""}`.trim(),
    );
}
