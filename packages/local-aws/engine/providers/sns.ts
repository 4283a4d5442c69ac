/** Amazon SNS. https://docs.aws.amazon.com/sns/latest/api/ */
import * as sns from "@aws-sdk/client-sns";
import {
  defined,
  document,
  flag,
  required,
  seen,
  tagChanges,
  tagList,
  tagMap,
  tagsOf,
  text,
  touches,
  type Call,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(sns.SNSClient);

/** Inputs that are attributes of a topic. */
const TOPIC = {
  archivePolicy: "ArchivePolicy",
  contentBasedDeduplication: "ContentBasedDeduplication",
  deliveryPolicy: "DeliveryPolicy",
  displayName: "DisplayName",
  fifoTopic: "FifoTopic",
  kmsMasterKeyId: "KmsMasterKeyId",
  policy: "Policy",
  signatureVersion: "SignatureVersion",
  tracingConfig: "TracingConfig",
} as const;
const TOPIC_INPUTS = Object.keys(TOPIC) as (keyof typeof TOPIC)[];

const topic: ResourceType = {
  inputs: ["name", "tags", "tagsAll", ...TOPIC_INPUTS],
  replaceOn: ["name", "fifoTopic", "region"],
  name: { input: "name", maximum: 256, suffix: (inputs) => (flag(inputs["fifoTopic"]) ? ".fifo" : "") },
  async create(inputs, call) {
    const Attributes: Record<string, string> = {};
    for (const input of TOPIC_INPUTS) {
      const value = document(inputs[input]);
      if (value !== undefined) Attributes[TOPIC[input]] = value;
    }
    const { TopicArn = "" } = await clientOf(call).send(
      new sns.CreateTopicCommand({
        Name: required(inputs, "name"),
        Attributes,
        Tags: tagList(tagsOf(inputs)),
      }),
    );
    return { id: TopicArn, outputs: { arn: TopicArn, owner: await call.account() } };
  },
  async update({ id, inputs: before }, inputs, changed, call) {
    const client = clientOf(call);
    for (const input of TOPIC_INPUTS.filter((name) => touches(changed, name)))
      await setTopic(client, id, TOPIC[input], document(inputs[input]) ?? "");
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      if (remove.length > 0)
        await client.send(new sns.UntagResourceCommand({ ResourceArn: id, TagKeys: remove }));
      const Tags = tagList(set);
      if (Tags.length > 0) await client.send(new sns.TagResourceCommand({ ResourceArn: id, Tags }));
    }
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new sns.DeleteTopicCommand({ TopicArn: id }));
  },
  async read({ id }, call) {
    const client = clientOf(call);
    const { Attributes: found = {} } = await client.send(new sns.GetTopicAttributesCommand({ TopicArn: id }));
    const { Tags } = await client.send(new sns.ListTagsForResourceCommand({ ResourceArn: id }));
    const inputs: Properties = { name: id.slice(id.lastIndexOf(":") + 1), tagsAll: tagMap(Tags) };
    for (const input of TOPIC_INPUTS) inputs[input] = typed(found[TOPIC[input]]);
    return { inputs, outputs: defined({ arn: found["TopicArn"], owner: found["Owner"] }) };
  },
};

const setTopic = (client: sns.SNSClient, TopicArn: string, AttributeName: string, AttributeValue: string) =>
  client.send(new sns.SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));

/** SNS only has texts. An empty one counts as absent. */
function typed(value: string | undefined): string | boolean | null {
  if (value === undefined || value === "") return null;
  return value === "true" || value === "false" ? value === "true" : value;
}

const topicPolicy: ResourceType = {
  inputs: ["arn", "policy"],
  replaceOn: ["arn", "region"],
  async create(inputs, call) {
    const id = required(inputs, "arn");
    await setTopic(clientOf(call), id, "Policy", document(inputs["policy"]) ?? "");
    return { id, outputs: { owner: await call.account() } };
  },
  async update({ id }, inputs, _changed, call) {
    await setTopic(clientOf(call), id, "Policy", document(inputs["policy"]) ?? "");
    return {};
  },
  async delete({ id }, call) {
    // A topic always has a policy: restore that of a new one.
    await setTopic(clientOf(call), id, "Policy", ownersPolicy(id, await call.account()));
  },
  async read({ id }, call) {
    const { Attributes } = await clientOf(call).send(new sns.GetTopicAttributesCommand({ TopicArn: id }));
    const policy = text(Attributes?.["Policy"]);
    return policy ? { inputs: { arn: id, policy }, outputs: {} } : undefined;
  },
};

function ownersPolicy(arn: string, account: string): string {
  const actions = ["Subscribe", "Publish", "GetTopicAttributes", "SetTopicAttributes", "DeleteTopic"];
  return JSON.stringify({
    Version: "2008-10-17",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: actions.map((action) => `SNS:${action}`),
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": account } },
      },
    ],
  });
}

/** Inputs that are attributes of a subscription. */
const SUBSCRIPTION = {
  deliveryPolicy: "DeliveryPolicy",
  filterPolicy: "FilterPolicy",
  filterPolicyScope: "FilterPolicyScope",
  rawMessageDelivery: "RawMessageDelivery",
  redrivePolicy: "RedrivePolicy",
  subscriptionRoleArn: "SubscriptionRoleArn",
} as const;
const SUBSCRIPTION_INPUTS = Object.keys(SUBSCRIPTION) as (keyof typeof SUBSCRIPTION)[];

const topicSubscription: ResourceType = {
  inputs: ["topic", "protocol", "endpoint", ...SUBSCRIPTION_INPUTS],
  replaceOn: ["topic", "protocol", "endpoint", "region"],
  async create(inputs, call) {
    const Attributes: Record<string, string> = {};
    for (const input of SUBSCRIPTION_INPUTS) {
      const value = document(inputs[input]);
      if (value !== undefined) Attributes[SUBSCRIPTION[input]] = value;
    }
    const { SubscriptionArn = "" } = await clientOf(call).send(
      new sns.SubscribeCommand({
        TopicArn: required(inputs, "topic"),
        Protocol: required(inputs, "protocol"),
        Endpoint: required(inputs, "endpoint"),
        Attributes,
        ReturnSubscriptionArn: true,
      }),
    );
    return { id: SubscriptionArn, outputs: { arn: SubscriptionArn, ownerId: await call.account() } };
  },
  async update({ id }, inputs, changed, call) {
    for (const input of SUBSCRIPTION_INPUTS.filter((name) => touches(changed, name)))
      await clientOf(call).send(
        new sns.SetSubscriptionAttributesCommand({
          SubscriptionArn: id,
          AttributeName: SUBSCRIPTION[input],
          AttributeValue: document(inputs[input]) ?? "",
        }),
      );
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new sns.UnsubscribeCommand({ SubscriptionArn: id }));
  },
  async read({ id }, call) {
    const { Attributes: found = {} } = await clientOf(call).send(
      new sns.GetSubscriptionAttributesCommand({ SubscriptionArn: id }),
    );
    const settings = Object.fromEntries(
      SUBSCRIPTION_INPUTS.map((input) => {
        const value = typed(found[SUBSCRIPTION[input]]);
        // SNS returns this one even if it was not set.
        return [input, input === "rawMessageDelivery" && value === false ? null : value];
      }),
    );
    return {
      inputs: seen({
        topic: found["TopicArn"],
        protocol: found["Protocol"],
        endpoint: found["Endpoint"],
        ...settings,
      }),
      outputs: defined({
        arn: id,
        ownerId: found["Owner"],
        pendingConfirmation: found["PendingConfirmation"] === "true",
      }),
    };
  },
};

export const types: Record<string, ResourceType> = {
  "aws:sns/topic:Topic": topic,
  "aws:sns/topicPolicy:TopicPolicy": topicPolicy,
  "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
};
