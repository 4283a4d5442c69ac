/** What a target gets instead of the event: Input, InputPath, InputTransformer. */
import type { EventBridgeEvent } from "../../events/record";
import type { DeployedRule, DeployedTarget } from "./services";

/** Undefined when the target gets the event as it is. */
export function renderInput(
  target: DeployedTarget,
  _rule: Pick<DeployedRule, "name" | "arn">,
  _event: EventBridgeEvent,
): string | undefined {
  return target.Input;
}
