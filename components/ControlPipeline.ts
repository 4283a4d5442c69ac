import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { patternText } from "@bailiwick/aws-events";
import type { ControlSettings, RemediationSettings } from "../config";
import { CONTROL_TIMEOUT_SECONDS, visibilityTimeoutSeconds } from "../contract/limits";
import { arn, controlName, functionRoleName, lookRoleName } from "../contract/names";
import type { DeployedPath } from "../controls/lib/deployed-path";
import type { PolicyStatement } from "../controls/lib/permissions";
import { bundleControl, bundleWatch, type Bundle } from "./lib/bundle";
import { controlRules } from "./lib/control-events";
import { functionPermissions, functionSettings } from "./lib/control-function";
import type { OrganizationTrailSettings } from "../controls/lib/remediation";
import { hubRuleArn, scheduleGroupArn } from "./lib/hub";
import { lambdaFunction, type FunctionNetwork } from "./lib/lambda-function";
import { policyText, trustPolicyText } from "./lib/policy-documents";
import { hubRule, ruleQueue } from "./lib/queue";

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
  /** Ids of all accounts of the organization. */
  organizationAccounts: string[];
  /** What the organization's own trail must keep; a control that judges trails restores it. */
  organizationTrail: pulumi.Input<OrganizationTrailSettings>;
  /** Ids of the accounts whose events are handled. */
  governedAccounts: string[];
  /** What is deployed on the path of the events, for a control that compares with it. */
  deployed?: DeployedPath;
  /** Leaves log group and dead-letter queue standing when the control is switched off. @default true */
  protectEvidence?: boolean;
  /** Default: Lambda's own network, which reaches AWS and the internet. */
  network?: FunctionNetwork;
  /** How long the function's log group keeps logs, in days. */
  logRetentionDays: number;
  provider: aws.Provider;
}

const TRAIL_TYPE = "AWS::CloudTrail::Trail";
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
    const { region, partition, securityAccountId, network } = args;
    const { control } = args.settings;
    const options = { parent: this, provider: args.provider };
    const resourceName = controlName(control.id);
    const rules = controlRules(control, args.remediation);

    const queues = ruleQueue(
      name,
      {
        region,
        queueName: resourceName,
        queueArn: arn(partition, "sqs", region, securityAccountId, resourceName),
        visibilityTimeout: visibilityTimeoutSeconds(CONTROL_TIMEOUT_SECONDS),
        ruleArns: rules.map((rule) => hubRuleArn(args, rule.name)),
        retainEvidence: args.protectEvidence ?? true,
      },
      options,
    );
    const { role, lambda } = lambdaFunction(
      name,
      {
        region,
        functionName: resourceName,
        description: control.title,
        role: {
          name: functionRoleName(control.id),
          description: `Function of the control ${control.id}`,
          permissions: functionPermissions({ ...args, inNetwork: network !== undefined }),
        },
        code: bundleOf(args.settings),
        settings: settingsOf(args),
        timeoutSeconds: CONTROL_TIMEOUT_SECONDS,
        memoryMegabytes: MEMORY_MEGABYTES,
        logRetentionDays: args.logRetentionDays,
        retainEvidence: args.protectEvidence ?? true,
        ...(network && { network }),
      },
      options,
    );
    lookRole(name, args, options);
    new aws.lambda.EventSourceMapping(
      `${name}-source`,
      {
        region,
        eventSourceArn: queues.queue.arn,
        functionName: lambda.name,
        batchSize: BATCH_SIZE,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: MAXIMUM_CONCURRENCY },
      },
      options,
    );
    for (const { suffix, name: ruleName, pattern, state } of rules)
      hubRule(
        `${name}${suffix}`,
        { region, ruleName, description: control.title, eventPattern: patternText(pattern), state },
        queues,
        options,
      );

    this.controlId = control.id;
    this.role = role;
    this.queue = queues.queue;
    this.deadLetterQueue = queues.deadLetterQueue;
    this.function = lambda;
    this.registerOutputs({ functionName: lambda.name, queueUrl: queues.queue.url });
  }
}

/** Lets the schedules of this control's looks, and nothing else, put messages on its queue. */
function lookRole(name: string, args: ControlPipelineArgs, options: pulumi.CustomResourceOptions): void {
  const { partition, region, securityAccountId } = args;
  const { control } = args.settings;
  const role = new aws.iam.Role(
    `${name}-looks-role`,
    {
      name: lookRoleName(control.id),
      description: `Schedules of the control ${control.id}`,
      assumeRolePolicy: trustPolicyText({
        Principal: { Service: "scheduler.amazonaws.com" },
        // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        Condition: {
          StringEquals: { "aws:SourceAccount": securityAccountId, "aws:SourceArn": scheduleGroupArn(args) },
        },
      }),
    },
    options,
  );
  const send: PolicyStatement = {
    Effect: "Allow",
    Action: "sqs:SendMessage",
    Resource: arn(partition, "sqs", region, securityAccountId, controlName(control.id)),
  };
  new aws.iam.RolePolicy(
    `${name}-looks-role-policy`,
    { name: "send", role: role.name, policy: policyText([send]) },
    options,
  );
}

/** The settings of the function; known at preview unless the control judges trails, because the trail's key gets its id from KMS. */
function settingsOf(args: ControlPipelineArgs): object | pulumi.Output<object> {
  const { organizationId: id, organizationAccounts: accounts, settings, remediation } = args;
  const make = (trail?: OrganizationTrailSettings) =>
    functionSettings(
      args,
      settings,
      remediation,
      { id, accounts, ...(trail && { trail: { ...trail, insights: [...trail.insights] } }) },
      args.governedAccounts,
      args.deployed,
    );
  return settings.control.resourceType === TRAIL_TYPE
    ? pulumi.output(args.organizationTrail).apply(make)
    : make();
}

/** A watch has no folder in the catalogue to bundle. */
const bundleOf = ({ control, watch }: ControlSettings): Bundle =>
  watch ? bundleWatch(watch) : bundleControl(control.id);
