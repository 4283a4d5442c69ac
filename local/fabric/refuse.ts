/** Refusals that need to know what is deployed. */
import { parseArn, resourceName } from "./arn";
import { DeliveryFailure } from "./failure";
import type { Permissions } from "./permissions";
import { busName, refusal, type RefusableCall, type Refusal, type RefusalState } from "./refusal";
import type { Rules } from "./rules";
import type { DeployedRule } from "./services";
import type { Buses } from "./targets/bus";

interface Known {
  rules: Rules;
  buses: Buses;
  permissions: Permissions;
}

/** Asks what is deployed as far as the call needs it, and answers as AWS would. */
export async function refuse(call: RefusableCall, known: Known): Promise<Refusal | undefined> {
  if (call.service !== "events") return undefined;
  const { account, region, operation, parameters } = call;
  if (operation !== "PutRule" && operation !== "PutTargets") return refusal(call);
  const { rules } = await known.rules.of(account, region, busName(parameters["EventBusName"]));
  const rule = rules.find(({ name }) => name === parameters["Rule"]);
  const state: RefusalState = {
    rules: rules.map(({ name }) => name),
    targets: rule?.targets.map(({ Id }) => Id),
  };
  const refused = refusal(call, state);
  if (refused || operation === "PutRule" || !rule) return refused;
  return refusedByBus(call, rule, known);
}

/** PutTargets asks the bus of another account whether its policy lets the role in. */
async function refusedByBus(
  call: RefusableCall,
  rule: DeployedRule,
  known: Known,
): Promise<Refusal | undefined> {
  const targets = call.parameters["Targets"];
  for (const target of Array.isArray(targets) ? targets : []) {
    const { Arn, RoleArn } = (target ?? {}) as { Arn?: string; RoleArn?: string };
    const arn = parseArn(Arn ?? "");
    if (arn.service !== "events" || !arn.resource.startsWith("event-bus/") || RoleArn === undefined) continue;
    if (arn.account === rule.account) continue;
    const denied = {
      code: "AccessDeniedException",
      message:
        `${RoleArn} is not authorized to perform: events:PutEvents on resource: ${arn.text} ` +
        "because no resource-based policy allows the events:PutEvents action",
    };
    const bus = await known.buses.find(arn.account, arn.region, resourceName(arn));
    if (bus?.policy === undefined) return denied;
    try {
      await known.permissions.requireResourcePolicy(rule, RoleArn, {
        action: "events:PutEvents",
        arn: arn.text,
        region: arn.region,
        owner: arn.account,
        policy: bus.policy,
      });
    } catch (error) {
      if (error instanceof DeliveryFailure) return denied;
      throw error;
    }
  }
  return undefined;
}
