/** AWS Lambda: functions and permissions. https://docs.aws.amazon.com/lambda/latest/api/ */
import { randomBytes } from "node:crypto";
import * as lambda from "@aws-sdk/client-lambda";
import { sha256 } from "../archive";
import { EngineError } from "../errors";
import {
  defined,
  flag,
  number,
  object,
  only,
  seen,
  required,
  tagChanges,
  tagsOf,
  text,
  texts,
  touches,
  type Call,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";
import { eventSourceMapping } from "./event-source-mapping";

const clientOf = (call: Call) => call.client(lambda.LambdaClient);
const CODE = ["code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri", "architectures", "sourceCodeHash"];
const CONFIGURATION = [
  "deadLetterConfig",
  "description",
  "environment",
  "ephemeralStorage",
  "handler",
  "kmsKeyArn",
  "layers",
  "loggingConfig",
  "memorySize",
  "role",
  "runtime",
  "timeout",
  "tracingConfig",
  "vpcConfig",
];

const lambdaFunction: ResourceType = {
  inputs: [
    ...CODE,
    ...CONFIGURATION,
    "name",
    "packageType",
    "publish",
    "reservedConcurrentExecutions",
    "skipDestroy",
    "tags",
    "tagsAll",
  ],
  replaceOn: ["name", "packageType", "region"],
  name: { input: "name", maximum: 64 },
  async create(inputs, call) {
    const client = clientOf(call);
    const FunctionName = required(inputs, "name");
    const { ZipFile, ...elsewhere } = code(inputs, call);
    const made = await client.send(
      new lambda.CreateFunctionCommand({
        ...configuration(inputs),
        Role: required(inputs, "role"),
        FunctionName,
        Architectures: architectures(inputs),
        Code: { ZipFile, ...elsewhere },
        PackageType: text(inputs["packageType"]) as lambda.PackageType | undefined,
        Publish: flag(inputs["publish"]),
        Tags: tagsOf(inputs),
      }),
    );
    const outputs = functionOutputs(made, inputs, call);
    call.created(FunctionName, outputs);
    await putConcurrency(client, FunctionName, inputs);
    return { id: FunctionName, outputs };
  },
  async update({ id, inputs: before, outputs }, inputs, changed, call) {
    const client = clientOf(call);
    let latest: lambda.FunctionConfiguration | undefined;
    if (touches(changed, ...CODE))
      latest = await client.send(
        new lambda.UpdateFunctionCodeCommand({
          FunctionName: id,
          ...code(inputs, call),
          Architectures: architectures(inputs),
          Publish: flag(inputs["publish"]),
        }),
      );
    if (touches(changed, ...CONFIGURATION))
      latest = await client.send(
        new lambda.UpdateFunctionConfigurationCommand({ FunctionName: id, ...configuration(inputs, before) }),
      );
    if (touches(changed, "reservedConcurrentExecutions")) await putConcurrency(client, id, inputs);
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      const Resource = text(outputs["arn"]);
      if (remove.length > 0)
        await client.send(new lambda.UntagResourceCommand({ Resource, TagKeys: remove }));
      if (Object.keys(set).length > 0)
        await client.send(new lambda.TagResourceCommand({ Resource, Tags: set }));
    }
    return latest ? functionOutputs(latest, inputs, call) : {};
  },
  async delete({ id, inputs }, call) {
    if (flag(inputs["skipDestroy"])) return;
    await clientOf(call).send(new lambda.DeleteFunctionCommand({ FunctionName: id }));
  },
  async read({ id, inputs: known }, call) {
    const found = await clientOf(call).send(new lambda.GetFunctionCommand({ FunctionName: id }));
    const is = found.Configuration;
    if (is === undefined) return undefined;
    // The code isn't the deployed one. No digest of ours fits, so show Lambda's.
    const changedCode = known["code"] !== undefined && is.CodeSha256 !== codeDigest(known);
    return {
      inputs: seen({
        name: is.FunctionName,
        role: is.Role,
        handler: is.Handler,
        runtime: is.Runtime,
        description: is.Description || undefined,
        memorySize: is.MemorySize,
        timeout: is.Timeout,
        architectures: is.Architectures,
        environment: is.Environment?.Variables ? { variables: is.Environment.Variables } : undefined,
        tracingConfig: is.TracingConfig?.Mode ? { mode: is.TracingConfig.Mode } : undefined,
        loggingConfig:
          is.LoggingConfig &&
          defined({
            logFormat: is.LoggingConfig.LogFormat,
            logGroup: is.LoggingConfig.LogGroup,
            applicationLogLevel: is.LoggingConfig.ApplicationLogLevel,
            systemLogLevel: is.LoggingConfig.SystemLogLevel,
          }),
        reservedConcurrentExecutions: found.Concurrency?.ReservedConcurrentExecutions,
        tagsAll: found.Tags ?? {},
        ...(changedCode ? { code: `changed outside, ${is.CodeSha256 ?? ""}` } : {}),
      }),
      outputs: functionOutputs(is, known, call),
    };
  },
};

/** Lambda's digest (base64) of the archive whose digest (hexadecimal) the state keeps. */
function codeDigest(known: Properties): string | undefined {
  const hash = text(object(known["code"])?.["hash"]);
  return hash && Buffer.from(hash, "hex").toString("base64");
}

function code(inputs: Properties, { files }: Call) {
  const ZipFile = files["code"];
  if (inputs["code"] !== undefined && ZipFile === undefined)
    throw new EngineError('"code" is not an archive.');
  return {
    ZipFile,
    S3Bucket: text(inputs["s3Bucket"]),
    S3Key: text(inputs["s3Key"]),
    S3ObjectVersion: text(inputs["s3ObjectVersion"]),
    ImageUri: text(inputs["imageUri"]),
  };
}

const architectures = (inputs: Properties) =>
  inputs["architectures"] === undefined
    ? undefined
    : (texts(inputs["architectures"]) as lambda.Architecture[]);

/** Settings that were in `before` and no longer exist get Lambda's default, as leaving them out would keep them. */
function configuration(inputs: Properties, before: Properties = {}) {
  const [environment, storage, letters, logging, tracing, network] = [
    object(inputs["environment"]),
    object(inputs["ephemeralStorage"]),
    object(inputs["deadLetterConfig"]),
    object(inputs["loggingConfig"]),
    object(inputs["tracingConfig"]),
    object(inputs["vpcConfig"]),
  ];
  if (environment) only(environment, "environment", ["variables"]);
  if (logging)
    only(logging, "loggingConfig", ["logFormat", "logGroup", "applicationLogLevel", "systemLogLevel"]);
  if (network) only(network, "vpcConfig", ["securityGroupIds", "subnetIds", "ipv6AllowedForDualStack"]);
  const or = <Value>(name: string, value: Value | undefined, standard: Value) =>
    value ?? (before[name] === undefined ? undefined : standard);
  return {
    Role: text(inputs["role"]),
    Handler: text(inputs["handler"]),
    Runtime: text(inputs["runtime"]) as lambda.Runtime | undefined,
    Description: or("description", text(inputs["description"]), ""),
    MemorySize: or("memorySize", number(inputs["memorySize"]), 128),
    Timeout: or("timeout", number(inputs["timeout"]), 3),
    KMSKeyArn: or("kmsKeyArn", text(inputs["kmsKeyArn"]), ""),
    Layers: inputs["layers"] === undefined ? or("layers", undefined, []) : texts(inputs["layers"]),
    Environment: or(
      "environment",
      environment && { Variables: (object(environment["variables"]) ?? {}) as Record<string, string> },
      { Variables: {} },
    ),
    ...(storage && { EphemeralStorage: { Size: number(storage["size"]) } }),
    DeadLetterConfig: or("deadLetterConfig", letters && { TargetArn: text(letters["targetArn"]) }, {
      TargetArn: "",
    }),
    TracingConfig: or("tracingConfig", tracing && { Mode: text(tracing["mode"]) as lambda.TracingMode }, {
      Mode: lambda.TracingMode.PassThrough,
    }),
    ...(logging && {
      LoggingConfig: {
        LogFormat: text(logging["logFormat"]) as lambda.LogFormat,
        LogGroup: text(logging["logGroup"]),
        ApplicationLogLevel: text(logging["applicationLogLevel"]) as lambda.ApplicationLogLevel | undefined,
        SystemLogLevel: text(logging["systemLogLevel"]) as lambda.SystemLogLevel | undefined,
      },
    }),
    ...(network && {
      VpcConfig: {
        SecurityGroupIds: texts(network["securityGroupIds"]),
        SubnetIds: texts(network["subnetIds"]),
      },
    }),
  };
}

async function putConcurrency(client: lambda.LambdaClient, FunctionName: string, inputs: Properties) {
  const reserved = number(inputs["reservedConcurrentExecutions"]);
  // -1 is the provider's value for "no reservation".
  if (reserved !== undefined && reserved >= 0)
    await client.send(
      new lambda.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved }),
    );
  else if (reserved !== undefined)
    await client.send(new lambda.DeleteFunctionConcurrencyCommand({ FunctionName }));
}

function functionOutputs(is: lambda.FunctionConfiguration, inputs: Properties, call: Call): Properties {
  const arn = is.FunctionArn ?? "";
  const version = is.Version ?? "$LATEST";
  const qualified = `${arn}:${version}`;
  const gateway = `arn:${call.partition}:apigateway:${call.region}:lambda:path/2015-03-31/functions`;
  return defined({
    arn,
    version,
    qualifiedArn: qualified,
    invokeArn: `${gateway}/${arn}/invocations`,
    qualifiedInvokeArn: `${gateway}/${qualified}/invocations`,
    codeSha256: is.CodeSha256,
    sourceCodeHash: text(inputs["sourceCodeHash"]) ?? codeHash(call) ?? is.CodeSha256,
    sourceCodeSize: is.CodeSize,
    lastModified: is.LastModified,
    packageType: is.PackageType ?? "Zip",
    architectures: is.Architectures,
    memorySize: is.MemorySize,
    timeout: is.Timeout,
  });
}

const codeHash = ({ files }: Call) => files["code"] && sha256(files["code"], "base64");

const PERMISSION_INPUTS = [
  "action",
  "eventSourceToken",
  "function",
  "functionUrlAuthType",
  "principal",
  "principalOrgId",
  "qualifier",
  "sourceAccount",
  "sourceArn",
  "statementId",
];

const permission: ResourceType = {
  inputs: PERMISSION_INPUTS,
  // A statement can't be changed: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
  replaceOn: [...PERMISSION_INPUTS, "region"],
  async create(inputs, call) {
    const statementId = text(inputs["statementId"]) ?? `pulumi-${randomBytes(8).toString("hex")}`;
    await clientOf(call).send(
      new lambda.AddPermissionCommand({
        StatementId: statementId,
        Action: required(inputs, "action"),
        EventSourceToken: text(inputs["eventSourceToken"]),
        FunctionName: required(inputs, "function"),
        FunctionUrlAuthType: text(inputs["functionUrlAuthType"]) as lambda.FunctionUrlAuthType | undefined,
        Principal: required(inputs, "principal"),
        PrincipalOrgID: text(inputs["principalOrgId"]),
        Qualifier: text(inputs["qualifier"]),
        SourceAccount: text(inputs["sourceAccount"]),
        SourceArn: text(inputs["sourceArn"]),
      }),
    );
    return { id: statementId, outputs: { statementId } };
  },
  update: () => Promise.resolve({}),
  async delete({ id, inputs }, call) {
    await clientOf(call).send(
      new lambda.RemovePermissionCommand({
        FunctionName: required(inputs, "function"),
        Qualifier: text(inputs["qualifier"]),
        StatementId: id,
      }),
    );
  },
  async read({ id, inputs }, call) {
    const { Policy } = await clientOf(call).send(
      new lambda.GetPolicyCommand({
        FunctionName: required(inputs, "function"),
        Qualifier: text(inputs["qualifier"]),
      }),
    );
    const statements = (JSON.parse(Policy || "{}") as { Statement?: { Sid?: string; Action?: string }[] })
      .Statement;
    const found = statements?.find(({ Sid }) => Sid === id);
    return found && { inputs: seen({ action: found.Action }), outputs: { statementId: id } };
  },
};

export const types: Record<string, ResourceType> = {
  "aws:lambda/function:Function": lambdaFunction,
  "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMapping,
  "aws:lambda/permission:Permission": permission,
};
