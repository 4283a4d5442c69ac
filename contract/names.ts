/** Names and ARNs that program, functions and command agree on. All are known at preview, so that policies can be read and checked there. */

import {
  FORWARDING_DLQ_NAME,
  FORWARDING_ROLE_NAME,
  GUARD_ROLE_NAME,
  GUARD_RULE_NAME,
  HUB_BUS_NAME,
  NAME_PREFIX,
  PATH_CONTROL,
} from "../controls/lib/path-names";

export {
  FORWARDING_DLQ_NAME,
  FORWARDING_ROLE_NAME,
  GUARD_ROLE_NAME,
  GUARD_RULE_NAME,
  HUB_BUS_NAME,
  NAME_PREFIX,
  PATH_CONTROL,
};

/** Every queue's dead-letter queue is named after it. */
export const DEAD_LETTER_SUFFIX = "-dlq";
export const deadLetterQueueName = (queueName: string) => `${queueName}${DEAD_LETTER_SUFFIX}`;

/** The forwarding rules of a region are numbered from 1. */
export const forwardingRuleName = (index: number) => `${NAME_PREFIX}forwarding-${index + 1}`;

/** Rules that also receive read-only management events are numbered separately. */
export const readForwardingRuleName = (index: number) => `${NAME_PREFIX}forwarding-reads-${index + 1}`;

/** The state of a rule that also receives read-only events. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
export const WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

/** A control's queue, function, hub rule and member role all have this name. */
export const controlName = (controlId: string) => `${NAME_PREFIX}${controlId}`;

/** The hub rule for changes of the exempting tag, within EventBridge's 64 characters. */
export const taggingRuleName = (controlId: string) => `${controlName(controlId)}-tags`.slice(-64);

/** The role that a control's function runs with, in the security account. */
export const functionRoleName = (controlId: string) => `${controlName(controlId)}-fn`;

/** The role with which EventBridge Scheduler puts a control's looks on its queue. */
export const lookRoleName = (controlId: string) => `${controlName(controlId)}-looks`;

/** The group of the schedules of all controls' looks. */
export const SCHEDULE_GROUP_NAME = "bailiwick";

/** The function of undos, and the role that it assumes in member accounts; the function's own role adds the same suffix as a control's. */
export const UNDO_NAME = `${NAME_PREFIX}undo`;
export const UNDO_FUNCTION_ROLE_NAME = `${UNDO_NAME}-fn`;

/** The notifier's function; its role adds the same suffix as a control's. */
export const NOTIFIER_NAME = `${NAME_PREFIX}notifier`;
export const NOTIFIER_ROLE_NAME = `${NOTIFIER_NAME}-fn`;

/** The log group of a function, as Lambda names it. */
export const logGroupName = (functionName: string) => `/aws/lambda/${functionName}`;

/** The table of what the controls did, in the security account. */
export const LEDGER_TABLE_NAME = `${NAME_PREFIX}ledger`;

/** A channel's queue, rule and topic have this name. */
export const channelResourceName = (channel: string) => `${NAME_PREFIX}channel-${channel}`;

/** The rule that hands a channel's messages to its API destination is named after the channel's resources. */
export const SEND_RULE_SUFFIX = "-send";
export const sendRuleName = (resourceName: string) => `${resourceName}${SEND_RULE_SUFFIX}`;

/** The rules that hand alarms to a channel's queue, on the hub bus and on the security account's default bus. */
export const alarmRuleName = (channel: string) => `${NAME_PREFIX}alarms-${channel}`;

/** The role with which EventBridge calls the channels' API destinations. */
export const CHANNEL_ROLE_NAME = `${NAME_PREFIX}channels`;

/** The dashboard in the security account. */
export const DASHBOARD_NAME = "bailiwick";

/** The hub bus's log, whose name AWS's log delivery expects to begin so. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html */
export const HUB_LOG_GROUP_NAME = "/aws/vendedlogs/events/event-bus/bailiwick";

/** The functions' metrics. */
export const METRICS_NAMESPACE = "Bailiwick";

/** `account` is empty for S3 and `region` for global services. */
export const arn = (partition: string, service: string, region: string, account: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`;

/** The key of the tag that exempts a resource from a control. */
export const exemptionTagKey = (controlId: string) => `bailiwick:exempt:${controlId}`;

/** Tags of a control's sessions, which lead from a CloudTrail record of AssumeRole back to what caused it. */
export const SESSION_TAGS = {
  control: "bailiwick:control",
  /** Id of the CloudTrail record or event. */
  event: "bailiwick:event",
  /** Key of the ledger's entry. */
  outcome: "bailiwick:outcome",
} as const;
