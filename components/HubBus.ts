import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { patternText } from "@bailiwick/aws-events";
import { OUTCOME_SOURCE } from "../contract/hub-events";
import { arn, HUB_BUS_NAME, HUB_LOG_GROUP_NAME, SCHEDULE_GROUP_NAME } from "../contract/names";
import { busStatements } from "./lib/bus-policy";
import { hubBusArn } from "./lib/hub";
import { policyText, type ResourcePolicyStatement } from "./lib/policy-documents";

interface HubBusArgs {
  partition: string;
  organizationId: string;
  securityAccountId: string;
  /** The hub's region: every account's events are forwarded to it. */
  region: string;
  /** ARNs of who puts targets into rules, in all accounts. */
  deployers: string[];
  /** How long the archive keeps events for replays, in days. */
  archiveRetentionDays: number;
  /** How long the bus's log keeps what it could not deliver, in days. */
  logRetentionDays: number;
  /** Prevents Pulumi from deleting the bus, its policy and the archive. @default true */
  protectEvidence?: boolean;
  provider: aws.Provider;
}

/**
 * The bus in the security account, to which only accounts of the organization can forward their events.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
 */
export class HubBus extends pulumi.ComponentResource {
  readonly bus: aws.cloudwatch.EventBus;
  /** PutTargets checks it, so everything that targets the bus depends on it. */
  readonly policy: aws.cloudwatch.EventBusPolicy;
  /** Known at preview. */
  readonly busArn: string;

  constructor(name: string, args: HubBusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:HubBus", name, args, opts);
    const { region } = args;
    const options = { parent: this, provider: args.provider };
    this.busArn = hubBusArn(args);
    this.bus = new aws.cloudwatch.EventBus(
      name,
      {
        region,
        name: HUB_BUS_NAME,
        description: "Events of all governed accounts",
        // Details would be the events themselves, which may be confidential.
        logConfig: { level: "ERROR", includeDetail: "NONE" },
      },
      { ...options, protect: args.protectEvidence ?? true },
    );
    busLog(`${name}-log`, args, this.bus, options);
    this.policy = new aws.cloudwatch.EventBusPolicy(
      `${name}-policy`,
      { region, eventBusName: this.bus.name, policy: policyText(busStatements(args)) },
      { ...options, protect: args.protectEvidence ?? true },
    );
    new aws.cloudwatch.EventArchive(
      `${name}-archive`,
      {
        region,
        name: HUB_BUS_NAME,
        description: "The accounts' events, for replays",
        eventSourceArn: this.bus.arn,
        // The functions' own events aren't archived: a replay must notify nobody again.
        eventPattern: patternText({ source: [{ "anything-but": { prefix: OUTCOME_SOURCE } }] }),
        retentionDays: args.archiveRetentionDays,
      },
      { ...options, protect: args.protectEvidence ?? true },
    );
    new aws.scheduler.ScheduleGroup(`${name}-schedules`, { region, name: SCHEDULE_GROUP_NAME }, options);
    this.registerOutputs({ busArn: this.bus.arn });
  }
}

/**
 * Where the bus's log goes: EventBridge hands it to CloudWatch Logs' delivery, which takes it from a source to a destination.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-logs.html
 */
function busLog(
  name: string,
  { partition, region, securityAccountId, logRetentionDays }: HubBusArgs,
  bus: aws.cloudwatch.EventBus,
  options: pulumi.CustomResourceOptions,
): void {
  const group = new aws.cloudwatch.LogGroup(
    `${name}-group`,
    { region, name: HUB_LOG_GROUP_NAME, retentionInDays: logRetentionDays },
    options,
  );
  const policy = new aws.cloudwatch.LogResourcePolicy(
    `${name}-policy`,
    {
      region,
      policyName: "bailiwick-hub-log",
      policyDocument: policyText([
        {
          Sid: "DeliveryWrites",
          Effect: "Allow",
          Principal: { Service: "delivery.logs.amazonaws.com" },
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: arn(
            partition,
            "logs",
            region,
            securityAccountId,
            `log-group:${HUB_LOG_GROUP_NAME}:log-stream:*`,
          ),
          Condition: {
            StringEquals: { "aws:SourceAccount": securityAccountId },
            ArnLike: { "aws:SourceArn": arn(partition, "logs", region, securityAccountId, "*") },
          },
        } as ResourcePolicyStatement,
      ]),
    },
    options,
  );
  const source = new aws.cloudwatch.LogDeliverySource(
    `${name}-source`,
    { region, name: "bailiwick-hub", logType: "ERROR_LOGS", resourceArn: bus.arn },
    options,
  );
  const destination = new aws.cloudwatch.LogDeliveryDestination(
    `${name}-destination`,
    {
      region,
      name: "bailiwick-hub",
      deliveryDestinationConfiguration: { destinationResourceArn: group.arn },
    },
    options,
  );
  new aws.cloudwatch.LogDelivery(
    `${name}-delivery`,
    { region, deliverySourceName: source.name, deliveryDestinationArn: destination.arn },
    { ...options, dependsOn: [policy] },
  );
}
