import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type ResourcePolicyStatement } from "./lib/policy-documents";

export interface EmailDestinationArgs {
  /** The hub's region. */
  region: string;
  /** What the topic is called. */
  resourceName: string;
  /** Known at preview. */
  topicArn: string;
  /** Each is asked by SNS first whether it wants the mails. */
  addresses: string[];
  /** The only role that may publish; its role must be there before. */
  notifierRoleArn: string;
  provider: aws.Provider;
}

/**
 * A topic that mails. SNS itself tries again what a mail server refuses for a while.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
 */
export class EmailDestination extends pulumi.ComponentResource {
  constructor(name: string, args: EmailDestinationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:EmailDestination", name, args, opts);
    const { region, resourceName } = args;
    const options = { parent: this, provider: args.provider };
    const topic = new aws.sns.Topic(
      `${name}-topic`,
      { region, name: resourceName, displayName: "Bailiwick", kmsMasterKeyId: "alias/aws/sns" },
      options,
    );
    const notifierPublishes: ResourcePolicyStatement = {
      Sid: "NotifierPublishes",
      Effect: "Allow",
      Principal: { AWS: args.notifierRoleArn },
      Action: "sns:Publish",
      Resource: args.topicArn,
    };
    new aws.sns.TopicPolicy(
      `${name}-topic-policy`,
      { region, arn: topic.arn, policy: policyDocument([notifierPublishes]) },
      options,
    );
    for (const address of args.addresses)
      new aws.sns.TopicSubscription(
        // A slash is in no channel's name: two channels and addresses never make one name.
        `${name}-to/${address}`,
        { region, topic: topic.arn, protocol: "email", endpoint: address },
        options,
      );
    this.registerOutputs({ topicArn: topic.arn });
  }
}
