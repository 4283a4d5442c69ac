/**
 * May EventBridge give this event to that target? By the policy of the target, when EventBridge comes as the service, or by the role that
 * the target names (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html,
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html).
 */
import type { Authorization, AuthorizationRequest } from "../emulator/emulator";
import { DeliveryFailure } from "./failure";
import { Memo } from "./memo";
import type { DeployedRule, Services } from "./services";

export const EVENTS_SERVICE = "events.amazonaws.com";

/** Changes are heard of; one that was not is noticed after this time at the latest. */
export const ANSWER_LIFETIME_MILLISECONDS = 5000;

export interface Target {
  /** What is done to it. */
  action: string;
  arn: string;
  region: string;
  /** The account that owns it. */
  owner: string;
  policy: string | undefined;
  /** More that its policy may ask about. */
  context?: Record<string, string>;
}

export class Permissions {
  private readonly answers = new Memo<Authorization>(ANSWER_LIFETIME_MILLISECONDS);

  constructor(private readonly services: Pick<Services, "authorize">) {}

  forget(): void {
    this.answers.forget();
  }

  /**
   * EventBridge as a service, for this rule.
   * @throws DeliveryFailure NO_PERMISSIONS with the reason
   */
  async requireService(rule: DeployedRule, target: Target): Promise<void> {
    await this.require("NO_PERMISSIONS", {
      principal: { service: EVENTS_SERVICE },
      action: target.action,
      resource: target.arn,
      region: target.region,
      policy: target.policy ?? "{}",
      owner: target.owner,
      context: { ...sourceOf(rule), ...target.context },
    });
  }

  /** EventBridge with the rule's target's role where it has one, by itself where it has none. */
  async requireEither(rule: DeployedRule, role: string | undefined, target: Target): Promise<void> {
    await (role === undefined ? this.requireService(rule, target) : this.requireRole(rule, role, target));
  }

  /**
   * EventBridge with the target's role: the role trusts EventBridge for this rule, its policies allow the action, and in another account
   * the target's own policy does too.
   * @throws DeliveryFailure FAILED_TO_ASSUME_ROLE or NO_PERMISSIONS with the reason
   */
  async requireRole(rule: DeployedRule, role: string, target: Target): Promise<void> {
    if (role.split(":")[4] !== rule.account) {
      throw new DeliveryFailure(
        "FAILED_TO_ASSUME_ROLE",
        `The role ${role} belongs to another account than the rule ${rule.arn}: EventBridge assumes roles of the rule's account only.`,
      );
    }
    const assumed = this.require("FAILED_TO_ASSUME_ROLE", {
      principal: { service: EVENTS_SERVICE },
      action: "sts:AssumeRole",
      resource: role,
      region: rule.region,
      trust: true,
      context: sourceOf(rule),
    });
    const allowed = this.require("NO_PERMISSIONS", {
      principal: { role },
      action: target.action,
      resource: target.arn,
      region: target.region,
      policy: target.policy,
      owner: target.owner,
      context: { ...sourceOf(rule), ...target.context },
    });
    // Both are asked at once; what can't be assumed is the reason that counts.
    allowed.catch(() => undefined);
    await assumed;
    await allowed;
  }

  /**
   * What the target's own policy says of somebody, by ARN, whatever they may do themselves.
   * @throws DeliveryFailure NO_PERMISSIONS with the reason
   */
  async requireResourcePolicy(rule: RuleSource, caller: string, target: Target): Promise<void> {
    await this.require("NO_PERMISSIONS", {
      principal: { arn: caller },
      action: target.action,
      resource: target.arn,
      region: target.region,
      policy: target.policy,
      owner: target.owner,
      policyOnly: true,
      context: { ...sourceOf(rule), ...target.context },
    });
  }

  private async require(
    code: "NO_PERMISSIONS" | "FAILED_TO_ASSUME_ROLE",
    asked: AuthorizationRequest,
  ): Promise<void> {
    const answer = await this.answers.get(JSON.stringify(asked), () => this.services.authorize(asked));
    if (!answer.allowed) throw new DeliveryFailure(code, `${capital(answer.reason)}.`);
  }
}

type RuleSource = Pick<DeployedRule, "arn" | "account">;

const sourceOf = (rule: RuleSource) => ({ "aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account });

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
