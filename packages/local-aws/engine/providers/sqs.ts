/** Amazon SQS. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ */
import * as sqs from "@aws-sdk/client-sqs";
import {
  defined,
  document,
  flag,
  required,
  tagChanges,
  tagsOf,
  text,
  touches,
  type Call,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(sqs.SQSClient);

/** Inputs that are queue attributes, with SQS's defaults for those that are reset when they are removed. */
const ATTRIBUTES = {
  contentBasedDeduplication: ["ContentBasedDeduplication", "false"],
  deduplicationScope: ["DeduplicationScope", undefined],
  delaySeconds: ["DelaySeconds", "0"],
  fifoQueue: ["FifoQueue", undefined],
  fifoThroughputLimit: ["FifoThroughputLimit", undefined],
  kmsDataKeyReusePeriodSeconds: ["KmsDataKeyReusePeriodSeconds", "300"],
  kmsMasterKeyId: ["KmsMasterKeyId", ""],
  maxMessageSize: ["MaximumMessageSize", "262144"],
  messageRetentionSeconds: ["MessageRetentionPeriod", "345600"],
  policy: ["Policy", ""],
  receiveWaitTimeSeconds: ["ReceiveMessageWaitTimeSeconds", "0"],
  redriveAllowPolicy: ["RedriveAllowPolicy", ""],
  redrivePolicy: ["RedrivePolicy", ""],
  sqsManagedSseEnabled: ["SqsManagedSseEnabled", "true"],
  visibilityTimeoutSeconds: ["VisibilityTimeout", "30"],
} as const satisfies Record<string, readonly [sqs.QueueAttributeName, string | undefined]>;
const NAMES = Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[];

const queue: ResourceType = {
  inputs: ["name", "tags", "tagsAll", ...NAMES],
  replaceOn: ["name", "fifoQueue", "region"],
  name: {
    input: "name",
    maximum: 80,
    suffix: (inputs) => (flag(inputs["fifoQueue"]) ? ".fifo" : ""),
  },
  async create(inputs, call) {
    const name = required(inputs, "name");
    const { QueueUrl = "" } = await clientOf(call).send(
      new sqs.CreateQueueCommand({
        QueueName: name,
        Attributes: attributes(inputs, NAMES),
        tags: tagsOf(inputs),
      }),
    );
    return { id: QueueUrl, outputs: await queueOutputs(QueueUrl, name, call) };
  },
  async update({ id, inputs: before }, inputs, changed, call) {
    const client = clientOf(call);
    const names = NAMES.filter((name) => touches(changed, name));
    if (names.length > 0) {
      const Attributes = attributes(inputs, names);
      for (const name of names) {
        const [attribute, standard] = ATTRIBUTES[name];
        if (standard !== undefined) Attributes[attribute] ??= standard;
      }
      await client.send(new sqs.SetQueueAttributesCommand({ QueueUrl: id, Attributes }));
    }
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      if (remove.length > 0) await client.send(new sqs.UntagQueueCommand({ QueueUrl: id, TagKeys: remove }));
      if (Object.keys(set).length > 0)
        await client.send(new sqs.TagQueueCommand({ QueueUrl: id, Tags: set }));
    }
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new sqs.DeleteQueueCommand({ QueueUrl: id }));
  },
  async read({ id }, call) {
    const client = clientOf(call);
    const { Attributes: found = {} } = await client.send(
      new sqs.GetQueueAttributesCommand({ QueueUrl: id, AttributeNames: ["All"] }),
    );
    const { Tags } = await client.send(new sqs.ListQueueTagsCommand({ QueueUrl: id }));
    const inputs: Properties = { name: id.slice(id.lastIndexOf("/") + 1), tagsAll: Tags ?? {} };
    for (const name of NAMES) {
      const value = (found as Record<string, string | undefined>)[ATTRIBUTES[name][0]];
      inputs[name] = value === undefined || value === "" ? null : typed(value);
    }
    return { inputs, outputs: defined({ arn: found.QueueArn, url: id }) };
  },
};

/** SQS only has texts. */
function typed(value: string): string | number | boolean {
  if (value === "true" || value === "false") return value === "true";
  return /^\d+$/.test(value) ? Number(value) : value;
}

function attributes(
  inputs: Properties,
  names: readonly (keyof typeof ATTRIBUTES)[],
): Partial<Record<sqs.QueueAttributeName, string>> {
  const result: Partial<Record<sqs.QueueAttributeName, string>> = {};
  for (const name of names) {
    const value = document(inputs[name]);
    // FifoQueue may only be set to true: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    if (value !== undefined && !(name === "fifoQueue" && value === "false"))
      result[ATTRIBUTES[name][0]] = value;
  }
  return result;
}

async function queueOutputs(url: string, name: string, call: Call): Promise<Properties> {
  const arn = `arn:${call.partition}:sqs:${call.region}:${await call.account()}:${name}`;
  return { arn, url };
}

/** A queue's attribute as a resource of its own. */
function attributeResource(input: "policy" | "redrivePolicy" | "redriveAllowPolicy"): ResourceType {
  const [attribute] = ATTRIBUTES[input];
  const set = (url: string, value: string, call: Call) =>
    clientOf(call).send(
      new sqs.SetQueueAttributesCommand({ QueueUrl: url, Attributes: { [attribute]: value } }),
    );
  return {
    inputs: ["queueUrl", input],
    replaceOn: ["queueUrl", "region"],
    async create(inputs, call) {
      const id = required(inputs, "queueUrl");
      await set(id, document(inputs[input]) ?? "", call);
      return { id, outputs: {} };
    },
    async update({ id }, inputs, _changed, call) {
      await set(id, document(inputs[input]) ?? "", call);
      return {};
    },
    async delete({ id }, call) {
      await set(id, "", call);
    },
    async read({ id }, call) {
      const { Attributes } = await clientOf(call).send(
        new sqs.GetQueueAttributesCommand({ QueueUrl: id, AttributeNames: [attribute] }),
      );
      const value = text(Attributes?.[attribute]);
      return value ? { inputs: { queueUrl: id, [input]: value }, outputs: {} } : undefined;
    },
  };
}

export const types: Record<string, ResourceType> = {
  "aws:sqs/queue:Queue": queue,
  "aws:sqs/queuePolicy:QueuePolicy": attributeResource("policy"),
  "aws:sqs/redrivePolicy:RedrivePolicy": attributeResource("redrivePolicy"),
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": attributeResource("redriveAllowPolicy"),
};
