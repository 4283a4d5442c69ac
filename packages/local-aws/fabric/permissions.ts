/**
 * May EventBridge deliver this event to that target? As the service, by the target's policy, or with the role that the target names (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html,
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html).
 */
import type { Authorization, AuthorizationRequest } from "../emulator/emulator";
import { DeliveryFailure } from "./failure";
import { Memo } from "../memo";
import type { DeployedRule, Services } from "./services";

export const EVENTS_SERVICE = "events.amazonaws.com";

/** The fabric is notified of changes; it notices any other after this time at the latest. */
export const ANSWER_LIFETIME_MILLISECONDS = 5000;

interface Target {
  /** What EventBridge does with it. */
  action: string;
  arn: string;
  region: string;
  /** The account that owns it. */
  owner: string;
  policy: string | undefined;
  /** More condition keys for its policy. */
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

  /** EventBridge with the target's role if it has one, else as a service. */
  async requireEither(rule: DeployedRule, role: string | undefined, target: Target): Promise<void> {
    await (role === undefined ? this.requireService(rule, target) : this.requireRole(rule, role, target));
  }

  /**
   * EventBridge with the target's role: the role must trust EventBridge for this rule, and its policies must allow the action; so must
   * the target's own policy if it is in another account.
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
    // Both are asked at once; if the role can't be assumed, that is the reason.
    allowed.catch(() => undefined);
    await assumed;
    await allowed;
  }

  /**
   * Whether the target's own policy allows a caller, by ARN, whatever the caller's own policies allow.
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
    request: AuthorizationRequest,
  ): Promise<void> {
    const answer = await this.answers.get(JSON.stringify(request), () => this.services.authorize(request));
    if (!answer.allowed) throw new DeliveryFailure(code, `${capital(answer.reason)}.`);
  }
}

type RuleSource = Pick<DeployedRule, "arn" | "account">;

const sourceOf = (rule: RuleSource) => ({ "aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account });

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
