/**
 * The fabric's services in the emulator, by AWS SDK clients with the root key of the account. They bypass the gateway, because what
 * EventBridge does inside AWS is not an API call that CloudTrail would record.
 */
import {
  DescribeApiDestinationCommand,
  DescribeEventBusCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Rule,
} from "@aws-sdk/client-eventbridge";
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeResourcePoliciesCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { GetTopicAttributesCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Emulator } from "../emulator/emulator";
import { parseArn, resourceName } from "./arn";
import type { DeployedRule, DeployedTarget, QueueMessage, ServiceFailure, Services } from "./services";

interface ClientConfiguration {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
}

/** One client a service, account and region. */
function clients<Client>(url: string, make: (configuration: ClientConfiguration) => Client) {
  const made = new Map<string, Client>();
  return (account: string, region: string): Client => {
    const key = `${account}/${region}`;
    let client = made.get(key);
    if (!client) {
      const credentials = { accessKeyId: account, secretAccessKey: "test" };
      // The fabric retries, and counts it.
      client = make({ endpoint: url, region, credentials, maxAttempts: 1 });
      made.set(key, client);
    }
    return client;
  };
}

/** @returns undefined when AWS answers that it does not exist. */
async function ifExists<Found>(question: Promise<Found>): Promise<Found | undefined> {
  try {
    return await question;
  } catch (error) {
    if (/NotFound|NonExistent|DoesNotExist|NoSuch/i.test((error as Error).name)) return undefined;
    throw error;
  }
}

export function sdkServices(
  emulator: Pick<Emulator, "url" | "authorize" | "archive" | "connection" | "metrics">,
): Services {
  const { url } = emulator;
  const events = clients(url, (configuration) => new EventBridgeClient(configuration));
  const sqs = clients(
    url,
    (configuration) => new SQSClient({ ...configuration, useQueueUrlAsEndpoint: false }),
  );
  const lambda = clients(url, (configuration) => new LambdaClient(configuration));
  const logs = clients(url, (configuration) => new CloudWatchLogsClient(configuration));
  const sns = clients(url, (configuration) => new SNSClient(configuration));
  const states = clients(url, (configuration) => new SFNClient(configuration));
  const kms = clients(url, (configuration) => new KMSClient(configuration));

  const listRules = async (account: string, region: string, bus: string): Promise<Rule[]> => {
    const rules: Rule[] = [];
    for (let token: string | undefined; ;) {
      const command = new ListRulesCommand({ EventBusName: bus, NextToken: token });
      const page = await events(account, region).send(command);
      rules.push(...(page.Rules ?? []));
      token = page.NextToken;
      if (token === undefined) return rules;
    }
  };
  const listTargets: Services["targets"] = async (account, region, bus, rule) => {
    const targets: DeployedTarget[] = [];
    for (let token: string | undefined; ;) {
      const command = new ListTargetsByRuleCommand({ Rule: rule, EventBusName: bus, NextToken: token });
      const page = await events(account, region).send(command);
      targets.push(...((page.Targets ?? []) as DeployedTarget[]));
      token = page.NextToken;
      if (token === undefined) return targets;
    }
  };

  return {
    authorize: emulator.authorize,
    archive: emulator.archive,
    metrics: emulator.metrics,

    async rules(account, region, bus) {
      const rules = await listRules(account, region, bus);
      return Promise.all(
        rules.map(async (rule): Promise<DeployedRule> => {
          const name = rule.Name ?? "";
          return {
            name,
            arn: rule.Arn ?? "",
            account,
            region,
            bus,
            state: rule.State ?? "ENABLED",
            pattern: rule.EventPattern,
            targets: await listTargets(account, region, bus, name),
          };
        }),
      );
    },

    ruleNames: async (account, region, bus) =>
      (await listRules(account, region, bus)).map(({ Name }) => Name ?? ""),

    targets: listTargets,

    async bus(account, region, name) {
      const found = await ifExists(events(account, region).send(new DescribeEventBusCommand({ Name: name })));
      return found && { arn: found.Arn ?? "", policy: found.Policy };
    },

    async hasArchive(account, region, bus) {
      const EventSourceArn = `arn:aws:events:${region}:${account}:event-bus/${bus}`;
      const { Archives = [] } = await events(account, region).send(
        new ListArchivesCommand({ EventSourceArn }),
      );
      return Archives.some((archive) => archive.State === "ENABLED");
    },

    async replayFilter(account, region, replay) {
      const command = new DescribeReplayCommand({ ReplayName: replay });
      return (await ifExists(events(account, region).send(command)))?.Destination?.FilterArns;
    },

    async queue(arn) {
      const { account, region, resource } = parseArn(arn);
      const client = sqs(account, region);
      const named = await ifExists(client.send(new GetQueueUrlCommand({ QueueName: resource })));
      if (named?.QueueUrl === undefined) return undefined;
      const command = new GetQueueAttributesCommand({ QueueUrl: named.QueueUrl, AttributeNames: ["All"] });
      const attributes = (await client.send(command)).Attributes ?? {};
      return {
        url: named.QueueUrl,
        policy: attributes.Policy,
        fifo: attributes.FifoQueue === "true",
        contentBasedDeduplication: attributes.ContentBasedDeduplication === "true",
        kmsKey: attributes.KmsMasterKeyId === "" ? undefined : attributes.KmsMasterKeyId,
      };
    },

    async send({ arn, url: QueueUrl }, messages) {
      const { account, region } = parseArn(arn);
      const client = sqs(account, region);
      const [first] = messages;
      if (messages.length === 1 && first) {
        await client.send(new SendMessageCommand({ QueueUrl, ...entryOf(first) }));
        return [undefined];
      }
      const Entries = messages.map((message, index) => ({ Id: String(index), ...entryOf(message) }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      const failed = new Map(Failed.map((entry) => [entry.Id, entry]));
      return messages.map((_, index): ServiceFailure | undefined => {
        const entry = failed.get(String(index));
        if (!entry) return undefined;
        const httpStatusCode = entry.SenderFault === true ? 400 : 500;
        return Object.assign(new Error(entry.Message ?? "refused"), {
          name: entry.Code ?? "Unknown",
          $metadata: { httpStatusCode },
        });
      });
    },

    async key(account, region, id) {
      const client = kms(account, region);
      const described = await ifExists(client.send(new DescribeKeyCommand({ KeyId: id })));
      const KeyId = described?.KeyMetadata?.KeyId;
      if (KeyId === undefined) return undefined;
      const policy = await ifExists(client.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" })));
      return { arn: described?.KeyMetadata?.Arn ?? "", policy: policy?.Policy };
    },

    async functionPolicy(arn) {
      const { account, region } = parseArn(arn);
      const client = lambda(account, region);
      const found = await ifExists(client.send(new GetFunctionConfigurationCommand({ FunctionName: arn })));
      if (!found) return { exists: false };
      return {
        exists: true,
        policy: (await ifExists(client.send(new GetPolicyCommand({ FunctionName: arn }))))?.Policy,
      };
    },

    async invoke(arn, payload) {
      const { account, region } = parseArn(arn);
      const Payload = Buffer.from(payload);
      const invocation = new InvokeCommand({ FunctionName: arn, InvocationType: "Event", Payload });
      await lambda(account, region).send(invocation);
    },

    async logGroup(arn) {
      const parsed = parseArn(arn);
      const name = logGroupName(arn);
      const client = logs(parsed.account, parsed.region);
      const { logGroups = [] } = await client.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: name }),
      );
      if (!logGroups.some((group) => group.logGroupName === name)) return undefined;
      const { resourcePolicies = [] } = await client.send(new DescribeResourcePoliciesCommand({}));
      return { policies: resourcePolicies.map((policy) => policy.policyDocument ?? "") };
    },

    async log(arn, logStreamName, message, timestamp) {
      const { account, region } = parseArn(arn);
      const client = logs(account, region);
      const logGroup = logGroupName(arn);
      await client
        .send(new CreateLogStreamCommand({ logGroupName: logGroup, logStreamName }))
        .catch((error: Error) => {
          if (error.name !== "ResourceAlreadyExistsException") throw error;
        });
      const logEvents = [{ message, timestamp }];
      await client.send(new PutLogEventsCommand({ logGroupName: logGroup, logStreamName, logEvents }));
    },

    async apiDestination(arn) {
      const parsed = parseArn(arn);
      // api-destination/<name>/<id> on AWS, without the id in the emulator.
      const Name = resourceName(parsed).split("/")[0];
      const client = events(parsed.account, parsed.region);
      const found = await ifExists(client.send(new DescribeApiDestinationCommand({ Name })));
      return (
        found && {
          endpoint: found.InvocationEndpoint ?? "",
          method: found.HttpMethod ?? "POST",
          active: found.ApiDestinationState === "ACTIVE",
          ratePerSecond: found.InvocationRateLimitPerSecond ?? 300,
          connectionName: resourceName(parseArn(found.ConnectionArn ?? "")).split("/")[0] ?? "",
        }
      );
    },

    async connection(account, region, name) {
      const found = await emulator.connection(account, region, name);
      return (
        found && {
          authorized: found.ConnectionState === "AUTHORIZED",
          type: found.AuthorizationType,
          parameters: found.AuthParameters ?? {},
        }
      );
    },

    async topic(arn) {
      const { account, region } = parseArn(arn);
      const command = new GetTopicAttributesCommand({ TopicArn: arn });
      const found = await ifExists(sns(account, region).send(command));
      return found && { policy: found.Attributes?.["Policy"] };
    },

    async publish(arn, message) {
      const { account, region } = parseArn(arn);
      await sns(account, region).send(new PublishCommand({ TopicArn: arn, Message: message }));
    },

    async startExecution(arn, input) {
      const { account, region } = parseArn(arn);
      await states(account, region).send(new StartExecutionCommand({ stateMachineArn: arn, input }));
    },
  };
}

const logGroupName = (arn: string): string =>
  parseArn(arn)
    .resource.replace(/^log-group:/, "")
    .replace(/:\*$/, "");

function entryOf(message: QueueMessage) {
  return {
    MessageBody: message.body,
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    MessageAttributes:
      message.attributes &&
      Object.fromEntries(
        Object.entries(message.attributes).map(([name, text]) => [
          name,
          { DataType: "String", StringValue: text },
        ]),
      ),
  };
}
