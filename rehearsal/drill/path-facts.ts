/** Looks up facts about a control's path in the organization, through the APIs that an operator would use. */
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  type Trail,
} from "@aws-sdk/client-cloudtrail";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from "@aws-sdk/client-lambda";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { controlName, deadLetterQueueName, HUB_BUS_NAME, logGroupName } from "../../contract/names";
import type { PathFacts, PipelineFacts } from "./diagnose";
import { errorInLog } from "./function-log";
import type { DrillCase, DrillOrganization } from "./types";

/** Facts about the paths that the program has deployed into the organization. */
export function pathFacts(organization: DrillOrganization): PathFacts {
  const idOf = (kind: "management" | "security") => {
    const account = organization.accounts.find((each) => each.kind === kind);
    if (account === undefined) throw new Error(`The organization has no ${kind} account.`);
    return account.id;
  };
  const security = () => organization.aws(idOf("security"), organization.homeRegion);
  return {
    async unrecorded({ account, region }) {
      const place = `account ${account.name} (${account.id}) in ${region}`;
      const organizationWide = (
        await trailsOf(organization.aws(idOf("management"), organization.homeRegion))
      ).filter(({ trail }) => trail.IsOrganizationTrail || account.kind === "management");
      const own = account.kind === "management" ? [] : await trailsOf(organization.aws(account.id, region));
      return whyUnrecorded(place, region, [...organizationWide, ...own]);
    },
    async forwarding({ account, region }) {
      const events = new EventBridgeClient(organization.aws(account.id, region));
      try {
        const rules = (await events.send(new ListRulesCommand({}))).Rules ?? [];
        const forwarding: { name: string; enabled: boolean }[] = [];
        for (const { Name: name, State: state } of rules) {
          if (name === undefined) continue;
          const targets = (await events.send(new ListTargetsByRuleCommand({ Rule: name }))).Targets ?? [];
          if (targets.some(({ Arn: arn }) => arn?.endsWith(`:event-bus/${HUB_BUS_NAME}`)))
            forwarding.push({ name, enabled: state !== "DISABLED" });
        }
        const place = `Region ${region} of account ${account.name} (${account.id})`;
        if (forwarding.length === 0)
          return `${place} is not forwarded: no rule of its default bus has the hub bus as its target. Add the region to bailiwick:regions and deploy again.`;
        const disabled = forwarding.filter(({ enabled }) => !enabled);
        if (disabled.length === forwarding.length)
          return `${place} is not forwarded: ${disabled.map(({ name }) => name).join(", ")} is disabled. Enable it or deploy again.`;
        return undefined;
      } finally {
        events.destroy();
      }
    },
    pipeline: async (drillCase, since) => pipelineFacts(drillCase, since, security()),
  };
}

interface TrailFact {
  trail: Trail;
  logs: boolean;
}

/** @returns one sentence on why none of the trails records the region; undefined if one does. */
export function whyUnrecorded(
  place: string,
  region: string,
  trails: readonly TrailFact[],
): string | undefined {
  const covering = trails.filter(({ trail }) => trail.IsMultiRegionTrail || trail.HomeRegion === region);
  if (covering.some(({ logs }) => logs)) return undefined;
  const nothing = `No trail that logs covers ${place}, so CloudTrail sends EventBridge nothing`;
  const stopped = covering.find(({ logs }) => !logs);
  if (stopped !== undefined)
    return `${nothing}: the trail ${stopped.trail.Name} is stopped. Start its logging again.`;
  const elsewhere = trails.find(({ logs }) => logs);
  if (elsewhere !== undefined)
    return `${nothing}: the trail ${elsewhere.trail.Name} logs ${elsewhere.trail.HomeRegion} only. Make it multi-region.`;
  return `${nothing}: there is no such trail. Deploy the organization trail.`;
}

async function trailsOf(
  config: ConstructorParameters<typeof CloudTrailClient>[0] & object,
): Promise<TrailFact[]> {
  const cloudTrail = new CloudTrailClient(config);
  try {
    const { trailList = [] } = await cloudTrail.send(new DescribeTrailsCommand({}));
    return await Promise.all(
      trailList.map(async (trail) => ({
        trail,
        logs:
          (await cloudTrail.send(new GetTrailStatusCommand({ Name: trail.TrailARN ?? trail.Name })))
            .IsLogging === true,
      })),
    );
  } finally {
    cloudTrail.destroy();
  }
}

async function pipelineFacts(
  { control }: DrillCase,
  since: number,
  config: ConstructorParameters<typeof SQSClient>[0] & object,
): Promise<PipelineFacts> {
  const name = controlName(control.id);
  const sqs = new SQSClient(config);
  const lambda = new LambdaClient(config);
  const logs = new CloudWatchLogsClient(config);
  try {
    const queue = await queueFacts(sqs, name);
    const deadLetters = await deadLetterFacts(sqs, deadLetterQueueName(name));
    const state = await unlessMissing(async () => {
      const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      return found.State ?? "Active";
    });
    const mappings = await unlessMissing(async () => {
      const found = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: name }));
      return found.EventSourceMappings ?? [];
    });
    const lines = await unlessMissing(async () => {
      const found = await logs.send(
        new FilterLogEventsCommand({ logGroupName: logGroupName(name), startTime: Math.floor(since) }),
      );
      return (found.events ?? []).map(({ message }) => message ?? "");
    });
    return {
      queue,
      deadLetters,
      function: state === undefined ? undefined : { state, lastError: errorInLog(lines ?? []) },
      mapping: mappings?.[0]?.State,
    };
  } finally {
    sqs.destroy();
    lambda.destroy();
    logs.destroy();
  }
}

const queueFacts = (sqs: SQSClient, name: string): Promise<PipelineFacts["queue"]> =>
  unlessMissing(async () => {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    return {
      waiting: Number(Attributes["ApproximateNumberOfMessages"] ?? 0),
      inFlight: Number(Attributes["ApproximateNumberOfMessagesNotVisible"] ?? 0),
    };
  });

async function deadLetterFacts(sqs: SQSClient, name: string): Promise<PipelineFacts["deadLetters"]> {
  const facts = await queueFacts(sqs, name);
  const count = (facts?.waiting ?? 0) + (facts?.inFlight ?? 0);
  if (count === 0) return { count };
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  // Visible again at once: looking must take nothing away.
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0, MessageAttributeNames: ["All"] }),
  );
  const attributes = Messages[0]?.MessageAttributes;
  return {
    count,
    error: attributes?.["ERROR_MESSAGE"]?.StringValue ?? attributes?.["ERROR_CODE"]?.StringValue,
  };
}

/** @returns undefined when the API answers that the resource doesn't exist. */
async function unlessMissing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Error && /NotFound|DoesNotExist|NonExistent/.test(error.name)) return undefined;
    throw error;
  }
}
