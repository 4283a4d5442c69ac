/** What the control may do: read what it compares, and restore what can't give anybody more rights. */
import {
  FORWARDING_DLQ_NAME,
  FORWARDING_ROLE_NAME,
  GUARD_ROLE_NAME,
  GUARD_RULE_NAME,
  HUB_BUS_NAME,
  NAME_PREFIX,
} from "../lib/path-names";
import type { PermissionScope, PolicyStatement } from "../lib/permissions";
import { RESOURCES } from "./resources";

type Kind = "rule" | "bus" | "queue" | "role";

const KINDS: readonly Kind[] = ["rule", "bus", "queue", "role"];

const READS: Readonly<Record<Kind, string[]>> = {
  rule: ["events:DescribeRule", "events:ListTargetsByRule"],
  bus: ["events:DescribeEventBus"],
  queue: ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
  role: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
};

/**
 * Neither policies nor trust of roles: no condition bounds what they would contain, and whoever may write them may do everything. A policy
 * that somebody attached is detached, which only takes rights away. The queue has no conditions either, but is no way into anything: it
 * holds what could not be forwarded. The bus can't be named in a permission for its policy.
 */
const RESTORES: Readonly<Record<Kind, string[]>> = {
  rule: ["events:EnableRule", "events:PutRule", "events:RemoveTargets"],
  bus: [],
  queue: ["sqs:CreateQueue", "sqs:SetQueueAttributes"],
  role: ["iam:DetachRolePolicy"],
};

/** The program's names say what a resource is. STS limits a session's policy to what fits one of them. */
function kindsOf(id: string): readonly Kind[] {
  if (id === "*") return KINDS;
  if (id === HUB_BUS_NAME) return ["bus"];
  if (id === FORWARDING_DLQ_NAME) return ["queue"];
  const isRule =
    id.includes("/") ||
    id === GUARD_RULE_NAME ||
    /^\d+$/.test(id.slice(`${FORWARDING_ROLE_NAME}-`.length).replace(/^reads-/, ""));
  return [isRule ? "rule" : "role"];
}

/** ARNs of the resource at hand, or of all of the kind that the control may work on. */
function arns(scope: PermissionScope, kind: Kind): string[] {
  const named = (id: string) => RESOURCES[kind].arn({ ...scope, id });
  if (scope.id !== "*") return [named(scope.id)];
  const own = `${NAME_PREFIX}*`;
  if (kind === "rule") return [named(own), named(`${HUB_BUS_NAME}/${own}`)];
  if (kind === "role") return [named(own)];
  return [named(kind === "bus" ? HUB_BUS_NAME : FORWARDING_DLQ_NAME)];
}

const title = (kind: Kind) => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;

export const readPath = (scope: PermissionScope): PolicyStatement[] =>
  kindsOf(scope.id).map((kind) => ({
    Sid: `Read${title(kind)}`,
    Effect: "Allow",
    Action: READS[kind],
    Resource: arns(scope, kind),
  }));

export function restorePath(scope: PermissionScope): PolicyStatement[] {
  const kinds = kindsOf(scope.id);
  return [
    ...kinds
      .filter((kind) => RESTORES[kind].length > 0)
      .map((kind): PolicyStatement => ({
        Sid: `Restore${title(kind)}`,
        Effect: "Allow",
        Action: RESTORES[kind],
        Resource: arns(scope, kind),
      })),
    ...(kinds.includes("rule") ? restoreTargets(scope) : []),
  ];
}

/** A session has what the role has, so that the role's conditions hold for it as well. */
function restoreTargets(scope: PermissionScope): PolicyStatement[] {
  const { partition, id } = scope;
  const put: PolicyStatement = {
    Sid: "RestoreTargets",
    Effect: "Allow",
    Action: "events:PutTargets",
    Resource: arns(scope, "rule"),
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    ...(id === "*" && {
      Condition: {
        "ForAllValues:ArnLike": {
          "events:TargetArn": [
            `arn:${partition}:events:*:*:event-bus/${HUB_BUS_NAME}`,
            `arn:${partition}:sqs:*:*:${NAME_PREFIX}*`,
          ],
        },
        Null: { "events:TargetArn": "false" },
      },
    }),
  };
  const role = (name: string) => RESOURCES.role.arn({ ...scope, id: name });
  const passed =
    id === "*"
      ? [role(FORWARDING_ROLE_NAME), role(GUARD_ROLE_NAME)]
      : [role(id === GUARD_RULE_NAME ? GUARD_ROLE_NAME : FORWARDING_ROLE_NAME)];
  // The hub's rules send to queues, without a role.
  if (id.includes("/")) return [put];
  const pass: PolicyStatement = {
    Sid: "LetRulesForward",
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: passed,
    Condition: { StringEquals: { "iam:PassedToService": "events.amazonaws.com" } },
  };
  return [put, pass];
}
