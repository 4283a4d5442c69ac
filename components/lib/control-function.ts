/** A control's function: what its role may do, and its settings. */
import type { ControlSettings, RemediationSettings } from "../../config";
import type { ControlFunctionSettingsInput } from "../../contract/control-settings";
import {
  arn,
  controlName,
  deadLetterQueueName,
  HUB_BUS_NAME,
  LEDGER_TABLE_NAME,
  logGroupName,
  SCHEDULE_GROUP_NAME,
} from "../../contract/names";
import type { DeployedPath } from "../../controls/lib/deployed-path";
import type { PolicyStatement } from "../../controls/lib/permissions";
import { lookRoleArn, type HubLocation } from "./hub";

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

interface FunctionPermissionsArgs extends HubLocation {
  organizationId: string;
  hubBusArn: string;
  ledgerTableArn: string;
  settings: ControlSettings;
  /** Whether the function runs in a network of its own. */
  inNetwork: boolean;
}

/** The permissions of the function's own role: run, read its queue, assume its roles in the accounts, keep the ledger, report. */
export function functionPermissions(args: FunctionPermissionsArgs): PolicyStatement[] {
  const { partition, region, securityAccountId } = args;
  const { control } = args.settings;
  const name = controlName(control.id);
  const queueArn = arn(partition, "sqs", region, securityAccountId, name);
  const enterMembers: PolicyStatement = {
    Sid: "EnterMembers",
    Effect: "Allow",
    Action: ["sts:AssumeRole", "sts:TagSession"],
    // Accounts come and go, so any account of this organization, but only this control's role there.
    Resource: arn(partition, "iam", "", "*", `role/${name}`),
    Condition: { StringEquals: { "aws:ResourceOrgID": args.organizationId } },
  };
  return [
    {
      Sid: "Log",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: arn(partition, "logs", region, securityAccountId, `log-group:${logGroupName(name)}:*`),
    },
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
      Resource: arn(partition, "scheduler", region, securityAccountId, `schedule/${SCHEDULE_GROUP_NAME}/*`),
    },
    {
      Sid: "LetSchedulesSend",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: lookRoleArn(args, control.id),
      Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    },
    ...(args.inNetwork ? [JOIN_NETWORK] : []),
    // A control that describes events alone reads nothing in the accounts.
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

/** The settings of the control's function. */
export function functionSettings(
  hub: HubLocation,
  { control, mode, accountModes, parameters }: ControlSettings,
  remediation: RemediationSettings,
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
      roleArn: lookRoleArn(hub, control.id),
      scheduleGroup: SCHEDULE_GROUP_NAME,
    },
    governedAccounts,
    ledger: { table: LEDGER_TABLE_NAME, retentionDays: remediation.ledgerRetentionDays },
    breaker: remediation.breaker,
    exemptions: remediation.exemptions.filter((exemption) => exemption.control === control.id),
    taggers: remediation.exemptionTaggers,
    ...(control.comparesDeployment && deployed ? { deployed } : {}),
  };
}
