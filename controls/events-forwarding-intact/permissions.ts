/** What the control may do: read what it compares, and restore what can't give anybody more rights. */
import {
  FORWARDING_DLQ_NAME,
  FORWARDING_ROLE_NAME,
  GUARD_ROLE_NAME,
  HUB_BUS_NAME,
  NAME_PREFIX,
} from "../lib/path-names";
import type { PermissionScope, PolicyStatement } from "../lib/permissions";
import { RESOURCES } from "./resources";

type Shape = keyof typeof RESOURCES;

/** ARNs of the resource at hand in whatever it is, or of all resources of the path. */
function arns(scope: PermissionScope, shape: Shape): string[] {
  const named = (id: string) => RESOURCES[shape].arn({ ...scope, id });
  if (scope.id !== "*") return [named(scope.id)];
  if (shape === "bus") return [named(HUB_BUS_NAME)];
  const own = `${NAME_PREFIX}*`;
  return shape === "rule" ? [named(own), named(`${HUB_BUS_NAME}/${own}`)] : [named(own)];
}

export function readPath(scope: PermissionScope): PolicyStatement[] {
  const allow = (Sid: string, Action: string[], shape: Shape): PolicyStatement => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource: arns(scope, shape),
  });
  return [
    allow("ReadRules", ["events:DescribeRule", "events:ListTargetsByRule"], "rule"),
    allow("ReadBus", ["events:DescribeEventBus"], "bus"),
    allow("ReadQueues", ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"], "queue"),
    allow(
      "ReadRoles",
      ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
      "role",
    ),
  ];
}

/**
 * Neither policies nor trust of roles: no condition bounds what they would contain, and whoever may write them may do everything. A policy
 * that somebody attached is detached, which only takes rights away. Queue and bus have no conditions either, but are no way into anything:
 * the queue holds what could not be forwarded, and to the bus events alone are sent.
 */
export function restorePath(scope: PermissionScope): PolicyStatement[] {
  const isAny = scope.id === "*";
  const role = (id: string) => RESOURCES.role.arn({ ...scope, id });
  const queue = (id: string) => RESOURCES.queue.arn({ ...scope, id });
  const isRule = isAny || (RESOURCES.rule.id.test(scope.id) && scope.id !== FORWARDING_DLQ_NAME);
  return [
    {
      Sid: "RestoreRules",
      Effect: "Allow",
      Action: ["events:EnableRule", "events:PutRule", "events:RemoveTargets"],
      Resource: arns(scope, "rule"),
    },
    {
      Sid: "RestoreTargets",
      Effect: "Allow",
      Action: "events:PutTargets",
      Resource: arns(scope, "rule"),
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
      Condition: {
        "ForAllValues:ArnLike": {
          "events:TargetArn": [
            `arn:${scope.partition}:events:*:*:event-bus/${HUB_BUS_NAME}`,
            `arn:${scope.partition}:sqs:*:*:${NAME_PREFIX}*`,
          ],
        },
        Null: { "events:TargetArn": "false" },
      },
    },
    ...(isRule
      ? [
          {
            Sid: "LetRulesForward",
            Effect: "Allow" as const,
            Action: "iam:PassRole",
            Resource: [role(FORWARDING_ROLE_NAME), role(GUARD_ROLE_NAME)],
            Condition: { StringEquals: { "iam:PassedToService": "events.amazonaws.com" } },
          },
        ]
      : []),
    {
      Sid: "RestoreBus",
      Effect: "Allow",
      Action: "events:PutPermission",
      Resource: arns(scope, "bus"),
    },
    {
      Sid: "RestoreQueue",
      Effect: "Allow",
      Action: ["sqs:CreateQueue", "sqs:SetQueueAttributes"],
      Resource: isAny ? queue(FORWARDING_DLQ_NAME) : queue(scope.id),
    },
    { Sid: "TakeRights", Effect: "Allow", Action: "iam:DetachRolePolicy", Resource: arns(scope, "role") },
  ];
}

export const pathPermissions = (scope: PermissionScope): PolicyStatement[] => [
  ...readPath(scope),
  ...restorePath(scope),
];
