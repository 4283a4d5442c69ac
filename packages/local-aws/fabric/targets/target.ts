/** A kind of target, as the fabric uses it. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Arn } from "../arn";
import type { Permissions } from "../permissions";
import type { DeployedRule, DeployedTarget, Services } from "../services";

/** One event for one target of a rule. */
export interface Delivery {
  event: EventBridgeEvent;
  rule: DeployedRule;
  target: DeployedTarget;
  /** What the target receives: the event, or the result of its input settings. */
  payload: string;
  /** Whether input settings made the payload. */
  shaped: boolean;
  /** The event came from another bus, so it can't go to a further one. */
  fromBus: boolean;
}

export interface TargetKind {
  /** For the trace: `queue`, `bus`, `function`, … */
  name: string;
  /**
   * Delivers in order; all are for the same target of one rule. The answer has an error for each that was not delivered.
   * A rejection stands for all of them.
   */
  deliver(deliveries: Delivery[], arn: Arn): Promise<(Error | undefined)[]>;
  /** How many may go together. Default 1. */
  batch?(waiting: readonly Delivery[]): number;
  /** How many at once. Default 1. */
  concurrency?: number;
}

/** What the kinds of targets use. */
export interface TargetContext {
  services: Services;
  permissions: Permissions;
  /** Puts an event from another bus on a bus. */
  accept(account: string, region: string, bus: string, event: EventBridgeEvent): void;
}
