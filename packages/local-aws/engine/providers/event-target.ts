/** Targets of EventBridge rules. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html */
import { randomBytes } from "node:crypto";
import * as eb from "@aws-sdk/client-eventbridge";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { EngineError } from "../errors";
import {
  defined,
  flag,
  number,
  object,
  only,
  seen,
  required,
  text,
  texts,
  type Call,
  type Existing,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(eb.EventBridgeClient);

export const eventTarget: ResourceType = {
  inputs: [
    "arn",
    "deadLetterConfig",
    "eventBusName",
    "forceDestroy",
    "httpTarget",
    "input",
    "inputPath",
    "inputTransformer",
    "retryPolicy",
    "roleArn",
    "rule",
    "sqsTarget",
    "targetId",
  ],
  replaceOn: ["eventBusName", "rule", "targetId", "region"],
  async create(inputs, call) {
    const targetId = text(inputs["targetId"]) ?? `target-${randomBytes(8).toString("hex")}`;
    await put(inputs, targetId, call);
    const { EventBusName: bus, Rule } = at(inputs);
    const id = bus === "default" ? `${Rule}-${targetId}` : `${bus}-${Rule}-${targetId}`;
    return { id, outputs: { targetId } };
  },
  async update(existing, inputs, _changed, call) {
    await put(inputs, idOf(existing), call);
    return {};
  },
  async delete(existing, call) {
    const removed = await clientOf(call).send(
      new eb.RemoveTargetsCommand({
        ...at(existing.inputs),
        Ids: [idOf(existing)],
        Force: flag(existing.inputs["forceDestroy"]),
      }),
    );
    refuse("events:RemoveTargets", removed.FailedEntries);
  },
  async read(existing, call) {
    const { Targets } = await clientOf(call).send(new eb.ListTargetsByRuleCommand(at(existing.inputs)));
    const found = Targets?.find(({ Id }) => Id === idOf(existing));
    if (found === undefined) return undefined;
    const { InputTransformer: transformer, RetryPolicy: retries, HttpParameters: http } = found;
    return {
      inputs: seen({
        arn: found.Arn,
        roleArn: found.RoleArn,
        input: found.Input,
        inputPath: found.InputPath,
        deadLetterConfig: found.DeadLetterConfig?.Arn ? { arn: found.DeadLetterConfig.Arn } : undefined,
        retryPolicy:
          retries &&
          defined({
            maximumEventAgeInSeconds: retries.MaximumEventAgeInSeconds,
            maximumRetryAttempts: retries.MaximumRetryAttempts,
          }),
        inputTransformer:
          transformer &&
          defined({ inputPaths: transformer.InputPathsMap, inputTemplate: transformer.InputTemplate }),
        sqsTarget: found.SqsParameters && defined({ messageGroupId: found.SqsParameters.MessageGroupId }),
        httpTarget:
          http &&
          defined({
            headerParameters: http.HeaderParameters,
            pathParameterValues: http.PathParameterValues,
            queryStringParameters: http.QueryStringParameters,
          }),
      }),
      outputs: { targetId: idOf(existing) },
    };
  },
};

const at = (inputs: Properties) => ({
  EventBusName: text(inputs["eventBusName"]) ?? "default",
  Rule: required(inputs, "rule"),
});

const idOf = ({ inputs, outputs }: Existing) => text(inputs["targetId"]) ?? required(outputs, "targetId");

async function put(inputs: Properties, Id: string, call: Call): Promise<void> {
  const [letters, retries, transformer, queue, http] = [
    known(inputs, "deadLetterConfig", ["arn"]),
    known(inputs, "retryPolicy", ["maximumEventAgeInSeconds", "maximumRetryAttempts"]),
    known(inputs, "inputTransformer", ["inputPaths", "inputTemplate"]),
    known(inputs, "sqsTarget", ["messageGroupId"]),
    known(inputs, "httpTarget", ["headerParameters", "pathParameterValues", "queryStringParameters"]),
  ];
  const answer = await clientOf(call).send(
    new eb.PutTargetsCommand({
      ...at(inputs),
      Targets: [
        {
          Id,
          Arn: required(inputs, "arn"),
          RoleArn: text(inputs["roleArn"]),
          Input: text(inputs["input"]),
          InputPath: text(inputs["inputPath"]),
          ...(letters && { DeadLetterConfig: { Arn: text(letters["arn"]) } }),
          ...(retries && {
            RetryPolicy: {
              MaximumEventAgeInSeconds: number(retries["maximumEventAgeInSeconds"]),
              MaximumRetryAttempts: number(retries["maximumRetryAttempts"]),
            },
          }),
          ...(transformer && {
            InputTransformer: {
              InputPathsMap: (object(transformer["inputPaths"]) ?? undefined) as
                Record<string, string> | undefined,
              InputTemplate: text(transformer["inputTemplate"]),
            },
          }),
          ...(queue && { SqsParameters: { MessageGroupId: text(queue["messageGroupId"]) } }),
          ...(http && {
            HttpParameters: {
              HeaderParameters: object(http["headerParameters"]) as Record<string, string> | undefined,
              PathParameterValues: texts(http["pathParameterValues"]),
              QueryStringParameters: object(http["queryStringParameters"]) as
                Record<string, string> | undefined,
            },
          }),
        },
      ],
    }),
  );
  refuse("events:PutTargets", answer.FailedEntries);
}

function known(inputs: Properties, name: string, members: readonly string[]): JsonObject | undefined {
  const value = object(inputs[name]);
  return value && only(value, name, members);
}

/** These two calls succeed even if entries failed; the answer has the failures. */
function refuse(call: string, failed: eb.PutTargetsResultEntry[] | undefined): void {
  const [first] = failed ?? [];
  if (first)
    throw new EngineError(`${call} refused ${first.TargetId}: ${first.ErrorCode} ${first.ErrorMessage}`);
}
