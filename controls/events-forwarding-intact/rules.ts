/** Rules that carry events, on default buses and on the hub bus, with their targets. */
import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  EnableRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type DescribeRuleCommandOutput,
  type RuleState,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { inPlace, type DeployedRule, type DeployedTarget } from "../lib/deployed-path";
import { isNamed, RetryableError } from "../lib/errors";
import { HUB_BUS_NAME } from "../lib/path-names";
import { isSameDocument } from "./compare";
import { AS_DEPLOYED, NOT_OURS, violation, type Part, type PathContext } from "./part";

export const rules: Part = {
  async evaluate(context) {
    const deployed = deployedRule(context);
    if (!deployed) return NOT_OURS;
    const differences = await compare(context, deployed);
    return differences.length === 0
      ? AS_DEPLOYED
      : violation(
          differences.map(({ finding }) => finding),
          differences.flatMap(({ remedy = [] }) => remedy),
        );
  },

  async fix(context) {
    const deployed = deployedRule(context);
    if (!deployed) return;
    const client = new EventBridgeClient(context.aws);
    const { Name, EventBusName } = called(context);
    for (const { change, obsolete } of await compare(context, deployed))
      if (change === "rule")
        await client.send(
          new PutRuleCommand({
            Name,
            EventBusName,
            EventPattern: deployed.eventPattern,
            State: deployed.state as RuleState,
            Description: deployed.description,
          }),
        );
      else if (change === "state") await client.send(new EnableRuleCommand({ Name, EventBusName }));
      else if (change === "targets")
        requireAll(
          await client.send(
            new PutTargetsCommand({
              Rule: Name,
              EventBusName,
              Targets: (deployed.targets ?? []).map(toTarget),
            }),
          ),
        );
      else if (change === "others")
        requireAll(await client.send(new RemoveTargetsCommand({ Rule: Name, EventBusName, Ids: obsolete })));
  },
};

/** Calls name a rule by its name and its bus. */
function called({ resource: { id } }: PathContext): { Name: string; EventBusName?: string } {
  const [bus, name] = id.split("/");
  return name === undefined ? { Name: id } : { Name: name, EventBusName: bus };
}

function deployedRule({ resource, deployed }: PathContext): DeployedRule | undefined {
  const { Name, EventBusName } = called({ resource } as PathContext);
  const { forwarding, hub } = deployed;
  const isHub = resource.account === hub.account && resource.region === hub.region;
  const among =
    EventBusName === HUB_BUS_NAME
      ? isHub && hub.rules
      : forwarding.regions.includes(resource.region) && forwarding.rules;
  return among && Object.hasOwn(among, Name) ? inPlace(among[Name], resource) : undefined;
}

interface Difference {
  finding: string;
  /** Absent, with `change`: without a pattern the rule can't be restored. */
  remedy?: string;
  change?: "rule" | "state" | "targets" | "others";
  /** Ids of targets that others added. */
  obsolete?: string[];
}

/** In the order in which they are to be restored: a rule first, or it has no targets. */
async function compare(context: PathContext, deployed: DeployedRule): Promise<Difference[]> {
  const client = new EventBridgeClient(context.aws);
  const { Name, EventBusName } = called(context);
  const rule = await orUndefined(client.send(new DescribeRuleCommand({ Name, EventBusName })));
  const { Targets: found = [] } = rule
    ? await client.send(new ListTargetsByRuleCommand({ Rule: Name, EventBusName }))
    : {};
  const of = `The rule ${Name} in ${context.resource.region}`;
  return [...ruleDifference(of, rule, deployed), ...targetDifferences(of, found, deployed.targets)];
}

function ruleDifference(
  of: string,
  rule: DescribeRuleCommandOutput | undefined,
  deployed: DeployedRule,
): Difference[] {
  const { eventPattern, state } = deployed;
  const faults = [
    ...(rule ? [] : [`${of} was deleted: it forwards nothing.`]),
    ...(rule && rule.State !== state
      ? [
          rule.State === "DISABLED"
            ? `${of} is disabled: it forwards nothing.`
            : `${of} is in the state ${rule.State}.`,
        ]
      : []),
    ...(rule && eventPattern !== undefined && !isSameDocument(rule.EventPattern, eventPattern)
      ? [`${of} has another event pattern: ${rule.EventPattern ?? "none"}`]
      : []),
  ];
  if (faults.length === 0) return [];
  const finding = faults.join(" ");
  if (eventPattern !== undefined)
    return [{ finding, remedy: "Put the rule as it was deployed.", change: "rule" }];
  return rule
    ? [{ finding, remedy: "Enable the rule.", change: "state" }]
    : [{ finding: `${finding} Run pulumi up, which restores it.` }];
}

function targetDifferences(of: string, found: Target[], targets: DeployedTarget[] | undefined): Difference[] {
  if (targets === undefined) return [];
  const wanted = targets.map(toTarget);
  const missing = wanted.filter((target) => !found.some((each) => isSameTarget(each, target)));
  const others = found.filter(({ Id }) => !wanted.some((target) => target.Id === Id));
  return [
    ...(missing.length === 0
      ? []
      : [
          {
            finding: `${of} lacks its target ${missing.map(({ Arn }) => Arn).join(", ")}.`,
            remedy: "Put the target as it was deployed.",
            change: "targets" as const,
          },
        ]),
    ...(others.length === 0
      ? []
      : [
          {
            finding: `${of} has another target: ${others.map(({ Arn }) => Arn).join(", ")}.`,
            remedy: "Remove the other target.",
            change: "others" as const,
            obsolete: others.map(({ Id }) => Id ?? ""),
          },
        ]),
  ];
}

const toTarget = ({ id, arn, roleArn, deadLetterQueueArn, retry }: DeployedTarget): Target => ({
  Id: id,
  Arn: arn,
  ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
  DeadLetterConfig: { Arn: deadLetterQueueArn },
  ...(retry && {
    RetryPolicy: {
      MaximumEventAgeInSeconds: retry.maximumEventAgeSeconds,
      MaximumRetryAttempts: retry.maximumRetryAttempts,
    },
  }),
});

/** Inputs count as well: a target that is handed other texts receives no events. */
const isSameTarget = (found: Target, wanted: Target) =>
  isSameDocument(JSON.stringify({ ...found }), JSON.stringify(wanted));

/** @throws RetryableError: EventBridge answers refused targets in its result. */
function requireAll({ FailedEntries: failed = [] }: { FailedEntries?: { ErrorMessage?: string }[] }): void {
  if (failed.length > 0)
    throw new RetryableError(
      `EventBridge refused a target; it will be retried. (${failed.map(({ ErrorMessage }) => ErrorMessage).join(" ")})`,
    );
}

async function orUndefined<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNamed(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}
