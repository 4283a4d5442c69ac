/** Refusals that depend on what is deployed. */
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import { parseArn, resourceName } from "./arn";
import { DeliveryFailure } from "./failure";
import type { Permissions } from "./permissions";
import { busName, refusal, type RefusableCall, type Refusal, type RefusalState } from "./refusal";
import type { Services } from "./services";
import type { Buses } from "./targets/bus";

interface DeployedState {
  services: Pick<Services, "ruleNames" | "targets">;
  buses: Buses;
  permissions: Permissions;
}

/** Reads what is deployed, as far as the call depends on it, and answers as AWS would. */
export async function refuse(call: RefusableCall, deployed: DeployedState): Promise<Refusal | undefined> {
  if (call.service !== "events") return undefined;
  const refused = refusal(call, await stateFor(call, deployed.services));
  if (refused || call.operation !== "PutTargets") return refused;
  return refusedByBus(call, deployed);
}

async function stateFor(call: RefusableCall, services: DeployedState["services"]): Promise<RefusalState> {
  const { account, region, operation, parameters } = call;
  const bus = busName(parameters[operation === "DeleteEventBus" ? "Name" : "EventBusName"]);
  switch (operation) {
    case "PutRule":
    case "DeleteEventBus":
      return { rules: await services.ruleNames(account, region, bus) };
    case "PutTargets":
    case "DeleteRule": {
      const rule = parameters[operation === "PutTargets" ? "Rule" : "Name"];
      if (typeof rule !== "string") return {};
      return { targets: (await services.targets(account, region, bus, rule)).map(({ Id }) => Id) };
    }
    default:
      return {};
  }
}

/** PutTargets needs the policy of another account's bus to allow the caller, not the target's role. */
async function refusedByBus(call: RefusableCall, deployed: DeployedState): Promise<Refusal | undefined> {
  const { account, region, parameters, caller = `arn:aws:iam::${account}:root` } = call;
  const targets: Json = parameters["Targets"] ?? [];
  for (const target of Array.isArray(targets) ? (targets as JsonObject[]) : []) {
    const { Arn } = target;
    if (typeof Arn !== "string") continue;
    const arn = parseArn(Arn);
    if (arn.service !== "events" || !arn.resource.startsWith("event-bus/") || arn.account === account)
      continue;
    const denied = {
      code: "AccessDeniedException",
      message:
        `User: ${caller} is not authorized to perform: events:PutEvents on resource: ${Arn} ` +
        "because no resource-based policy allows the events:PutEvents action",
    };
    const bus = await deployed.buses.find(arn.account, arn.region, resourceName(arn));
    if (bus?.policy === undefined) return denied;
    const name = typeof parameters["Rule"] === "string" ? parameters["Rule"] : "";
    const onBus = busName(parameters["EventBusName"]);
    const path = onBus === "default" ? name : `${onBus}/${name}`;
    const rule = { arn: `arn:${arn.partition}:events:${region}:${account}:rule/${path}`, account };
    const { policy } = bus;
    const request = { action: "events:PutEvents", arn: Arn, region: arn.region, owner: arn.account, policy };
    try {
      await deployed.permissions.requireResourcePolicy(rule, caller, request);
    } catch (error) {
      if (error instanceof DeliveryFailure) return denied;
      throw error;
    }
  }
  return undefined;
}
