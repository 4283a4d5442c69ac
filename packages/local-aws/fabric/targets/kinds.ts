/** The kind of target that an ARN names. */
import { parseArn } from "../arn";
import { DeliveryFailure } from "../failure";
import type { DeployedTarget } from "../services";
import { apiDestinationKind, type ApiDestinationOptions } from "./api-destination";
import { functionKind, logGroupKind, stateMachineKind, topicKind } from "./apis";
import { busKind, type Buses } from "./bus";
import { queueKind, type Queues } from "./queue";
import type { TargetContext, TargetKind } from "./target";

/** @returns a function that never throws: for a target of an unknown kind it returns a kind that fails. */
export function targetKinds(
  context: TargetContext,
  buses: Buses,
  queues: Queues,
  options: ApiDestinationOptions,
): (target: DeployedTarget) => TargetKind {
  const bus = busKind(context, buses);
  const apiDestination = apiDestinationKind(context, options);
  const byService: Record<string, TargetKind> = {
    sqs: queueKind(context, queues),
    lambda: functionKind(context),
    sns: topicKind(context),
    logs: logGroupKind(context),
    states: stateMachineKind(context),
  };
  return ({ Arn }) => {
    try {
      const { service, resource } = parseArn(Arn);
      if (service === "events" && resource.startsWith("event-bus/")) return bus;
      if (service === "events" && resource.startsWith("api-destination/")) return apiDestination;
      return byService[service] ?? unknownKind;
    } catch {
      return unknownKind;
    }
  };
}

const unknownKind: TargetKind = {
  name: "target",
  deliver: (_, arn) =>
    Promise.reject(
      new DeliveryFailure(
        "INVALID_PARAMETER",
        `The local organization does not deliver to targets like ${arn.text}.`,
      ),
    ),
};
