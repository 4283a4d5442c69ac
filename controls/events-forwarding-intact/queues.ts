/** The dead-letter queue of an account's forwarding rules. Other queues of the hub are looked at by who changed them. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { inPlace, type DeployedQueue } from "../lib/deployed-path";
import { isNamed } from "../lib/errors";
import { isSameDocument } from "./compare";
import { changes } from "./changes";
import { AS_DEPLOYED, violation, type Part, type PathContext } from "./part";

const GONE = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];

export const queues: Part = {
  async evaluate(context) {
    const deployed = deployedQueue(context);
    if (!deployed) return changes.evaluate(context);
    const { id, region } = context.resource;
    const found = await attributesOf(context);
    if (!found)
      return violation(
        [`The dead-letter queue ${id} in ${region} was deleted, with all that it held.`],
        ["Create the queue as it was deployed."],
      );
    const wrong = Object.entries(attributes(deployed)).filter(([name, value]) =>
      name === "Policy" ? !isSameDocument(found[name], value) : found[name] !== value,
    );
    if (wrong.length > 0)
      return violation(
        [`The dead-letter queue ${id} in ${region} has another ${wrong.map(([name]) => name).join(", ")}.`],
        ["Set the queue's attributes as they were deployed."],
      );
    if (context.event?.detail["eventName"] === "PurgeQueue")
      return violation(
        [`The dead-letter queue ${id} in ${region} was purged: the events that it held can't be sent again.`],
        [],
      );
    return AS_DEPLOYED;
  },

  async fix(context) {
    const deployed = deployedQueue(context);
    if (!deployed) return;
    const client = new SQSClient(context.aws);
    const url = await urlOf(context);
    // SQS takes a name again a minute after its queue was deleted: until then it refuses, and the look comes again.
    if (url === undefined)
      await client.send(
        new CreateQueueCommand({ QueueName: context.resource.id, Attributes: attributes(deployed) }),
      );
    else
      await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes(deployed) }));
  },
};

function deployedQueue({ resource, deployed }: PathContext): DeployedQueue | undefined {
  const { deadLetterQueue, regions } = deployed.forwarding;
  return deadLetterQueue.name === resource.id && regions.includes(resource.region)
    ? inPlace(deadLetterQueue, resource)
    : undefined;
}

/** Whoever sets a key of another account's for the queue makes it refuse what EventBridge sends. */
const attributes = ({ messageRetentionSeconds, policy }: DeployedQueue) => ({
  DelaySeconds: "0",
  MaximumMessageSize: "262144",
  MessageRetentionPeriod: String(messageRetentionSeconds),
  Policy: policy,
  SqsManagedSseEnabled: "true",
});

async function attributesOf(context: PathContext): Promise<Record<string, string> | undefined> {
  const QueueUrl = await urlOf(context);
  if (QueueUrl === undefined) return undefined;
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
  return orUndefined(new SQSClient(context.aws).send(asked).then(({ Attributes }) => Attributes ?? {}));
}

const urlOf = ({ aws, resource }: PathContext) =>
  orUndefined(
    new SQSClient(aws)
      .send(new GetQueueUrlCommand({ QueueName: resource.id }))
      .then(({ QueueUrl }) => QueueUrl),
  );

async function orUndefined<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNamed(error, ...GONE)) return undefined;
    throw error;
  }
}
