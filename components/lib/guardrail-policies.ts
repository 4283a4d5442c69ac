/**
 * The service control policies that keep members' administrators, root users included, from what is deployed in their accounts.
 *
 * They are short, because a policy may have 10,240 characters: patterns of actions stand for all calls that change a kind of resource.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
 */
import { arn, controlName, NAME_PREFIX, PATH_CONTROL } from "../../contract/names";
import type { PolicyStatement } from "../../controls/lib/permissions";
import { deployerArns, type Deployers } from "./deployers";

export const LONGEST_SCP = 10_240;

/** CloudFormation's own execution roles of StackSets, which only its service-linked role creates: `Exec` keeps others from that name. */
const stackSetsRole = (partition: string) => arn(partition, "iam", "", "*", "role/stacksets-exec-*");

/** For root, organizational units and accounts that the configuration names. */
export function memberGuardrail(deployers: Deployers): PolicyStatement[] {
  const { partition } = deployers;
  const own = (service: string, resource: string) => arn(partition, service, "*", "*", resource);
  const role = (name: string) => arn(partition, "iam", "", "*", `role/${name}`);
  const excepted = [stackSetsRole(partition), ...deployerArns(deployers, "*")];
  return [
    {
      Sid: "Ours",
      Effect: "Deny",
      Action: [
        "events:DeleteRule",
        "events:DisableRule",
        "events:EnableRule",
        "events:PutRule",
        "events:*Targets",
        "events:*agResource",
        "sqs:*Permission",
        "sqs:CreateQueue",
        "sqs:DeleteMessage",
        "sqs:DeleteQueue",
        "sqs:PurgeQueue",
        "sqs:ReceiveMessage",
        "sqs:SetQueue*",
        "sqs:StartMessage*",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DisableAlarm*",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:SetAlarmState",
        "cloudformation:*Stack",
        "cloudformation:*StackRefactor",
        "cloudformation:ContinueUpdate*",
        "cloudformation:CreateChangeSet",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:SetStackPolicy",
        "cloudformation:SignalResource",
      ],
      Resource: [
        own("events", `rule/${NAME_PREFIX}*`),
        own("sqs", `${NAME_PREFIX}*`),
        own("cloudwatch", `alarm:${NAME_PREFIX}*`),
        own("cloudformation", `stack/StackSet-${NAME_PREFIX}*`),
      ],
      Condition: exceptFor([...excepted, role(controlName(PATH_CONTROL)), functionRoles(partition)]),
    },
    {
      Sid: "Roles",
      Effect: "Deny",
      Action: [
        "iam:*tachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole*",
        "iam:PutRole*",
        "iam:*agRole",
        "iam:UpdateAssume*",
        "iam:UpdateRole*",
      ],
      Resource: role(`${NAME_PREFIX}*`),
      Condition: exceptFor(excepted),
    },
    {
      Sid: "PassRoles",
      Effect: "Deny",
      Action: "iam:PassRole",
      Resource: role(`${NAME_PREFIX}*`),
      // A deleted rule is made again by the control, which passes the forwarding role to its target.
      Condition: exceptFor([...excepted, role(controlName(PATH_CONTROL)), functionRoles(partition)]),
    },
    {
      Sid: "Policies",
      Effect: "Deny",
      Action: ["iam:CreatePolicy*", "iam:DeletePolicy*", "iam:SetDefaultPolicyVersion", "iam:*agPolicy"],
      Resource: arn(partition, "iam", "", "*", `policy/${NAME_PREFIX}*`),
      Condition: exceptFor(excepted),
    },
    {
      // Without exceptions: whoever could change an excepted role would be excepted.
      Sid: "Exec",
      Effect: "Deny",
      Action: [
        "iam:*tachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole*",
        "iam:PutRole*",
        "iam:UpdateAssume*",
        "iam:UpdateRole*",
      ],
      Resource: excepted,
    },
    {
      Sid: "Stay",
      Effect: "Deny",
      Action: ["organizations:LeaveOrganization", "account:CloseAccount", "account:DisableRegion"],
      Resource: "*",
    },
  ];
}

/** The hub and the log files: for the security and the log archive account. */
export function coreGuardrail(
  deployers: Deployers & { logBucket: string; hubBus: string },
): PolicyStatement[] {
  const { partition, logBucket, hubBus } = deployers;
  const own = (service: string, resource: string) => arn(partition, service, "*", "*", resource);
  const excepted = [stackSetsRole(partition), ...deployerArns(deployers, "*")];
  const role = (name: string) => arn(partition, "iam", "", "*", `role/${name}`);
  const bucket = arn(partition, "s3", "", "", logBucket);
  const deny = (Sid: string, Action: string[], Resource: string | string[]): PolicyStatement => ({
    Sid,
    Effect: "Deny",
    Action,
    Resource,
    Condition: exceptFor(excepted),
  });
  return [
    {
      ...deny(
        "HubRules",
        ["events:DeleteRule", "events:DisableRule", "events:EnableRule", "events:PutRule", "events:*Targets"],
        own("events", `rule/${hubBus}/*`),
      ),
      Condition: exceptFor([...excepted, role(controlName(PATH_CONTROL))]),
    },
    deny(
      "HubBus",
      [
        "events:*Archive",
        "events:DeleteEventBus",
        "events:*ApiDestination",
        "events:*Connection",
        "events:StartReplay",
        "events:UpdateEventBus",
      ],
      [
        own("events", `event-bus/${hubBus}`),
        own("events", `archive/${hubBus}*`),
        own("events", `api-destination/${NAME_PREFIX}*`),
        own("events", `connection/${NAME_PREFIX}*`),
        own("events", `replay/${NAME_PREFIX}*`),
      ],
    ),
    // These two take no resource that could be named, so no other bus of these accounts gets a policy either.
    deny("BusPolicies", ["events:PutPermission", "events:RemovePermission"], "*"),
    deny(
      "Functions",
      [
        "lambda:*Permission",
        "lambda:CreateFunction",
        "lambda:*FunctionUrlConfig",
        "lambda:Delete*",
        "lambda:PublishVersion",
        "lambda:Put*",
        "lambda:*agResource",
        "lambda:Update*",
      ],
      [own("lambda", `function:${NAME_PREFIX}*`), own("lambda", "event-source-mapping:*")],
    ),
    {
      // People undo, roles of the program don't: a stolen one would open what it closed.
      Sid: "Undo",
      Effect: "Deny",
      Action: "lambda:InvokeFunction",
      Resource: own("lambda", `function:${NAME_PREFIX}undo*`),
      Condition: { ArnLike: { "aws:PrincipalArn": role(`${NAME_PREFIX}*`) } },
    },
    deny(
      "Ledger",
      [
        "dynamodb:DeleteItem",
        "dynamodb:DeleteTable",
        "dynamodb:DeleteResourcePolicy",
        "dynamodb:PutResourcePolicy",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateTimeToLive",
      ],
      own("dynamodb", `table/${NAME_PREFIX}*`),
    ),
    {
      ...deny(
        "LedgerItems",
        ["dynamodb:PutItem", "dynamodb:UpdateItem"],
        own("dynamodb", `table/${NAME_PREFIX}*`),
      ),
      Condition: exceptFor([...excepted, functionRoles(partition)]),
    },
    deny(
      "Logs",
      ["logs:Delete*", "logs:PutRetentionPolicy", "logs:*ResourcePolicy"],
      own("logs", `log-group:/aws/lambda/${NAME_PREFIX}*`),
    ),
    deny("Looks", ["scheduler:DeleteScheduleGroup"], own("scheduler", "schedule-group/bailiwick")),
    deny(
      "LogBucket",
      [
        "s3:BypassGovernanceRetention",
        "s3:DeleteBucket*",
        "s3:DeleteObject*",
        "s3:PutBucketAcl",
        "s3:PutBucketNotification",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
        "s3:PutReplicationConfiguration",
      ],
      [bucket, `${bucket}/*`],
    ),
    {
      // A key has no name of its own, so it is known by its alias. https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
      ...deny(
        "LogKey",
        [
          "kms:DisableKey*",
          "kms:PutKeyPolicy",
          "kms:ScheduleKeyDeletion",
          "kms:DeleteAlias",
          "kms:UpdateAlias",
        ],
        own("kms", "key/*"),
      ),
      Condition: {
        ...exceptFor(excepted),
        "ForAnyValue:StringLike": { "kms:ResourceAliases": `alias/${NAME_PREFIX}*` },
      },
    },
    deny("LogKeyAlias", ["kms:DeleteAlias", "kms:UpdateAlias"], own("kms", `alias/${NAME_PREFIX}*`)),
  ];
}

/** The roles that functions run with: only the services that they name can assume them, and only deployments can create one. */
const functionRoles = (partition: string) => arn(partition, "iam", "", "*", `role/${NAME_PREFIX}*-fn`);

const exceptFor = (principals: string[]) => ({ ArnNotLike: { "aws:PrincipalArn": principals } });
