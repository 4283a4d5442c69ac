/** Event buses as targets: in any account and region, but only from the event's first bus. */
import { isJsonObject } from "@bailiwick/aws-events/record";
import { parseArn, resourceName, type Arn } from "../arn";
import { DeliveryFailure } from "../failure";
import { Memo } from "../../memo";
import { ANSWER_LIFETIME_MILLISECONDS } from "../permissions";
import type { DeployedBus } from "../services";
import type { Delivery, TargetContext, TargetKind } from "./target";

export class Buses {
  private readonly buses = new Memo<DeployedBus | undefined>(ANSWER_LIFETIME_MILLISECONDS);

  constructor(private readonly services: TargetContext["services"]) {}

  forget(prefix = ""): void {
    this.buses.forget(prefix);
  }

  find(account: string, region: string, name: string): Promise<DeployedBus | undefined> {
    const load = () => this.services.bus(account, region, name);
    return this.buses.get(`${account}/${region}/${name}`, load);
  }
}

export function busKind(context: TargetContext, buses: Buses): TargetKind {
  const { permissions } = context;
  return {
    name: "bus",
    async deliver(deliveries, arn) {
      const [delivery] = deliveries;
      if (!delivery) return [];
      const { rule, target, event } = delivery;
      if (delivery.fromBus) throw secondHop(delivery, arn);
      const name = resourceName(arn);
      const bus = await buses.find(arn.account, arn.region, name);
      if (!bus) throw new DeliveryFailure("NO_RESOURCE", `The event bus ${arn.text} does not exist.`);
      if (target.RoleArn === undefined) {
        throw new DeliveryFailure(
          "NO_PERMISSIONS",
          `The target ${arn.text} of the rule ${rule.arn} is an event bus: it needs a RoleArn with which EventBridge may call events:PutEvents there.`,
        );
      }
      await permissions.requireRole(rule, target.RoleArn, {
        action: "events:PutEvents",
        arn: arn.text,
        region: arn.region,
        owner: arn.account,
        policy: bus.policy,
        context: {
          "events:source": event.source,
          "events:detail-type": event["detail-type"],
          "events:eventBusInvocation": "true",
        },
      });
      context.accept(arn.account, arn.region, name, forwarded(delivery));
      return [undefined];
    },
  };
}

/** The event keeps its id, account, region, time and source; input settings replace its detail. */
function forwarded({ event, payload, shaped }: Delivery): Delivery["event"] {
  if (!shaped) return event;
  const given = JSON.parse(payload) as unknown;
  if (!isJsonObject(given))
    throw new DeliveryFailure(
      "INVALID_JSON",
      "The target's input settings don't make a JSON object of the event.",
    );
  return { ...event, detail: given };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html */
function secondHop({ event, rule }: Delivery, arn: Arn): DeliveryFailure {
  const otherAccount = parseArn(rule.arn).account !== arn.account;
  return new DeliveryFailure(
    otherAccount || arn.region === rule.region ? "THIRD_ACCOUNT_HOP_DETECTED" : "THIRD_REGION_HOP_DETECTED",
    `The event arrived on bus ${rule.bus} of ${rule.account} from another bus (it arose in ${event.account}, ${event.region}): ` +
      `EventBridge does not send it on to the third bus ${arn.text}. Send it there from its first bus.`,
  );
}
