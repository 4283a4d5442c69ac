import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { arn, HUB_BUS_NAME } from "../contract/names";
import { policyDocument } from "./lib/policy-documents";

export interface HubBusArgs {
  partition: string;
  organizationId: string;
  securityAccountId: string;
  /** The hub's region: every member's events come here. */
  region: string;
  /** How long the archive keeps events for replays, in days. */
  archiveRetentionDays: number;
  /** Keeps the archive from deletion by Pulumi. @default true */
  protectEvidence?: boolean;
  provider: aws.Provider;
}

/**
 * The bus in the security account to which all accounts of the organization, and nobody else, forward their events.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
 */
export class HubBus extends pulumi.ComponentResource {
  readonly bus: aws.cloudwatch.EventBus;
  /** PutTargets checks it first: whatever targets the bus depends on it. */
  readonly policy: aws.cloudwatch.EventBusPolicy;
  /** Known at preview. */
  readonly busArn: string;

  constructor(name: string, args: HubBusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:HubBus", name, args, opts);
    const { region } = args;
    const options = { parent: this, provider: args.provider };
    this.busArn = arn(args.partition, "events", region, args.securityAccountId, `event-bus/${HUB_BUS_NAME}`);
    this.bus = new aws.cloudwatch.EventBus(
      name,
      { region, name: HUB_BUS_NAME, description: "Events of all governed accounts" },
      options,
    );
    this.policy = new aws.cloudwatch.EventBusPolicy(
      `${name}-policy`,
      { region, eventBusName: this.bus.name, policy: policyDocument([this.organizationForwards(args)]) },
      options,
    );
    new aws.cloudwatch.EventArchive(
      `${name}-archive`,
      {
        region,
        name: HUB_BUS_NAME,
        description: "All events of the hub, for replays",
        eventSourceArn: this.bus.arn,
        retentionDays: args.archiveRetentionDays,
      },
      { ...options, protect: args.protectEvidence ?? true },
    );
    this.registerOutputs({ busArn: this.bus.arn });
  }

  private organizationForwards(args: HubBusArgs) {
    return {
      Sid: "OrganizationForwards",
      Effect: "Allow" as const,
      // The organization's accounts come and go; the condition says which of everybody is meant.
      Principal: "*",
      Action: "events:PutEvents",
      Resource: this.busArn,
      // No narrower: PutTargets is checked against it with the deploying principal, PutEvents with the forwarding role.
      Condition: { StringEquals: { "aws:PrincipalOrgID": args.organizationId } },
    };
  }
}
