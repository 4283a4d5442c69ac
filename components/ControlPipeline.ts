import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { patternText } from "@bailiwick/aws-events";
import type { ControlSettings, RemediationSettings } from "../config";
import { CONTROL_TIMEOUT_SECONDS, visibilityTimeoutSeconds } from "../contract/limits";
import { arn, controlName, functionRoleName, HUB_BUS_NAME, logGroupName } from "../contract/names";
import { SETTINGS_FILE } from "../contract/settings";
import { bundleControl, bundleFile, bundleWatch, type Bundle } from "./lib/bundle";
import { controlRules, type ControlRule } from "./lib/control-events";
import { functionPermissions, functionSettings } from "./lib/control-function";
import { hubRuleArn } from "./lib/hub";
import { policyText, trustPolicyText } from "./lib/policy-documents";
import { ruleQueue, type RuleQueue } from "./lib/queue";
import type { FunctionNetwork } from "./PrivateNetwork";

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
  /** How long the function's log group keeps logs, in days. */
  logRetentionDays: number;
  provider: aws.Provider;
}

const BATCH_SIZE = 10;
/** Limits how much a burst of events may do at once in the accounts. */
const MAXIMUM_CONCURRENCY = 10;
const MEMORY_MEGABYTES = 512;

/**
 * The path from the hub bus to a control's function: rules → queue (with dead-letter queue) → function with a role of its own.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export class ControlPipeline extends pulumi.ComponentResource {
  readonly controlId: string;
  readonly role: aws.iam.Role;
  readonly queue: aws.sqs.Queue;
  readonly deadLetterQueue: aws.sqs.Queue;
  readonly function: aws.lambda.Function;

  constructor(name: string, args: ControlPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:ControlPipeline", name, args, opts);
    const { region, partition, securityAccountId } = args;
    const { control } = args.settings;
    const options = { parent: this, provider: args.provider };
    const queueName = controlName(control.id);
    const rules = controlRules(control, args.remediation);

    const queue = ruleQueue(
      name,
      {
        region,
        queueName,
        queueArn: arn(partition, "sqs", region, securityAccountId, queueName),
        visibilityTimeout: visibilityTimeoutSeconds(CONTROL_TIMEOUT_SECONDS),
        ruleArns: rules.map((rule) => hubRuleArn(args, rule.name)),
      },
      options,
    );
    const { role, lambda } = controlFunction(name, args, options);
    new aws.lambda.EventSourceMapping(
      `${name}-source`,
      {
        region,
        eventSourceArn: queue.queue.arn,
        functionName: lambda.name,
        batchSize: BATCH_SIZE,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: MAXIMUM_CONCURRENCY },
      },
      options,
    );
    for (const rule of rules) addRule(`${name}${rule.suffix}`, rule, control.title, region, queue, options);

    this.controlId = control.id;
    this.role = role;
    this.queue = queue.queue;
    this.deadLetterQueue = queue.deadLetterQueue;
    this.function = lambda;
    this.registerOutputs({ functionName: lambda.name, queueUrl: queue.queue.url });
  }
}

function controlFunction(name: string, args: ControlPipelineArgs, options: pulumi.CustomResourceOptions) {
  const { region, settings, remediation, network } = args;
  const { control } = settings;
  const functionName = controlName(control.id);
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      name: functionRoleName(control.id),
      description: `Function of the control ${control.id}`,
      assumeRolePolicy: trustPolicyText({ Principal: { Service: "lambda.amazonaws.com" } }),
    },
    options,
  );
  const rolePolicy = new aws.iam.RolePolicy(
    `${name}-role-policy`,
    {
      name: "run",
      role: role.name,
      policy: policyText(functionPermissions({ ...args, inNetwork: network !== undefined })),
    },
    options,
  );
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    { region, name: logGroupName(functionName), retentionInDays: args.logRetentionDays },
    options,
  );
  const lambda = new aws.lambda.Function(
    `${name}-function`,
    {
      region,
      name: functionName,
      description: control.title,
      role: role.arn,
      runtime: aws.lambda.Runtime.NodeJS22dX,
      architectures: ["arm64"],
      handler: "index.handler",
      code: new pulumi.asset.AssetArchive({
        "index.mjs": new pulumi.asset.FileAsset(bundleFile(bundleOf(settings))),
        [SETTINGS_FILE]: new pulumi.asset.StringAsset(
          JSON.stringify(functionSettings(args, settings, remediation)),
        ),
      }),
      timeout: CONTROL_TIMEOUT_SECONDS,
      memorySize: MEMORY_MEGABYTES,
      ...(network && networkProperties(network)),
    },
    { ...options, dependsOn: [rolePolicy, logGroup] },
  );
  return { role, lambda };
}

/** A watch has no folder in the catalogue to bundle. */
const bundleOf = ({ control, watch }: ControlSettings): Bundle =>
  watch ? bundleWatch(watch) : bundleControl(control.id);

const networkProperties = ({ subnetIds, securityGroupIds }: FunctionNetwork) => ({
  vpcConfig: { subnetIds, securityGroupIds },
  // Endpoints answer to the services' names, not to those that DynamoDB has for each account:
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html
  environment: { variables: { AWS_ACCOUNT_ID_ENDPOINT_MODE: "disabled" } },
});

function addRule(
  name: string,
  { name: ruleName, pattern, state }: ControlRule,
  description: string,
  region: string,
  { queue, deadLetterQueue, queuePolicy, deadLetterQueuePolicy }: RuleQueue,
  options: pulumi.CustomResourceOptions,
): void {
  const rule = new aws.cloudwatch.EventRule(
    `${name}-rule`,
    {
      region,
      name: ruleName,
      eventBusName: HUB_BUS_NAME,
      description,
      eventPattern: patternText(pattern),
      state,
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
      arn: queue.arn,
      deadLetterConfig: { arn: deadLetterQueue.arn },
    },
    { ...options, dependsOn: [queuePolicy, deadLetterQueuePolicy] },
  );
}
