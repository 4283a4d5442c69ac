/** The hub's ARNs, all known at preview. */
import { arn, functionRoleName, HUB_BUS_NAME, lookRoleName, SCHEDULE_GROUP_NAME } from "../../contract/names";

/** Where the hub is. */
export interface HubLocation {
  partition: string;
  securityAccountId: string;
  /** The hub's region: every account's events are forwarded to it. */
  region: string;
}

export const hubBusArn = ({ partition, region, securityAccountId }: HubLocation): string =>
  arn(partition, "events", region, securityAccountId, `event-bus/${HUB_BUS_NAME}`);

/** A rule on the hub bus. */
export const hubRuleArn = ({ partition, region, securityAccountId }: HubLocation, ruleName: string): string =>
  arn(partition, "events", region, securityAccountId, `rule/${HUB_BUS_NAME}/${ruleName}`);

/** A rule on the default bus of the security account. */
export const defaultBusRuleArn = (
  { partition, region, securityAccountId }: HubLocation,
  ruleName: string,
): string => arn(partition, "events", region, securityAccountId, `rule/${ruleName}`);

/** The role that a control's function runs with. */
export const functionRoleArn = (
  { partition, securityAccountId }: Pick<HubLocation, "partition" | "securityAccountId">,
  controlId: string,
): string => arn(partition, "iam", "", securityAccountId, `role/${functionRoleName(controlId)}`);

/** The role with which EventBridge Scheduler puts a control's looks on its queue. */
export const lookRoleArn = (
  { partition, securityAccountId }: Pick<HubLocation, "partition" | "securityAccountId">,
  controlId: string,
): string => arn(partition, "iam", "", securityAccountId, `role/${lookRoleName(controlId)}`);

/** The group of the schedules of all looks. */
export const scheduleGroupArn = ({ partition, region, securityAccountId }: HubLocation): string =>
  arn(partition, "scheduler", region, securityAccountId, `schedule-group/${SCHEDULE_GROUP_NAME}`);
