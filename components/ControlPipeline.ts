import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ControlSettings } from "../config";
import type { PolicyStatement } from "../controls/control";
import { patternText } from "../events";
import { bundleControl } from "../functions/bundle";
import {
  arn,
  controlName,
  functionRoleName,
  HUB_BUS_NAME,
  policyDocument,
  rulesMaySend,
  trustPolicy,
} from "./naming";

export interface ControlPipelineArgs {
  partition: string;
  organizationId: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  hubBusArn: string;
  settings: ControlSettings;
  /** How long the function's log group keeps its logs, in days. */
  logRetentionDays: number;
  provider: aws.Provider;
}

const FUNCTION_TIMEOUT_SECONDS = 60;
/** AWS's advice, so that a batch under way isn't delivered again: six times the function's timeout. */
const VISIBILITY_TIMEOUT_SECONDS = 6 * FUNCTION_TIMEOUT_SECONDS;
const DLQ_RETENTION_SECONDS = 14 * 86_400;
const MAXIMUM_RECEIVES = 5;
const BATCH_SIZE = 10;
/** Bounds what a burst may do at once in the member accounts. */
const MAXIMUM_CONCURRENCY = 10;
const MEMORY_MEGABYTES = 512;

/**
 * From the hub bus to a control's function: rule → queue (with dead-letter queue) → function with a role of its own.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export class ControlPipeline extends pulumi.ComponentResource {
  readonly role: aws.iam.Role;
  readonly queue: aws.sqs.Queue;
  readonly deadLetterQueue: aws.sqs.Queue;
  readonly function: aws.lambda.Function;
  /** Known at preview. */
  readonly roleArn: string;

  constructor(name: string, args: ControlPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:ControlPipeline", name, args, opts);
    const { region, partition, securityAccountId } = args;
    const { control } = args.settings;
    const options = { parent: this, provider: args.provider };
    const resourceName = controlName(control.id);
    const ruleArn = arn(
      partition,
      "events",
      region,
      securityAccountId,
      `rule/${HUB_BUS_NAME}/${resourceName}`,
    );
    const queueArn = arn(partition, "sqs", region, securityAccountId, resourceName);
    const deadLetterQueueArn = `${queueArn}-dlq`;
    const logGroupName = `/aws/lambda/${resourceName}`;
    this.roleArn = arn(partition, "iam", "", securityAccountId, `role/${functionRoleName(control.id)}`);

    this.deadLetterQueue = new aws.sqs.Queue(
      `${name}-dlq`,
      {
        region,
        name: `${resourceName}-dlq`,
        messageRetentionSeconds: DLQ_RETENTION_SECONDS,
        sqsManagedSseEnabled: true,
        redriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [queueArn] }),
      },
      options,
    );
    this.queue = new aws.sqs.Queue(
      `${name}-queue`,
      {
        region,
        name: resourceName,
        visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
        sqsManagedSseEnabled: true,
        redrivePolicy: pulumi.jsonStringify({
          deadLetterTargetArn: this.deadLetterQueue.arn,
          maxReceiveCount: MAXIMUM_RECEIVES,
        }),
      },
      options,
    );
    const queuePolicy = new aws.sqs.QueuePolicy(
      `${name}-queue-policy`,
      { region, queueUrl: this.queue.id, policy: policyDocument([rulesMaySend(queueArn, [ruleArn])]) },
      options,
    );
    const deadLetterQueuePolicy = new aws.sqs.QueuePolicy(
      `${name}-dlq-policy`,
      {
        region,
        queueUrl: this.deadLetterQueue.id,
        policy: policyDocument([rulesMaySend(deadLetterQueueArn, [ruleArn])]),
      },
      options,
    );
    this.role = new aws.iam.Role(
      `${name}-role`,
      {
        name: functionRoleName(control.id),
        description: `Function of the control ${control.id}`,
        assumeRolePolicy: trustPolicy({ Principal: { Service: "lambda.amazonaws.com" } }),
      },
      options,
    );
    const rolePolicy = new aws.iam.RolePolicy(
      `${name}-role-policy`,
      {
        name: "run",
        role: this.role.name,
        policy: policyDocument(functionPermissions(args, queueArn, logGroupName)),
      },
      options,
    );
    const logGroup = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { region, name: logGroupName, retentionInDays: args.logRetentionDays },
      options,
    );
    this.function = new aws.lambda.Function(
      `${name}-function`,
      {
        region,
        name: resourceName,
        description: control.title,
        role: this.role.arn,
        runtime: aws.lambda.Runtime.NodeJS22dX,
        architectures: ["arm64"],
        handler: "index.handler",
        code: new pulumi.asset.AssetArchive({
          "index.mjs": new pulumi.asset.StringAsset(bundleControl(control.id).code),
        }),
        timeout: FUNCTION_TIMEOUT_SECONDS,
        memorySize: MEMORY_MEGABYTES,
        environment: { variables: functionEnvironment(args) },
      },
      { ...options, dependsOn: [rolePolicy, logGroup] },
    );
    new aws.lambda.EventSourceMapping(
      `${name}-source`,
      {
        region,
        eventSourceArn: this.queue.arn,
        functionName: this.function.name,
        batchSize: BATCH_SIZE,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: MAXIMUM_CONCURRENCY },
      },
      options,
    );
    const rule = new aws.cloudwatch.EventRule(
      `${name}-rule`,
      {
        region,
        name: resourceName,
        eventBusName: HUB_BUS_NAME,
        description: control.title,
        eventPattern: patternText(control.pattern),
        state: "ENABLED",
      },
      options,
    );
    new aws.cloudwatch.EventTarget(
      `${name}-target`,
      {
        region,
        rule: rule.name,
        eventBusName: HUB_BUS_NAME,
        targetId: "queue",
        arn: this.queue.arn,
        deadLetterConfig: { arn: this.deadLetterQueue.arn },
      },
      { ...options, dependsOn: [queuePolicy, deadLetterQueuePolicy] },
    );
    this.registerOutputs({ functionName: this.function.name, queueUrl: this.queue.url });
  }
}

/** What the function's own role may: run, read its queue, go into the member accounts, report. */
function functionPermissions(
  args: ControlPipelineArgs,
  queueArn: string,
  logGroupName: string,
): PolicyStatement[] {
  const { partition, region, securityAccountId } = args;
  const { control } = args.settings;
  const enterMembers: PolicyStatement = {
    Sid: "EnterMembers",
    Effect: "Allow",
    Action: "sts:AssumeRole",
    // Any account, because they come and go; but of this organization only, and only this control's role there.
    Resource: arn(partition, "iam", "", "*", `role/${controlName(control.id)}`),
    Condition: { StringEquals: { "aws:ResourceOrgID": args.organizationId } },
  };
  return [
    {
      Sid: "Log",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: arn(partition, "logs", region, securityAccountId, `log-group:${logGroupName}:*`),
    },
    {
      Sid: "ReadQueue",
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: queueArn,
    },
    // A control that only tells looks at nothing there.
    ...(control.describe ? [] : [enterMembers]),
    { Sid: "Report", Effect: "Allow", Action: "events:PutEvents", Resource: args.hubBusArn },
  ];
}

/** Read once by functions/control. */
function functionEnvironment(args: ControlPipelineArgs): Record<string, string> {
  const { control, mode, accountModes, parameters } = args.settings;
  return {
    BAILIWICK_SETTINGS: JSON.stringify({
      mode,
      accountModes,
      parameters,
      partition: args.partition,
      busName: HUB_BUS_NAME,
      roleName: controlName(control.id),
    }),
  };
}
