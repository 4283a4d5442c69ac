import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { HUB_BUS_NAME } from "../contract/names";

export interface SlackDestinationArgs {
  /** The hub's region. */
  region: string;
  /** What connection, destination and rule are called, the rule with `-send` behind it. */
  resourceName: string;
  /** The incoming webhook's URL: whoever knows it can write into the channel. */
  webhookUrl: pulumi.Input<string>;
  /** Event pattern of the channel's messages, whose `detail.payload` is the body of the request. */
  pattern: string;
  /** With it EventBridge calls the destination. */
  roleArn: pulumi.Input<string>;
  /** What Slack did not take within a day ends there. */
  deadLetterQueueArn: pulumi.Input<string>;
  provider: aws.Provider;
}

/** Slack takes about one message a second a channel. https://docs.slack.dev/apis/web-api/rate-limits */
const MESSAGES_PER_SECOND = 1;
/** EventBridge's longest. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const MAXIMUM_EVENT_AGE_SECONDS = 86_400;
const MAXIMUM_RETRIES = 185;

/**
 * A Slack channel's incoming webhook as an API destination: EventBridge keeps to the rate, waits for five seconds at most, tries again
 * what is refused for a while (429, 5xx, too slow), and puts the rest into the dead-letter queue.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
 */
export class SlackDestination extends pulumi.ComponentResource {
  constructor(name: string, args: SlackDestinationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:SlackDestination", name, args, opts);
    const { region, resourceName } = args;
    const options = { parent: this, provider: args.provider };
    // Every destination has a connection. A webhook knows its callers by its URL: the header says who calls, and is no secret.
    const connection = new aws.cloudwatch.EventConnection(
      `${name}-connection`,
      {
        region,
        name: resourceName,
        description: "A webhook knows its callers by its URL",
        authorizationType: "API_KEY",
        authParameters: { apiKey: { key: "X-Bailiwick-Channel", value: resourceName } },
      },
      options,
    );
    const destination = new aws.cloudwatch.EventApiDestination(
      `${name}-destination`,
      {
        region,
        name: resourceName,
        connectionArn: connection.arn,
        httpMethod: "POST",
        invocationEndpoint: args.webhookUrl,
        invocationRateLimitPerSecond: MESSAGES_PER_SECOND,
      },
      { ...options, additionalSecretOutputs: ["invocationEndpoint"] },
    );
    const rule = new aws.cloudwatch.EventRule(
      `${name}-send-rule`,
      {
        region,
        name: `${resourceName}-send`,
        eventBusName: HUB_BUS_NAME,
        description: "Messages, to Slack",
        eventPattern: args.pattern,
        state: "ENABLED",
      },
      options,
    );
    new aws.cloudwatch.EventTarget(
      `${name}-send-target`,
      {
        region,
        rule: rule.name,
        eventBusName: HUB_BUS_NAME,
        targetId: "slack",
        arn: destination.arn,
        roleArn: args.roleArn,
        inputPath: "$.detail.payload",
        deadLetterConfig: { arn: args.deadLetterQueueArn },
        retryPolicy: {
          maximumEventAgeInSeconds: MAXIMUM_EVENT_AGE_SECONDS,
          maximumRetryAttempts: MAXIMUM_RETRIES,
        },
      },
      options,
    );
    this.registerOutputs({});
  }
}
