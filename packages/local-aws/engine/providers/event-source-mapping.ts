/** Event source mappings of Lambda functions. https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
import * as lambda from "@aws-sdk/client-lambda";
import {
  defined,
  flag,
  number,
  object,
  objects,
  only,
  seen,
  required,
  tagsOf,
  text,
  texts,
  type Call,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(lambda.LambdaClient);

export const eventSourceMapping: ResourceType = {
  inputs: [
    "batchSize",
    "bisectBatchOnFunctionError",
    "enabled",
    "eventSourceArn",
    "filterCriteria",
    "functionName",
    "functionResponseTypes",
    "maximumBatchingWindowInSeconds",
    "maximumRecordAgeInSeconds",
    "maximumRetryAttempts",
    "parallelizationFactor",
    "scalingConfig",
    "startingPosition",
    "tags",
    "tagsAll",
  ],
  replaceOn: ["eventSourceArn", "startingPosition", "region"],
  async create(inputs, call) {
    const tags = tagsOf(inputs);
    const made = await clientOf(call).send(
      new lambda.CreateEventSourceMappingCommand({
        ...settings(inputs),
        FunctionName: required(inputs, "functionName"),
        EventSourceArn: text(inputs["eventSourceArn"]),
        StartingPosition: text(inputs["startingPosition"]) as lambda.EventSourcePosition | undefined,
        ...(Object.keys(tags).length > 0 ? { Tags: tags } : {}),
      }),
    );
    return { id: made.UUID ?? "", outputs: mappingOutputs(made, call) };
  },
  async update({ id }, inputs, _changed, call) {
    const changed = await clientOf(call).send(
      new lambda.UpdateEventSourceMappingCommand({
        UUID: id,
        FunctionName: required(inputs, "functionName"),
        ...settings(inputs),
      }),
    );
    return mappingOutputs(changed, call);
  },
  async delete({ id }, call) {
    await clientOf(call).send(new lambda.DeleteEventSourceMappingCommand({ UUID: id }));
  },
  async read({ id, inputs: known }, call) {
    const is = await clientOf(call).send(new lambda.GetEventSourceMappingCommand({ UUID: id }));
    const filters = is.FilterCriteria?.Filters;
    const given = text(known["functionName"]);
    return {
      inputs: seen({
        eventSourceArn: is.EventSourceArn,
        // The program may give the function's name or its ARN. Lambda answers the ARN.
        functionName: given && is.FunctionArn?.endsWith(`:${given}`) ? given : is.FunctionArn,
        batchSize: is.BatchSize,
        maximumBatchingWindowInSeconds: is.MaximumBatchingWindowInSeconds,
        functionResponseTypes: is.FunctionResponseTypes,
        enabled: is.State === undefined ? undefined : !/^Disabl/.test(is.State),
        scalingConfig:
          is.ScalingConfig && defined({ maximumConcurrency: is.ScalingConfig.MaximumConcurrency }),
        filterCriteria: filters && { filters: filters.map(({ Pattern }) => defined({ pattern: Pattern })) },
      }),
      outputs: mappingOutputs(is, call),
    };
  },
};

function settings(inputs: Properties) {
  const [scaling, criteria] = [object(inputs["scalingConfig"]), object(inputs["filterCriteria"])];
  if (scaling) only(scaling, "scalingConfig", ["maximumConcurrency"]);
  return {
    BatchSize: number(inputs["batchSize"]),
    BisectBatchOnFunctionError: flag(inputs["bisectBatchOnFunctionError"]),
    Enabled: flag(inputs["enabled"]) ?? true,
    FunctionResponseTypes: texts(inputs["functionResponseTypes"]) as lambda.FunctionResponseType[],
    MaximumBatchingWindowInSeconds: number(inputs["maximumBatchingWindowInSeconds"]),
    MaximumRecordAgeInSeconds: number(inputs["maximumRecordAgeInSeconds"]),
    MaximumRetryAttempts: number(inputs["maximumRetryAttempts"]),
    ParallelizationFactor: number(inputs["parallelizationFactor"]),
    ...(scaling && { ScalingConfig: { MaximumConcurrency: number(scaling["maximumConcurrency"]) } }),
    ...(criteria && {
      FilterCriteria: {
        Filters: objects(criteria["filters"]).map(({ pattern }) => ({ Pattern: text(pattern) })),
      },
    }),
  };
}

function mappingOutputs(is: lambda.EventSourceMappingConfiguration, call: Call): Properties {
  const [, account] = /^arn:[^:]*:lambda:[^:]*:(\d+):/.exec(is.FunctionArn ?? "") ?? [];
  return defined({
    uuid: is.UUID,
    arn:
      is.EventSourceMappingArn ??
      (account && `arn:${call.partition}:lambda:${call.region}:${account}:event-source-mapping:${is.UUID}`),
    functionArn: is.FunctionArn,
    state: is.State,
    stateTransitionReason: is.StateTransitionReason,
    lastProcessingResult: is.LastProcessingResult,
    batchSize: is.BatchSize,
    lastModified: is.LastModified?.toISOString(),
  });
}
