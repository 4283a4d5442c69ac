/** A control's function and that of undos: what their roles may do, and their settings. */
import type { ControlSettings, RemediationSettings } from "../../config";
import type { ControlFunctionSettingsInput } from "../../contract/control-settings";
import { controlDigits, keyPatterns, WRITTEN_BY_CONTROL, WRITTEN_BY_UNDO } from "../../contract/ledger-keys";
import {
  arn,
  controlName,
  deadLetterQueueName,
  HUB_BUS_NAME,
  LEDGER_TABLE_NAME,
  logGroupName,
  lookRoleName,
  SCHEDULE_GROUP_NAME,
  UNDO_NAME,
} from "../../contract/names";
import type { UndoSettingsInput } from "../../contract/undo-settings";
import type { CatalogueEntry } from "../../controls/lib/control";
import type { DeployedPath } from "../../controls/lib/deployed-path";
import { allValues, type PolicyStatement } from "../../controls/lib/permissions";
import { securityRoleArn, type HubLocation } from "./hub";

/** Writing into the function's own log group. */
const log = ({ partition, region, securityAccountId }: HubLocation, name: string): PolicyStatement => ({
  Sid: "Log",
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: arn(partition, "logs", region, securityAccountId, `log-group:${logGroupName(name)}:log-stream:*`),
});

/** Assuming the role of this name in the accounts of the organization, which come and go. */
const enterMembers = (partition: string, organizationId: string, name: string): PolicyStatement => ({
  Sid: "EnterMembers",
  Effect: "Allow",
  Action: ["sts:AssumeRole", "sts:TagSession"],
  Resource: arn(partition, "iam", "", "*", `role/${name}`),
  Condition: { StringEquals: { "aws:ResourceOrgID": organizationId } },
});

const report = (hubBusArn: string): PolicyStatement => ({
  Sid: "Report",
  Effect: "Allow",
  Action: "events:PutEvents",
  Resource: hubBusArn,
});

/** Calls of the ledger that name these items only. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
const ledgerItems = (Sid: string, Action: string[], Resource: string, keys: string[]): PolicyStatement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
  Condition: allValues("dynamodb:LeadingKeys", keys, "StringLike"),
});

/** The function's own network interfaces; EC2 has no resources for these actions. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
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

interface FunctionArgs extends HubLocation {
  organizationId: string;
  hubBusArn: string;
  ledgerTableArn: string;
  /** Whether the function runs in a network of its own. */
  inNetwork: boolean;
}

/**
 * The permissions of the role of a control's function: run, read its queue, assume its roles in the accounts, report, and read and write
 * its own items of the ledger, but no exemptions.
 */
export function functionPermissions(args: FunctionArgs & { settings: ControlSettings }): PolicyStatement[] {
  const { partition, region, securityAccountId, ledgerTableArn } = args;
  const { control } = args.settings;
  const name = controlName(control.id);
  const queueArn = arn(partition, "sqs", region, securityAccountId, name);
  return [
    log(args, name),
    {
      Sid: "ReadQueue",
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: queueArn,
    },
    {
      Sid: "LookAgain",
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Resource: [queueArn, deadLetterQueueName(queueArn)],
    },
    {
      Sid: "LookAgainLater",
      Effect: "Allow",
      Action: "scheduler:CreateSchedule",
      // A schedule has its look's key in the ledger as name.
      Resource: arn(
        partition,
        "scheduler",
        region,
        securityAccountId,
        `schedule/${SCHEDULE_GROUP_NAME}/${controlDigits(control.id)}*`,
      ),
    },
    {
      Sid: "LetSchedulesSend",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: securityRoleArn(args, lookRoleName(control.id)),
      Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    },
    ...(args.inNetwork ? [JOIN_NETWORK] : []),
    // A control that describes events alone reads nothing in the accounts.
    ...(control.describe ? [] : [enterMembers(partition, args.organizationId, name)]),
    ledgerItems("ReadLedger", ["dynamodb:BatchGetItem"], ledgerTableArn, keyPatterns(control.id)),
    ledgerItems(
      "KeepLedger",
      ["dynamodb:PutItem", "dynamodb:UpdateItem"],
      ledgerTableArn,
      keyPatterns(control.id, WRITTEN_BY_CONTROL),
    ),
    report(args.hubBusArn),
  ];
}

/**
 * The permissions of the role of the function of undos: run, assume the role of undos in the accounts, report, read the ledger, and write
 * there what an undo writes of these controls.
 */
export function undoPermissions(
  args: FunctionArgs & { controls: readonly CatalogueEntry[] },
): PolicyStatement[] {
  const { partition, ledgerTableArn: table, controls } = args;
  const keys = controls.flatMap(({ id }) => keyPatterns(id, WRITTEN_BY_UNDO));
  return [
    log(args, UNDO_NAME),
    ...(args.inNetwork ? [JOIN_NETWORK] : []),
    enterMembers(partition, args.organizationId, UNDO_NAME),
    { Sid: "ReadLedger", Effect: "Allow", Action: "dynamodb:BatchGetItem", Resource: table },
    ledgerItems("KeepLedger", ["dynamodb:PutItem"], table, keys),
    report(args.hubBusArn),
  ];
}

/** The settings of the control's function. */
export function functionSettings(
  hub: HubLocation,
  { control, mode, accountModes, parameters }: ControlSettings,
  remediation: RemediationSettings,
  organization: ControlFunctionSettingsInput["organization"],
  governedAccounts: string[],
  deployed?: DeployedPath,
): ControlFunctionSettingsInput {
  const { partition, region, securityAccountId } = hub;
  const name = controlName(control.id);
  const domain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  const queueUrl = `https://sqs.${region}.${domain}/${securityAccountId}/${name}`;
  return {
    mode,
    accountModes,
    parameters: parameters as Record<string, unknown>,
    partition,
    busName: HUB_BUS_NAME,
    roleName: name,
    queueUrl,
    deadLetterQueueUrl: deadLetterQueueName(queueUrl),
    looks: {
      queueArn: arn(partition, "sqs", region, securityAccountId, name),
      roleArn: securityRoleArn(hub, lookRoleName(control.id)),
      scheduleGroup: SCHEDULE_GROUP_NAME,
    },
    organization,
    governedAccounts,
    ledger: { table: LEDGER_TABLE_NAME, retentionDays: remediation.ledgerRetentionDays },
    breaker: remediation.breaker,
    exemptions: remediation.exemptions.filter((exemption) => exemption.control === control.id),
    taggers: remediation.exemptionTaggers,
    ...(control.comparesDeployment && deployed ? { deployed } : {}),
  };
}

/** The settings of the function of undos. */
export function undoSettings(
  partition: string,
  controls: readonly ControlSettings[],
  { ledgerRetentionDays, breaker }: RemediationSettings,
): UndoSettingsInput {
  return {
    partition,
    busName: HUB_BUS_NAME,
    roleName: UNDO_NAME,
    ledger: {
      table: LEDGER_TABLE_NAME,
      retentionDays: ledgerRetentionDays,
      windowMinutes: breaker.windowMinutes,
    },
    controls: Object.fromEntries(
      controls.map(({ control, mode, accountModes, parameters }) => [
        control.id,
        { mode, accountModes, parameters: parameters as Record<string, unknown> },
      ]),
    ),
  };
}
