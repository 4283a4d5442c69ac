/** Names and ARNs that program, functions and command agree on. All are known at preview, so that policies can be read and checked there. */

export const HUB_BUS_NAME = "bailiwick";
export const FORWARDING_ROLE_NAME = "bailiwick-forwarding";
export const FORWARDING_DLQ_NAME = "bailiwick-forwarding-dlq";

/** The forwarding rules of a region are numbered from 1. */
export const forwardingRuleName = (index: number) => `bailiwick-forwarding-${index + 1}`;

/** Those that are given read-only management events too are numbered apart. */
export const readForwardingRuleName = (index: number) => `bailiwick-forwarding-reads-${index + 1}`;

/** Gives a rule the read-only management events that others are not given. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
export const WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

/** A control's queue, function, hub rule and member role all carry this name. */
export const controlName = (controlId: string) => `bailiwick-${controlId}`;

/** The table of what the controls did, in the security account. */
export const LEDGER_TABLE_NAME = "bailiwick-ledger";

/** A channel's queue, rule and topic carry this name; dead-letter queue, message rule and destination add to it. */
export const channelResourceName = (channel: string): string => `bailiwick-channel-${channel}`;

/** The role that a control's function runs with, in the security account. */
export const functionRoleName = (controlId: string) => `${controlName(controlId)}-fn`;

/** `account` is empty for S3 and `region` for global services. */
export const arn = (partition: string, service: string, region: string, account: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`;

/** The key of the tag that exempts a resource from a control. */
export const exemptionTagKey = (controlId: string) => `bailiwick:exempt:${controlId}`;
