/**
 * How services hand their logs to CloudWatch Logs: a source, a destination and the delivery between both, and the policy that lets them.
 * The emulator keeps them and delivers nothing. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
 */
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import {
  defined,
  document,
  object,
  only,
  required,
  seen,
  tagsOf,
  text,
  type Call,
  type ResourceType,
} from "../resource-type";

const clientOf = (call: Call) => call.client(logs.CloudWatchLogsClient);

const source: ResourceType = {
  inputs: ["logType", "name", "resourceArn", "tags", "tagsAll"],
  replaceOn: ["logType", "name", "region", "resourceArn", "tagsAll"],
  name: { input: "name", maximum: 60 },
  async create(inputs, call) {
    const name = required(inputs, "name");
    const { deliverySource } = await clientOf(call).send(
      new logs.PutDeliverySourceCommand({
        name,
        logType: required(inputs, "logType"),
        resourceArn: required(inputs, "resourceArn"),
        tags: tagsOf(inputs),
      }),
    );
    return { id: name, outputs: defined({ arn: deliverySource?.arn, service: deliverySource?.service }) };
  },
  update: () => Promise.resolve({}),
  async delete({ id }, call) {
    await clientOf(call).send(new logs.DeleteDeliverySourceCommand({ name: id }));
  },
  async read({ id }, call) {
    const { deliverySource: found } = await clientOf(call).send(
      new logs.GetDeliverySourceCommand({ name: id }),
    );
    return {
      inputs: seen({ name: id, logType: found?.logType, resourceArn: found?.resourceArns?.[0] }),
      outputs: defined({ arn: found?.arn, service: found?.service }),
    };
  },
};

const destination: ResourceType = {
  inputs: ["deliveryDestinationConfiguration", "name", "outputFormat", "tags", "tagsAll"],
  replaceOn: ["deliveryDestinationConfiguration", "name", "outputFormat", "region", "tagsAll"],
  name: { input: "name", maximum: 60 },
  async create(inputs, call) {
    const name = required(inputs, "name");
    const configuration = only(
      object(inputs["deliveryDestinationConfiguration"]) ?? {},
      "deliveryDestinationConfiguration",
      ["destinationResourceArn"],
    );
    const { deliveryDestination } = await clientOf(call).send(
      new logs.PutDeliveryDestinationCommand({
        name,
        outputFormat: text(inputs["outputFormat"]) as logs.OutputFormat | undefined,
        deliveryDestinationConfiguration: {
          destinationResourceArn: required(configuration, "destinationResourceArn"),
        },
        tags: tagsOf(inputs),
      }),
    );
    return {
      id: name,
      outputs: defined({
        arn: deliveryDestination?.arn,
        deliveryDestinationType: deliveryDestination?.deliveryDestinationType,
      }),
    };
  },
  update: () => Promise.resolve({}),
  async delete({ id }, call) {
    await clientOf(call).send(new logs.DeleteDeliveryDestinationCommand({ name: id }));
  },
  async read({ id }, call) {
    const { deliveryDestination: found } = await clientOf(call).send(
      new logs.GetDeliveryDestinationCommand({ name: id }),
    );
    const { destinationResourceArn } = found?.deliveryDestinationConfiguration ?? {};
    return {
      inputs: seen({
        name: id,
        deliveryDestinationConfiguration:
          destinationResourceArn === undefined ? undefined : { destinationResourceArn },
      }),
      outputs: defined({ arn: found?.arn, deliveryDestinationType: found?.deliveryDestinationType }),
    };
  },
};

const delivery: ResourceType = {
  inputs: ["deliveryDestinationArn", "deliverySourceName", "tags", "tagsAll"],
  replaceOn: ["deliveryDestinationArn", "deliverySourceName", "region", "tagsAll"],
  async create(inputs, call) {
    const { delivery: made } = await clientOf(call).send(
      new logs.CreateDeliveryCommand({
        deliverySourceName: required(inputs, "deliverySourceName"),
        deliveryDestinationArn: required(inputs, "deliveryDestinationArn"),
        tags: tagsOf(inputs),
      }),
    );
    return { id: made?.id ?? "", outputs: defined({ arn: made?.arn }) };
  },
  update: () => Promise.resolve({}),
  async delete({ id }, call) {
    await clientOf(call).send(new logs.DeleteDeliveryCommand({ id }));
  },
  async read({ id }, call) {
    const { delivery: found } = await clientOf(call).send(new logs.GetDeliveryCommand({ id }));
    return {
      inputs: seen({
        deliverySourceName: found?.deliverySourceName,
        deliveryDestinationArn: found?.deliveryDestinationArn,
      }),
      outputs: defined({ arn: found?.arn }),
    };
  },
};

const resourcePolicy: ResourceType = {
  inputs: ["policyDocument", "policyName"],
  replaceOn: ["policyName", "region"],
  async create(inputs, call) {
    const policyName = required(inputs, "policyName");
    await clientOf(call).send(
      new logs.PutResourcePolicyCommand({ policyName, policyDocument: document(inputs["policyDocument"]) }),
    );
    return { id: policyName, outputs: {} };
  },
  async update({ id }, inputs, _changed, call) {
    await clientOf(call).send(
      new logs.PutResourcePolicyCommand({
        policyName: id,
        policyDocument: document(inputs["policyDocument"]),
      }),
    );
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new logs.DeleteResourcePolicyCommand({ policyName: id }));
  },
  async read({ id }, call) {
    const { resourcePolicies = [] } = await clientOf(call).send(new logs.DescribeResourcePoliciesCommand({}));
    const found = resourcePolicies.find(({ policyName }) => policyName === id);
    return found && { inputs: seen({ policyName: id, policyDocument: found.policyDocument }), outputs: {} };
  },
};

export const types: Record<string, ResourceType> = {
  "aws:cloudwatch/logDeliverySource:LogDeliverySource": source,
  "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": destination,
  "aws:cloudwatch/logDelivery:LogDelivery": delivery,
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": resourcePolicy,
};
