import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyText, type ResourcePolicyStatement } from "./lib/policy-documents";

interface EmailDestinationArgs {
  /** The hub's region. */
  region: string;
  /** Name of the topic. */
  resourceName: string;
  /** Known at preview. */
  topicArn: string;
  /** SNS first asks each to confirm the subscription. */
  addresses: string[];
  /** The only role that may publish. SNS requires that it exists. */
  notifierRoleArn: string;
  provider: aws.Provider;
}

/**
 * A topic that sends e-mails. SNS itself retries when a mail server refuses one temporarily.
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
      { region, arn: topic.arn, policy: policyText([notifierPublishes]) },
      options,
    );
    for (const address of args.addresses)
      new aws.sns.TopicSubscription(
        // No channel's name contains a slash, so the resource's name is unique.
        `${name}-to/${address}`,
        { region, topic: topic.arn, protocol: "email", endpoint: address },
        options,
      );
    this.registerOutputs({ topicArn: topic.arn });
  }
}
