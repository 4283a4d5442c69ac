import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { HUB_BUS_NAME, sendRuleName } from "../contract/names";

interface SlackDestinationArgs {
  /** The hub's region. */
  region: string;
  /** Name of connection and destination. */
  resourceName: string;
  /** The incoming webhook's URL, a secret: anybody who knows it can write to the channel. */
  webhookUrl: pulumi.Input<string>;
  /** Event pattern of the channel's messages, whose `detail.payload` is the body of the request. */
  pattern: string;
  /** The role with which EventBridge calls the destination. */
  roleArn: pulumi.Input<string>;
  /** Receives the messages that Slack doesn't accept within a day. */
  deadLetterQueueArn: pulumi.Input<string>;
  provider: aws.Provider;
}

/** Slack accepts about one message per second and channel. https://docs.slack.dev/apis/web-api/rate-limits */
const MESSAGES_PER_SECOND = 1;
/** EventBridge's longest. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const MAXIMUM_EVENT_AGE_SECONDS = 86_400;
const MAXIMUM_RETRIES = 185;

/**
 * A Slack channel's incoming webhook as an API destination. EventBridge respects the rate, waits up to five seconds for an answer,
 * retries temporary refusals (429, 5xx, no answer), and puts the rest into the dead-letter queue.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
 */
export class SlackDestination extends pulumi.ComponentResource {
  constructor(name: string, args: SlackDestinationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:SlackDestination", name, args, opts);
    const { region, resourceName } = args;
    const options = { parent: this, provider: args.provider };
    // Every destination requires a connection with authorization. A webhook's URL authorizes the caller, so this header isn't secret.
    const connection = new aws.cloudwatch.EventConnection(
      `${name}-connection`,
      {
        region,
        name: resourceName,
        description: "For a webhook, whose URL authorizes the caller",
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
        name: sendRuleName(resourceName),
        eventBusName: HUB_BUS_NAME,
        description: "Sends messages to Slack",
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
