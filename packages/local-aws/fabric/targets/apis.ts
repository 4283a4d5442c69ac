/** Functions, topics, log groups and state machines as targets: one API call each. */
import type { Arn } from "../arn";
import { DeliveryFailure } from "../failure";
import { requireSamePlace } from "./place";
import type { Delivery, TargetContext, TargetKind } from "./target";

type Kind = (context: TargetContext) => TargetKind;

/** One delivery at a time, in order. */
const oneByOne = (name: string, deliver: (delivery: Delivery, arn: Arn) => Promise<void>): TargetKind => ({
  name,
  async deliver([delivery], arn) {
    if (!delivery) return [];
    await deliver(delivery, arn);
    return [undefined];
  },
});

const placeOf = ({ text, region, account }: Arn) => ({ arn: text, region, owner: account });

/** Lambda functions, invoked asynchronously. */
export const functionKind: Kind = ({ services, permissions }) =>
  oneByOne("function", async ({ rule, target, payload }, arn) => {
    requireSamePlace(rule, target, arn, "function");
    requireJson(payload, arn);
    const found = await services.functionPolicy(arn.text);
    if (!found.exists) throw new DeliveryFailure("NO_RESOURCE", `The function ${arn.text} does not exist.`);
    await permissions.requireEither(rule, target.RoleArn, {
      ...placeOf(arn),
      action: "lambda:InvokeFunction",
      policy: found.policy,
    });
    await services.invoke(arn.text, payload);
  });

/** Topics of SNS. */
export const topicKind: Kind = ({ services, permissions }) =>
  oneByOne("topic", async ({ rule, target, payload }, arn) => {
    requireSamePlace(rule, target, arn, "topic");
    const topic = await services.topic(arn.text);
    if (!topic) throw new DeliveryFailure("NO_RESOURCE", `The topic ${arn.text} does not exist.`);
    await permissions.requireEither(rule, target.RoleArn, {
      ...placeOf(arn),
      action: "sns:Publish",
      policy: topic.policy,
    });
    await services.publish(arn.text, payload);
  });

/** Log groups of CloudWatch Logs: with the account's resource policies, never with a role. */
export const logGroupKind: Kind = ({ services, permissions }) =>
  oneByOne("log group", async ({ rule, target, payload, event }, arn) => {
    requireSamePlace(rule, target, arn, "log group");
    if (arn.account !== rule.account) {
      throw new DeliveryFailure("NO_PERMISSIONS", `The log group ${arn.text} is in another account.`);
    }
    const group = await services.logGroup(arn.text);
    if (!group) throw new DeliveryFailure("NO_RESOURCE", `The log group ${arn.text} does not exist.`);
    const policy = JSON.stringify({ Statement: group.policies.flatMap(statementsOf) });
    const stream = `${arn.text.replace(/:\*$/, "")}:log-stream:${event.id}`;
    for (const action of ["logs:CreateLogStream", "logs:PutLogEvents"]) {
      await permissions.requireService(rule, { ...placeOf(arn), action, arn: stream, policy });
    }
    await services.log(arn.text, event.id, payload, Date.now());
  });

/** State machines of Step Functions: always with a role. */
export const stateMachineKind: Kind = ({ services, permissions }) =>
  oneByOne("state machine", async ({ rule, target, payload }, arn) => {
    requireSamePlace(rule, target, arn, "state machine");
    requireJson(payload, arn);
    await permissions.requireRole(rule, roleOf(target, arn), {
      ...placeOf(arn),
      action: "states:StartExecution",
      policy: undefined,
    });
    await services.startExecution(arn.text, payload);
  });

/** @throws DeliveryFailure when the target names no role, which its kind needs */
export function roleOf(target: Delivery["target"], arn: Arn): string {
  if (target.RoleArn !== undefined) return target.RoleArn;
  throw new DeliveryFailure(
    "NO_PERMISSIONS",
    `The target ${arn.text} needs a RoleArn: EventBridge has no other permission.`,
  );
}

function requireJson(payload: string, arn: Arn): void {
  try {
    JSON.parse(payload);
  } catch {
    throw new DeliveryFailure(
      "INVALID_JSON",
      `${arn.text} accepts only JSON, and the target's input settings don't make JSON.`,
    );
  }
}

/** An unreadable document allows nothing. */
function statementsOf(policy: string): unknown[] {
  try {
    const { Statement = [] } = JSON.parse(policy) as { Statement?: unknown };
    return Array.isArray(Statement) ? Statement : [Statement];
  } catch {
    return [];
  }
}
