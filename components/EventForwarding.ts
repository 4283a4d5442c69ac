import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { metricAlarm } from "./lib/metric-alarm";
import type { ForwardingDescription, RegionForwardingDescription } from "./member-side";
import type { RoleDescription } from "./lib/member-roles";

interface EventForwardingArgs {
  /** What is deployed in the account. */
  forwarding: ForwardingDescription;
  /** Of the account. */
  provider: aws.Provider;
}

/** Forwards an account's events to the hub bus: a role, and in each region rules on the default bus and their dead-letter queue. */
export class EventForwarding extends pulumi.ComponentResource {
  constructor(name: string, args: EventForwardingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:EventForwarding", name, {}, opts);
    const { role, guardRole, regions } = args.forwarding;
    const roles = [
      ...this.addRole(`${name}-role`, role, args.provider),
      ...(guardRole ? this.addRole(`${name}-guard-role`, guardRole, args.provider) : []),
    ];
    for (const region of regions)
      this.forwardRegion(`${name}-${region.region}`, region, roles, args.provider);
    this.registerOutputs({});
  }

  private addRole(name: string, description: RoleDescription, provider: aws.Provider): pulumi.Resource[] {
    const options = { parent: this, provider };
    const role = new aws.iam.Role(
      name,
      {
        name: description.name,
        description: description.description,
        assumeRolePolicy: JSON.stringify(description.trustPolicy),
      },
      options,
    );
    const rolePolicy = new aws.iam.RolePolicy(
      `${name}-policy`,
      {
        name: description.policy.name,
        role: role.name,
        policy: JSON.stringify(description.policy.document),
      },
      options,
    );
    return [role, rolePolicy];
  }

  private forwardRegion(
    name: string,
    { region, deadLetterQueue, alarm, rules }: RegionForwardingDescription,
    roleWithPolicy: pulumi.Resource[],
    provider: aws.Provider,
  ): void {
    const options = { parent: this, provider };
    const { policy, messageRetentionSeconds, sqsManagedSseEnabled } = deadLetterQueue;
    const queue = new aws.sqs.Queue(
      `${name}-dlq`,
      { region, name: deadLetterQueue.name, messageRetentionSeconds, sqsManagedSseEnabled },
      options,
    );
    const queuePolicy = new aws.sqs.QueuePolicy(
      `${name}-dlq-policy`,
      { region, queueUrl: queue.id, policy: JSON.stringify(policy) },
      options,
    );
    metricAlarm(`${name}-alarm`, { ...alarm, region }, options);
    for (const { key, name: ruleName, description, eventPattern, state, target } of rules) {
      const rule = new aws.cloudwatch.EventRule(
        `${name}-rule-${key}`,
        { region, name: ruleName, description, eventPattern, state },
        options,
      );
      new aws.cloudwatch.EventTarget(
        `${name}-target-${key}`,
        {
          region,
          rule: rule.name,
          targetId: target.id,
          arn: target.arn,
          roleArn: target.roleArn,
          deadLetterConfig: { arn: target.deadLetterQueueArn },
          retryPolicy: {
            maximumEventAgeInSeconds: target.maximumEventAgeSeconds,
            maximumRetryAttempts: target.maximumRetryAttempts,
          },
        },
        { ...options, dependsOn: [...roleWithPolicy, queue, queuePolicy] },
      );
    }
  }
}
