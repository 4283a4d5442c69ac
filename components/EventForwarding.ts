import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  arn,
  FORWARDING_DLQ_NAME,
  FORWARDING_ROLE_NAME,
  forwardingRuleName,
  readForwardingRuleName,
  WITH_READS,
} from "../contract/names";
import { policyDocument, rulesMaySend, trustPolicy } from "./lib/policy-documents";

export interface EventForwardingArgs {
  partition: string;
  /** The account whose events are forwarded. */
  accountId: string;
  /** Where its default buses forward: every governed region and the one in which global services report. */
  regions: string[];
  /** Event patterns of at most 2,048 characters, a rule each. */
  patterns: string[];
  /**
   * Patterns of read-only management events. Their rules are apart, because the state that gives them these events gives them all that
   * their pattern lets through. Default none.
   */
  readPatterns?: string[];
  hubBusArn: string;
  provider: aws.Provider;
}

/** Events that can't be delivered wait this long to be looked at and sent again: SQS's longest. */
const DLQ_RETENTION_SECONDS = 14 * 86_400;
/** EventBridge's longest, a day. */
const MAXIMUM_EVENT_AGE_SECONDS = 86_400;
const MAXIMUM_RETRIES = 185;

/**
 * One account's forwarding: in each region rules on the default bus, straight to the hub bus, because an event that arrived from
 * another bus can't be sent on (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html).
 */
export class EventForwarding extends pulumi.ComponentResource {
  readonly role: aws.iam.Role;
  readonly rules: aws.cloudwatch.EventRule[] = [];

  constructor(name: string, args: EventForwardingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:EventForwarding", name, args, opts);
    const options = { parent: this, provider: args.provider };
    this.role = new aws.iam.Role(
      `${name}-role`,
      {
        name: FORWARDING_ROLE_NAME,
        description: "Lets EventBridge forward governed events to the hub bus",
        assumeRolePolicy: trustPolicy({
          Principal: { Service: "events.amazonaws.com" },
          Condition: {
            StringEquals: { "aws:SourceAccount": args.accountId },
            // These rules in any region: to name each region's would be too long for IAM, which takes 2,048 characters, from 13 regions on.
            ArnLike: { "aws:SourceArn": ruleArns(args, "*") },
          },
        }),
      },
      options,
    );
    const rolePolicy = new aws.iam.RolePolicy(
      `${name}-role-policy`,
      {
        name: "forward",
        role: this.role.name,
        policy: policyDocument([{ Effect: "Allow", Action: "events:PutEvents", Resource: args.hubBusArn }]),
      },
      options,
    );
    for (const region of args.regions) this.forwardRegion(`${name}-${region}`, region, args, rolePolicy);
    this.registerOutputs({ roleArn: this.role.arn });
  }

  private forwardRegion(
    name: string,
    region: string,
    args: EventForwardingArgs,
    rolePolicy: aws.iam.RolePolicy,
  ): void {
    const options = { parent: this, provider: args.provider };
    const queueArn = arn(args.partition, "sqs", region, args.accountId, FORWARDING_DLQ_NAME);
    // EventBridge wants a dead-letter queue in the rule's own region.
    const queue = new aws.sqs.Queue(
      `${name}-dlq`,
      {
        region,
        name: FORWARDING_DLQ_NAME,
        messageRetentionSeconds: DLQ_RETENTION_SECONDS,
        sqsManagedSseEnabled: true,
      },
      options,
    );
    const queuePolicy = new aws.sqs.QueuePolicy(
      `${name}-dlq-policy`,
      {
        region,
        queueUrl: queue.id,
        policy: policyDocument([rulesMaySend(queueArn, ruleArns(args, region))]),
      },
      options,
    );
    rulesOf(args).forEach(({ suffix, ruleName, eventPattern, state }) => {
      const rule = new aws.cloudwatch.EventRule(
        `${name}-rule-${suffix}`,
        {
          region,
          name: ruleName,
          description: "What the enabled controls look at, to the hub",
          eventPattern,
          state,
        },
        options,
      );
      this.rules.push(rule);
      new aws.cloudwatch.EventTarget(
        `${name}-target-${suffix}`,
        {
          region,
          rule: rule.name,
          targetId: "hub",
          arn: args.hubBusArn,
          roleArn: this.role.arn,
          deadLetterConfig: { arn: queue.arn },
          retryPolicy: {
            maximumEventAgeInSeconds: MAXIMUM_EVENT_AGE_SECONDS,
            maximumRetryAttempts: MAXIMUM_RETRIES,
          },
        },
        { ...options, dependsOn: [rolePolicy, queuePolicy] },
      );
    });
  }
}

const ruleArns = (args: EventForwardingArgs, region: string) =>
  rulesOf(args).map(({ ruleName }) =>
    arn(args.partition, "events", region, args.accountId, `rule/${ruleName}`),
  );

const rulesOf = ({ patterns, readPatterns = [] }: EventForwardingArgs) => [
  ...patterns.map((eventPattern, index) => ({
    suffix: `${index + 1}`,
    ruleName: forwardingRuleName(index),
    eventPattern,
    state: "ENABLED",
  })),
  ...readPatterns.map((eventPattern, index) => ({
    suffix: `reads-${index + 1}`,
    ruleName: readForwardingRuleName(index),
    eventPattern,
    state: WITH_READS,
  })),
];
