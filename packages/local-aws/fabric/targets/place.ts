/** Where targets may be: a bus anywhere, any other target in the rule's region, and in another account only with a role. */
import type { Arn } from "../arn";
import { DeliveryFailure } from "../failure";
import type { DeployedRule, DeployedTarget } from "../services";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html */
export function requireSamePlace(rule: DeployedRule, target: DeployedTarget, arn: Arn, what: string): void {
  if (arn.region !== rule.region) {
    throw new DeliveryFailure(
      "INVALID_PARAMETER",
      `The ${what} ${arn.text} is in ${arn.region}, the rule ${rule.arn} in ${rule.region}: only event buses can be targets in another region.`,
    );
  }
  if (arn.account !== rule.account && target.RoleArn === undefined) {
    throw new DeliveryFailure(
      "NO_PERMISSIONS",
      `The ${what} ${arn.text} is in another account than the rule ${rule.arn}: such a target needs a RoleArn.`,
    );
  }
}
