/** The notification channels of the local organization: a Slack channel and a mailbox, both served by the receiver. */
import { ConfirmSubscriptionCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { channelResourceName } from "../../contract/names";
import type { Settings } from "../../config";
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import type { Receiver } from "@bailiwick/local-aws/slack";

/** The webhook of a channel: a path under the receiver's address. */
const webhookPath = (channel: string): string => `/services/LOCAL/${channel}/webhook`;

/** The value of `bailiwick:channels` there: everything goes to Slack, critical messages by mail too. Similar messages are grouped for some seconds. */
export const localChannels = ({ url }: Pick<Receiver, "url">) => ({
  platform: { slack: { webhookUrl: `${url}${webhookPath("platform")}` }, groupSeconds: 5 },
  "on-call": {
    email: { addresses: ["on-call@example.com"] },
    minimumSeverity: "critical",
    groupSeconds: 5,
  },
});

/** Subscribes the receiver to the topics of the mail channels: the emulator sends HTTP notifications, but no mails. */
export async function subscribeMailbox(
  settings: Pick<Settings, "channels">,
  security: AwsClientConfig & { account: string },
  receiver: Pick<Receiver, "url">,
): Promise<void> {
  const { account, ...config } = security;
  const sns = new SNSClient(config);
  try {
    for (const { name } of settings.channels.filter(({ to }) => to.kind === "email"))
      await sns.send(
        new SubscribeCommand({
          TopicArn: `arn:aws:sns:${config.region}:${account}:${channelResourceName(name)}`,
          Protocol: "http",
          Endpoint: `${receiver.url}/mail`,
        }),
      );
  } finally {
    sns.destroy();
  }
}

/** Confirms a subscription to a topic; for the receiver's `confirm`. */
export async function confirmSubscription(
  config: AwsClientConfig,
  TopicArn: string,
  Token: string,
): Promise<void> {
  const sns = new SNSClient(config);
  try {
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
  } finally {
    sns.destroy();
  }
}
