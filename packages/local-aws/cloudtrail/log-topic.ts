/**
 * Notifies a trail's topic of each log file, if the topic's policy lets CloudTrail
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html).
 */
import { GetTopicAttributesCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { Emulator } from "../emulator/emulator";
import { DeliveryError } from "./delivery-error";
import type { Trail } from "./selectors";
import { ROOT_SECRET } from "./trails";

export interface LogTopic {
  /** @throws DeliveryError */
  notify(trail: Trail, key: string): Promise<void>;
  close(): void;
}

export function logTopics(emulator: Pick<Emulator, "url" | "authorize">): LogTopic {
  const clients = new Map<string, SNSClient>();
  const client = (account: string, region: string): SNSClient => {
    const key = `${account}/${region}`;
    let made = clients.get(key);
    if (!made) {
      const credentials = { accessKeyId: account, secretAccessKey: ROOT_SECRET };
      clients.set(key, (made = new SNSClient({ endpoint: emulator.url, region, credentials })));
    }
    return made;
  };

  return {
    async notify(trail, key) {
      const { topicArn: TopicArn } = trail;
      if (TopicArn === undefined) return;
      const [, , , region = "", account = ""] = TopicArn.split(":");
      const sns = client(account, region);
      const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn })).catch(notThere);
      const answer = await emulator.authorize({
        principal: { service: "cloudtrail.amazonaws.com" },
        action: "sns:Publish",
        resource: TopicArn,
        region,
        policy: Attributes?.["Policy"],
        owner: account,
        context: { "aws:SourceArn": trail.arn, "aws:SourceAccount": trail.account },
      });
      if (!answer.allowed)
        throw new DeliveryError(
          "AuthorizationError",
          `CloudTrail can't publish to ${TopicArn}: ${answer.reason}.`,
        );
      const Message = JSON.stringify({ s3Bucket: trail.bucket, s3ObjectKey: [key] });
      await sns.send(new PublishCommand({ TopicArn, Message }));
    },
    close() {
      for (const client of clients.values()) client.destroy();
    },
  };
}

function notThere(error: unknown): never {
  const { name, message } = error as Error;
  // The name in the API, to which the SDK adds Exception.
  throw name.startsWith("NotFound") ? new DeliveryError("NotFound", message) : error;
}
