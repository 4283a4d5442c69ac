/** The hub's ARNs, all known at preview. */
import { arn, HUB_BUS_NAME, SCHEDULE_GROUP_NAME, UNDO_NAME } from "../../contract/names";

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

/** The function of undos. */
export const undoFunctionArn = ({ partition, region, securityAccountId }: HubLocation): string =>
  arn(partition, "lambda", region, securityAccountId, `function:${UNDO_NAME}`);

/** A rule on the default bus of the security account. */
export const defaultBusRuleArn = (
  { partition, region, securityAccountId }: HubLocation,
  ruleName: string,
): string => arn(partition, "events", region, securityAccountId, `rule/${ruleName}`);

/** A role in the security account, such as the one that a function runs with. */
export const securityRoleArn = (
  { partition, securityAccountId }: Pick<HubLocation, "partition" | "securityAccountId">,
  name: string,
): string => arn(partition, "iam", "", securityAccountId, `role/${name}`);

/** The group of the schedules of all looks. */
export const scheduleGroupArn = ({ partition, region, securityAccountId }: HubLocation): string =>
  arn(partition, "scheduler", region, securityAccountId, `schedule-group/${SCHEDULE_GROUP_NAME}`);
