/**
 * The side of a governed account: everything that is deployed there, as plain data. Printers turn it into resources and decide nothing,
 * so every text is known, and nothing here imports Pulumi.
 */
import type { Settings } from "../config";
import { DEAD_LETTER_RETENTION_DAYS } from "../contract/limits";
import {
  arn,
  FORWARDING_DLQ_NAME,
  FORWARDING_ROLE_NAME,
  forwardingRuleName,
  GUARD_ROLE_NAME,
  GUARD_RULE_NAME,
  readForwardingRuleName,
  WITH_READS,
} from "../contract/names";
import type { ManagedPolicy } from "../controls/lib/permissions";
import { forwardingAlarm, type AlarmDescription } from "./lib/alarms";
import { forwardedPatterns } from "./lib/control-events";
import { hubBusArn } from "./lib/hub";
import {
  remediationRole,
  undoRole,
  type RemediationRoleDescription,
  type RoleDescription,
} from "./lib/member-roles";
import { allowRulesToSend, policyDocument, trustPolicy, type PolicyDocument } from "./lib/policy-documents";

export interface MemberSideDescription {
  accountId: string;
  forwarding: ForwardingDescription;
  /** One role for each control that is on in the account and reads or changes something there. */
  remediationRoles: RemediationRoleDescription[];
  /** Absent: nothing is remediated there that could be undone. */
  undoRole?: RoleDescription;
  /**
   * What the controls attach there. In every mode: a policy that principals have can't be deleted, so a mode that changed to `notify`
   * would fail the deployment.
   */
  managedPolicies: ManagedPolicy[];
}

/** How the account's events are forwarded to the hub bus. */
export interface ForwardingDescription {
  /** Of all regions: IAM is global. */
  role: RoleDescription;
  /** Of the guard rules: with a role of their own they forward what is done to the other one. Absent: there are none. */
  guardRole?: RoleDescription;
  regions: RegionForwardingDescription[];
}

export interface RegionForwardingDescription {
  region: string;
  deadLetterQueue: {
    name: string;
    arn: string;
    messageRetentionSeconds: number;
    sqsManagedSseEnabled: boolean;
    policy: PolicyDocument;
  };
  /** On while the dead-letter queue has messages. */
  alarm: AlarmDescription;
  /** On the region's default bus. */
  rules: ForwardingRuleDescription[];
}

export interface ForwardingRuleDescription {
  /** Unique in the region: `1`, `reads-1`. */
  key: string;
  name: string;
  description: string;
  /** JSON, at most 2,048 characters. */
  eventPattern: string;
  state: string;
  target: {
    id: string;
    arn: string;
    roleArn: string;
    deadLetterQueueArn: string;
    maximumEventAgeSeconds: number;
    maximumRetryAttempts: number;
  };
}

/** EventBridge's longest, a day. */
const MAXIMUM_EVENT_AGE_SECONDS = 86_400;
const MAXIMUM_RETRIES = 185;

/** @returns the sides of all governed accounts. */
export function memberSides(settings: Settings): MemberSideDescription[] {
  const { partition, regions } = settings;
  const hub = { partition, securityAccountId: settings.security.id, region: settings.homeRegion };
  const patterns = forwardedPatterns(settings);
  return settings.governed.map(({ id: accountId }) => ({
    accountId,
    forwarding: forwarding({ partition, accountId, regions, ...patterns, hubBusArn: hubBusArn(hub) }),
    ...roles(settings, accountId),
  }));
}

/** The roles of an account, and what its controls attach there. */
function roles({ partition, security, management, controls }: Settings, accountId: string) {
  const hub = { partition, securityAccountId: security.id };
  const account = { accountId, isManagementAccount: accountId === management.id };
  const on = controls.flatMap(({ control, mode: defaultMode, accountModes }) => {
    const mode = accountModes[accountId] ?? defaultMode;
    // A control that describes events alone reads nothing in the account.
    return mode === "off" || control.describe !== undefined ? [] : [{ control, mode }];
  });
  const undo = undoRole(hub, account, on);
  return {
    remediationRoles: on.map((each) => remediationRole(hub, account, each)),
    ...(undo && { undoRole: undo }),
    managedPolicies: on.flatMap(({ control }) => control.managedPolicies ?? []),
  };
}

export interface ForwardingArgs {
  partition: string;
  accountId: string;
  /** Every governed region and the one in which global services report. */
  regions: string[];
  /** Event patterns, one rule each. */
  patterns: string[];
  /** Patterns that match read-only management events. */
  readPatterns?: string[];
  /** The events of tampering with the path, for a second rule. */
  guardPattern?: string;
  hubBusArn: string;
}

/**
 * Forwards straight to the hub bus, because an event that arrived from another bus can't be forwarded again
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html).
 */
export function forwarding(args: ForwardingArgs): ForwardingDescription {
  const { accountId } = args;
  const role = (name: string, description: string, rules: string[]): RoleDescription => ({
    name,
    description,
    trustPolicy: trustPolicy({
      Principal: { Service: "events.amazonaws.com" },
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        // These rules in any region: with each region's ARNs the policy would exceed IAM's 2,048 characters from 13 regions on.
        ArnLike: { "aws:SourceArn": rules },
      },
    }),
    policy: {
      name: "forward",
      document: policyDocument([{ Effect: "Allow", Action: "events:PutEvents", Resource: args.hubBusArn }]),
    },
  });
  const arns = (roleName: string) =>
    forwardingRules(args)
      .filter((rule) => rule.role === roleName)
      .map(({ name }) => arn(args.partition, "events", "*", accountId, `rule/${name}`));
  return {
    role: role(
      FORWARDING_ROLE_NAME,
      "Lets EventBridge forward governed events to the hub bus",
      arns(FORWARDING_ROLE_NAME),
    ),
    ...(args.guardPattern !== undefined && {
      guardRole: role(
        GUARD_ROLE_NAME,
        "Lets EventBridge forward events of tampering to the hub bus",
        arns(GUARD_ROLE_NAME),
      ),
    }),
    regions: args.regions.map((region) => regionForwarding(args, region)),
  };
}

function regionForwarding(args: ForwardingArgs, region: string): RegionForwardingDescription {
  const { partition, accountId, hubBusArn: busArn } = args;
  // EventBridge requires a dead-letter queue in the rule's own region.
  const queueArn = arn(partition, "sqs", region, accountId, FORWARDING_DLQ_NAME);
  return {
    region,
    deadLetterQueue: {
      name: FORWARDING_DLQ_NAME,
      arn: queueArn,
      messageRetentionSeconds: DEAD_LETTER_RETENTION_DAYS * 86_400,
      sqsManagedSseEnabled: true,
      policy: policyDocument([allowRulesToSend(queueArn, ruleArns(args, region))]),
    },
    alarm: forwardingAlarm(FORWARDING_DLQ_NAME),
    rules: forwardingRules(args).map(({ role, ...rule }) => ({
      ...rule,
      target: {
        id: "hub",
        arn: busArn,
        roleArn: arn(partition, "iam", "", accountId, `role/${role}`),
        deadLetterQueueArn: queueArn,
        maximumEventAgeSeconds: MAXIMUM_EVENT_AGE_SECONDS,
        maximumRetryAttempts: MAXIMUM_RETRIES,
      },
    })),
  };
}

const forwardingRules = ({ patterns, readPatterns = [], guardPattern }: ForwardingArgs) => {
  const role = FORWARDING_ROLE_NAME;
  const description = "Forwards the events of the enabled controls to the hub";
  return [
    ...patterns.map((eventPattern, index) => ({
      key: `${index + 1}`,
      name: forwardingRuleName(index),
      description,
      eventPattern,
      state: "ENABLED",
      role,
    })),
    ...readPatterns.map((eventPattern, index) => ({
      key: `reads-${index + 1}`,
      name: readForwardingRuleName(index),
      description,
      eventPattern,
      state: WITH_READS,
      role,
    })),
    ...(guardPattern === undefined
      ? []
      : [
          {
            key: "guard",
            name: GUARD_RULE_NAME,
            description: "Forwards events of tampering with the forwarding to the hub",
            eventPattern: guardPattern,
            state: "ENABLED",
            role: GUARD_ROLE_NAME,
          },
        ]),
  ];
};

const ruleArns = (args: ForwardingArgs, region: string) =>
  forwardingRules(args).map(({ name }) =>
    arn(args.partition, "events", region, args.accountId, `rule/${name}`),
  );
