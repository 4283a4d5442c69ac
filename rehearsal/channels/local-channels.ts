/** The channels of the organization on this machine: a Slack channel and a mailbox, both in the receiver. */
import { ConfirmSubscriptionCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { channelResourceName } from "../../contract/names";
import type { Settings } from "../../config";
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import type { Receiver } from "@bailiwick/local-aws/slack";

/** The webhook of a channel: a path below the receiver's address. */
export const webhookPath = (channel: string): string => `/services/LOCAL/${channel}/webhook`;

/** What `bailiwick:channels` is there: everything to Slack, what is critical by mail as well. Messages wait some seconds for others like them. */
export const localChannels = ({ url }: Pick<Receiver, "url">) => ({
  platform: { slack: { webhookUrl: `${url}${webhookPath("platform")}` }, groupSeconds: 5 },
  "on-call": {
    email: { addresses: ["on-call@example.com"] },
    minimumSeverity: "critical",
    groupSeconds: 5,
  },
});

/** Lets the receiver get what a topic would mail: the emulator sends no mails, but HTTP notifications it does send. */
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

/** For the receiver's `confirm`. */
export async function confirmSubscription(config: AwsClientConfig, TopicArn: string, Token: string): Promise<void> {
  const sns = new SNSClient(config);
  try {
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
  } finally {
    sns.destroy();
  }
}
