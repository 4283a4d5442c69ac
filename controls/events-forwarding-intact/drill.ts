/** Disables the rule that forwards tampering alone, so that no other control misses events; puts another rule as it is, which is allowed. */
import {
  DescribeRuleCommand,
  EnableRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
} from "@aws-sdk/client-eventbridge";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { FORWARDING_ROLE_NAME, GUARD_RULE_NAME } from "../lib/path-names";
import { RESOURCES } from "./resources";

/** Each region has at least this one. */
const FIRST_RULE = `${FORWARDING_ROLE_NAME}-1`;

interface Rules {
  /** The pattern of the first rule, JSON. */
  pattern: string;
}

export const drill: Drill<Record<string, never>, Rules> = {
  async prepare({ aws }) {
    const { EventPattern: pattern = "" } = await describe(aws, FIRST_RULE);
    return { pattern };
  },

  async offend({ aws }) {
    await new EventBridgeClient(aws).send(new DisableRuleCommand({ Name: GUARD_RULE_NAME }));
  },

  async check({ aws }) {
    const { State: state } = await describe(aws, GUARD_RULE_NAME);
    return state === "ENABLED" ? { good: true } : { good: false, still: `The rule's state is ${state}.` };
  },

  async benign({ aws }) {
    const { EventPattern, State, Description } = await describe(aws, FIRST_RULE);
    const asItIs = new PutRuleCommand({ Name: FIRST_RULE, EventPattern, State, Description });
    await new EventBridgeClient(aws).send(asItIs);
  },

  async checkBenign({ aws }, { pattern }) {
    const { EventPattern: found, State: state } = await describe(aws, FIRST_RULE);
    return found === pattern && state === "ENABLED"
      ? { good: true }
      : { good: false, still: `The rule ${FIRST_RULE} is ${state}, with the pattern ${found}.` };
  },

  async cleanUp({ aws }) {
    await new EventBridgeClient(aws).send(new EnableRuleCommand({ Name: GUARD_RULE_NAME }));
  },

  resources: (context) => ({ offended: arnOf(context, GUARD_RULE_NAME), benign: arnOf(context, FIRST_RULE) }),
};

const describe = (aws: DrillContext["aws"], Name: string) =>
  new EventBridgeClient(aws).send(new DescribeRuleCommand({ Name }));

const arnOf = ({ account, aws: { region } }: DrillContext, id: string) =>
  RESOURCES.rule.arn({ partition: partitionOf(region), account, region, id });
