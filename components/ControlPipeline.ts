import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ControlSettings, RemediationSettings } from "../config";
import type { CatalogueEntry } from "../controls/lib/control";
import type { PolicyStatement } from "../controls/lib/permissions";
import { patternText, type EventPattern } from "@bailiwick/aws-events";
import { bundleControl, bundleWatch, fileOf, type Bundle } from "./lib/bundle";
import { SETTINGS_FILE, type SettingsInput } from "../contract/control-settings";
import {
  arn,
  controlName,
  exemptionTagKey,
  functionRoleName,
  HUB_BUS_NAME,
  LEDGER_TABLE_NAME,
  WITH_READS,
} from "../contract/names";
import { policyDocument, trustPolicy } from "./lib/policy-documents";
import { CONTROL_TIMEOUT_SECONDS, visibilityTimeoutSeconds } from "../contract/limits";
import type { FunctionNetwork } from "./PrivateNetwork";
import { queueOfRules } from "./lib/queue";

export interface ControlPipelineArgs {
  partition: string;
  organizationId: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  hubBusArn: string;
  ledgerTableArn: string;
  settings: ControlSettings;
  remediation: RemediationSettings;
  /** Default: Lambda's own network, which reaches AWS and the internet. */
  network?: FunctionNetwork;
  /** How long the function's log group keeps its logs, in days. */
  logRetentionDays: number;
  provider: aws.Provider;
}

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
    const tagsRuleName = `${resourceName}-tags`.slice(-64);
    const ruleArn = (id: string) =>
      arn(partition, "events", region, securityAccountId, `rule/${HUB_BUS_NAME}/${id}`);
    const ruleArns = [
      ruleArn(resourceName),
      ...(taggingPattern(control, args.remediation) ? [ruleArn(tagsRuleName)] : []),
    ];
    const queueArn = arn(partition, "sqs", region, securityAccountId, resourceName);
    const logGroupName = `/aws/lambda/${resourceName}`;
    this.roleArn = arn(partition, "iam", "", securityAccountId, `role/${functionRoleName(control.id)}`);

    const { queue, deadLetterQueue, queuePolicy, deadLetterQueuePolicy } = queueOfRules(
      name,
      {
        region,
        queueName: resourceName,
        queueArn,
        visibilityTimeout: visibilityTimeoutSeconds(CONTROL_TIMEOUT_SECONDS),
        ruleArns,
      },
      options,
    );
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;
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
          "index.mjs": new pulumi.asset.FileAsset(fileOf(codeOf(args.settings))),
          [SETTINGS_FILE]: new pulumi.asset.StringAsset(JSON.stringify(functionSettings(args))),
        }),
        timeout: CONTROL_TIMEOUT_SECONDS,
        memorySize: MEMORY_MEGABYTES,
        ...(args.network === undefined
          ? {}
          : {
              vpcConfig: {
                subnetIds: args.network.subnetIds,
                securityGroupIds: args.network.securityGroupIds,
              },
              // Endpoints are for the services' names, not for those that DynamoDB has for each account:
              // https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html
              environment: { variables: { AWS_ACCOUNT_ID_ENDPOINT_MODE: "disabled" } },
            }),
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
    const tagging = taggingPattern(control, args.remediation);
    const rules = [
      {
        suffix: "",
        id: resourceName,
        pattern: control.pattern,
        state: control.readOnlyEvents ? WITH_READS : "ENABLED",
      },
      ...(tagging ? [{ suffix: "-tags", id: tagsRuleName, pattern: tagging, state: "ENABLED" }] : []),
    ];
    for (const { suffix, id, pattern, state } of rules) {
      const rule = new aws.cloudwatch.EventRule(
        `${name}${suffix}-rule`,
        {
          region,
          name: id,
          eventBusName: HUB_BUS_NAME,
          description: control.title,
          eventPattern: patternText(pattern),
          state,
        },
        options,
      );
      new aws.cloudwatch.EventTarget(
        `${name}${suffix}-target`,
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
    }
    this.registerOutputs({ functionName: this.function.name, queueUrl: this.queue.url });
  }
}

/** A watch has no folder in the catalogue to bundle. */
const codeOf = ({ control, watch }: ControlSettings): Bundle =>
  watch ? bundleWatch(watch) : bundleControl(control.id);

/** EC2 knows no resources for these. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const JOIN_NETWORK: PolicyStatement = {
  Sid: "JoinNetwork",
  Effect: "Allow",
  Action: [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ],
  Resource: "*",
};

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
    Action: ["sts:AssumeRole", "sts:TagSession"],
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
      Action: [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ChangeMessageVisibility",
      ],
      Resource: queueArn,
    },
    ...(args.network === undefined ? [] : [JOIN_NETWORK]),
    // A control that only tells looks at nothing there.
    ...(control.describe ? [] : [enterMembers]),
    {
      Sid: "KeepLedger",
      Effect: "Allow",
      Action: ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      Resource: args.ledgerTableArn,
    },
    { Sid: "Report", Effect: "Allow", Action: "events:PutEvents", Resource: args.hubBusArn },
  ];
}

/** Read once by functions/control. */
function functionSettings(args: ControlPipelineArgs): SettingsInput {
  const { partition, region, securityAccountId, remediation } = args;
  const { control, mode, accountModes, parameters } = args.settings;
  const name = controlName(control.id);
  const suffix = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return {
    mode,
    accountModes,
    parameters: parameters as Record<string, unknown>,
    partition,
    busName: HUB_BUS_NAME,
    roleName: name,
    queueUrl: `https://sqs.${region}.${suffix}/${securityAccountId}/${name}`,
    ledger: { table: LEDGER_TABLE_NAME, retentionDays: remediation.ledgerRetentionDays },
    breaker: remediation.breaker,
    exemptions: remediation.exemptions.filter((exemption) => exemption.control === control.id),
    taggers: remediation.exemptionTaggers,
  };
}

/** What changes a resource's exempting tag; undefined when tags exempt nothing. */
export function taggingPattern(
  { tagging, id }: CatalogueEntry,
  { exemptionTaggers }: Pick<RemediationSettings, "exemptionTaggers">,
): EventPattern | undefined {
  return exemptionTaggers.length === 0 ? undefined : tagging?.pattern(exemptionTagKey(id));
}
