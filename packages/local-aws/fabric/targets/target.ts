/** What a kind of target is to the fabric. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Arn } from "../arn";
import type { Permissions } from "../permissions";
import type { DeployedRule, DeployedTarget, Services } from "../services";

/** One event on its way to one target of a rule. */
export interface Delivery {
  event: EventBridgeEvent;
  rule: DeployedRule;
  target: DeployedTarget;
  /** What the target gets: the event, or what its input settings make of it. */
  payload: string;
  /** Whether input settings made the payload. */
  shaped: boolean;
  /** The event came from another bus, so that it can't go to one again. */
  fromBus: boolean;
}

export interface TargetKind {
  /** For the trace: `queue`, `bus`, `function`, … */
  name: string;
  /**
   * Delivers all, of one rule's one target, in order. The answer has an error where one was not delivered.
   * A rejection counts for all of them.
   */
  deliver(deliveries: Delivery[], arn: Arn): Promise<(Error | undefined)[]>;
  /** How many may go together. Default 1. */
  batch?(waiting: readonly Delivery[]): number;
  /** How many at once. Default 1. */
  concurrency?: number;
}

/** What the kinds of targets work with. */
export interface TargetContext {
  services: Services;
  permissions: Permissions;
  /** Puts an event on a bus, as having come from another bus. */
  arrive(account: string, region: string, bus: string, event: EventBridgeEvent): void;
}
