import assert from "node:assert/strict";
import type { JsonObject } from "@bailiwick/aws-events/record";
import type { Shape } from "../gateway/models";
import { list, structure, tinyCall, tinyModel } from "../gateway/testing/tiny-models";
import { recordsOf } from "./record";

const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";
/** Of a database's password. */
const hiddenIn = (operation: string) => (operation === "ModifyDBInstance" ? HIDDEN : "****");

interface Secret {
  call: string;
  /** Shapes in addition to In and Out. */
  shapes: Record<string, Shape>;
  parameters: JsonObject;
  output?: JsonObject;
  request: JsonObject | null;
  response?: JsonObject | null;
  additional?: JsonObject;
}

const attributes = (name: string): Record<string, Shape> => ({
  In: structure({ Name: "Text", Attributes: "Attributes", Tags: "Attributes" }),
  Attributes: { type: "map", key: { shape: "Text" }, value: { shape: name } },
});
const codes = structure({ UserName: "Text", AuthenticationCode1: "Text", AuthenticationCode2: "Text" });
const stack: Record<string, Shape> = {
  In: structure({ StackName: "Text", Parameters: "Parameters" }),
  Parameters: list("Parameter"),
  Parameter: structure({ ParameterKey: "Text", ParameterValue: "Text", UsePreviousValue: "Flag" }),
};
/** As in RDS and EventBridge: missing members are only written if they are of the first shape. */
const booleans: Record<string, Shape> = {
  Boolean: { type: "boolean" },
  BooleanOptional: { type: "boolean" },
};
const ARN = "arn:aws:kms:eu-west-1:333333333333:key/k";

const SECRETS: Secret[] = [
  ...["EnableMFADevice", "ResyncMFADevice"].map((operation): Secret => ({
    call: `iam ${operation}`,
    shapes: { In: codes },
    parameters: { UserName: "u", AuthenticationCode1: "secret1", AuthenticationCode2: "secret2" },
    request: { userName: "u" },
  })),
  ...["CreateStack", "UpdateStack", "CreateChangeSet"].map((operation): Secret => ({
    call: `cloudformation ${operation}`,
    shapes: stack,
    parameters: {
      StackName: "s",
      Parameters: [
        { ParameterKey: "password", ParameterValue: "secret" },
        { ParameterKey: "size", UsePreviousValue: true },
      ],
    },
    request: {
      stackName: "s",
      parameters: [{ parameterKey: "password" }, { parameterKey: "size", usePreviousValue: true }],
    },
  })),
  {
    call: "kms CreateGrant",
    shapes: {
      In: structure({ KeyId: "Text", GrantTokens: "Tokens" }),
      Tokens: list("Text"),
      Out: structure({ GrantId: "Text", GrantToken: "Text" }),
    },
    parameters: { KeyId: "k", GrantTokens: ["secret"] },
    output: { GrantId: "g", GrantToken: "secret" },
    request: { keyId: "k" },
    response: { grantId: "g", keyId: ARN },
  },
  {
    call: "kms RetireGrant",
    shapes: { In: structure({ KeyId: "Text", GrantId: "Text" }) },
    parameters: { KeyId: "k", GrantId: "g" },
    request: null,
    response: { keyId: ARN },
    additional: { grantId: "g" },
  },
  {
    call: "kms RetireGrant",
    shapes: { In: structure({ GrantToken: "Text" }) },
    parameters: { GrantToken: "secret" },
    request: null,
  },
  {
    call: "elasticache CreateReplicationGroup",
    shapes: { In: structure({ ReplicationGroupId: "Text", AuthToken: "Text" }) },
    parameters: { ReplicationGroupId: "r", AuthToken: "secret" },
    request: { replicationGroupId: "r", authToken: HIDDEN },
  },
  {
    call: "sns CreatePlatformApplication",
    shapes: attributes("Text"),
    parameters: {
      Name: "p",
      Attributes: { PlatformCredential: "secret", SuccessFeedbackSampleRate: "5" },
      Tags: { PlatformCredential: "a tag" },
    },
    request: {
      name: "p",
      attributes: { PlatformCredential: HIDDEN, SuccessFeedbackSampleRate: "5" },
      tags: { PlatformCredential: "a tag" },
    },
  },
  {
    call: "sns ConfirmSubscription",
    shapes: { In: structure({ TopicArn: "Text", Token: "Text" }) },
    parameters: { TopicArn: "arn:t", Token: "secret" },
    request: { topicArn: "arn:t", token: HIDDEN },
  },
  {
    call: "organizations PutResourcePolicy",
    shapes: {
      In: structure({ Content: "Text" }),
      Out: structure({ ResourcePolicy: "Policy" }),
      Policy: structure({ Content: "Text", Summary: "Text" }),
    },
    parameters: { Content: "secret" },
    output: { ResourcePolicy: { Content: "secret", Summary: "of the organization" } },
    request: { content: HIDDEN },
    response: { resourcePolicy: { content: HIDDEN, summary: "of the organization" } },
  },
  ...["CreateDocument", "UpdateDocument"].map((operation): Secret => ({
    call: `ssm ${operation}`,
    shapes: { In: structure({ Name: "Text", Content: "Text" }) },
    parameters: { Name: "d", Content: "secret" },
    request: { name: "d", content: HIDDEN },
  })),
  ...["CreateDBInstance", "ModifyDBInstance", "ModifyDBCluster"].map((operation): Secret => ({
    call: `rds ${operation}`,
    shapes: {
      In: structure({ ApplyImmediately: "Boolean", MasterUserPassword: "Text" }),
      ...booleans,
      Out: structure({ DBInstance: "Thing" }),
      Thing: structure({ Engine: "Text", InstanceCreateTime: "Time", PendingModifiedValues: "Pending" }),
      Time: { type: "timestamp" },
      Pending: structure({ MasterUserPassword: "Text" }),
    },
    parameters: { ApplyImmediately: true, MasterUserPassword: "secret" },
    output: {
      DBInstance: {
        Engine: "e",
        InstanceCreateTime: "2024-10-10T15:30:23Z",
        PendingModifiedValues: { MasterUserPassword: "secret" },
      },
    },
    request: { applyImmediately: true, masterUserPassword: hiddenIn(operation) },
    response: {
      engine: "e",
      instanceCreateTime: "Oct 10, 2024 3:30:23 PM",
      pendingModifiedValues: { masterUserPassword: hiddenIn(operation) },
    },
  })),
  {
    call: "lambda PublishLayerVersion",
    shapes: {
      In: structure({ LayerName: "Text" }),
      Out: structure({ Content: "Content", Version: "Number", LicenseInfo: "Text", Runtimes: "Runtimes" }),
      Content: structure({ CodeSize: "Number", Location: "Text" }),
      Runtimes: list("Text"),
    },
    parameters: { LayerName: "l" },
    output: {
      Content: { CodeSize: 7, Location: "https://secret.example.com" },
      Version: 1,
      LicenseInfo: "",
      Runtimes: [],
    },
    request: { layerName: "l" },
    response: { content: { codeSize: 7, uncompressedCodeSize: 0 }, version: 1 },
  },
  {
    call: "sns Publish",
    shapes: {
      In: structure({ Message: "Text", MessageAttributes: "Attributes" }),
      Attributes: { type: "map", key: { shape: "Text" }, value: { shape: "Text" } },
    },
    parameters: { Message: "secret", MessageAttributes: { a: "secret" } },
    request: { message: HIDDEN, messageAttributes: HIDDEN },
  },
];

describe("A record without secrets", () => {
  for (const { call, shapes, parameters, output = {}, request, response = null, additional } of SECRETS)
    it(`is ${call}'s with ${Object.keys(parameters).join(", ")}`, () => {
      const [service = "", operation = ""] = call.split(" ");
      const out = "Out" in shapes ? { output: "Out" } : {};
      const model = tinyModel(service, "query", { [operation]: { input: "In", ...out } }, shapes);

      const [recorded] = recordsOf(tinyCall({ model: model.operations[operation], parameters, output }));

      assert.ok(recorded);
      assert.deepEqual(recorded.record.requestParameters, request);
      assert.deepEqual(recorded.record.responseElements, response);
      assert.deepEqual(recorded.record.additionalEventData, additional);
      assert.doesNotMatch(JSON.stringify(recorded), /secret/);
    });
});

interface Told {
  call: string;
  shapes?: Record<string, Shape>;
  parameters: JsonObject;
  output?: JsonObject;
  readOnly?: boolean;
  request?: JsonObject | null;
  response?: JsonObject | null;
  additional?: JsonObject;
}

const DOCUMENT = '{"Version":"2012-10-17"}';
const FUNCTION = "arn:aws:lambda:eu-west-1:333333333333:function:job";
const code = { In: structure({ FunctionName: "Text" }) };

const TOLD: Told[] = [
  {
    call: "rds ModifyDBCluster",
    shapes: {
      In: structure({
        AllowEngineModeChange: "Boolean",
        AllowMajorVersionUpgrade: "Boolean",
        ApplyImmediately: "Boolean",
        DeletionProtection: "BooleanOptional",
      }),
      ...booleans,
    },
    parameters: { ApplyImmediately: true },
    request: { allowEngineModeChange: false, allowMajorVersionUpgrade: false, applyImmediately: true },
  },
  {
    call: "rds DescribeDBClusters",
    shapes: { In: structure({ IncludeShared: "Boolean" }), ...booleans },
    parameters: {},
    readOnly: true,
    request: { includeShared: false },
  },
  {
    call: "events DeleteRule",
    shapes: { In: structure({ Name: "Text", Force: "Boolean" }), ...booleans },
    parameters: { Name: "r" },
    request: { name: "r", force: false },
  },
  {
    call: "events PutEvents",
    shapes: {
      In: structure({ Entries: "Entries" }),
      Entries: list("Entry"),
      Entry: structure({ Source: "Text", DetailType: "Text", Detail: "Text" }),
      Out: structure({ FailedEntryCount: "Number" }),
    },
    parameters: { Entries: [{ Source: "s", DetailType: "d", Detail: DOCUMENT }] },
    output: { FailedEntryCount: 0 },
    request: { entries: [{ source: "s", detailType: "d", detail: HIDDEN }] },
    response: { failedEntryCount: 0 },
  },
  {
    call: "ecr SetRepositoryPolicy",
    shapes: { In: structure({ policyText: "Text", force: "ForceFlag" }), ForceFlag: { type: "boolean" } },
    parameters: { policyText: DOCUMENT },
    request: { policyText: DOCUMENT, force: false },
  },
  {
    call: "route53 ChangeResourceRecordSets",
    shapes: {
      In: structure({ HostedZoneId: "Text" }),
      Out: structure({ ChangeInfo: "Info" }),
      Info: structure({ SubmittedAt: "Time" }),
      Time: { type: "timestamp" },
    },
    parameters: { HostedZoneId: "Z1" },
    output: { ChangeInfo: { SubmittedAt: "2024-09-17T13:57:28Z" } },
    request: { hostedZoneId: "Z1" },
    response: { changeInfo: { submittedAt: "Sep 17, 2024 1:57:28 PM" } },
    additional: { Note: "Do not use to reconstruct hosted zone" },
  },
  { call: "sns Subscribe", parameters: {}, request: { returnSubscriptionArn: false } },
  { call: "ssm SendCommand", parameters: {}, request: { interactive: false } },
  {
    call: "ec2-instance-connect SendSerialConsoleSSHPublicKey",
    shapes: { In: structure({ SSHPublicKey: "Text" }) },
    parameters: { SSHPublicKey: "ssh-ed25519 AAAA" },
    request: { monitorMode: false, serialPort: 0, sSHPublicKey: "ssh-ed25519 AAAA" },
  },
  {
    call: "ssm AddTagsToResource",
    shapes: {
      In: structure({ ResourceId: "Text", Tags: "Tags" }),
      Tags: list("Tag"),
      Tag: structure({ Key: "Text", Value: "Text" }),
    },
    parameters: { ResourceId: "/a", Tags: [{ Key: "k", Value: "v" }] },
    request: { resourceId: "/a", tags: [{ key: "k", value: "v" }] },
  },
  ...["CreatePolicy", "UpdatePolicy"].map((operation): Told => ({
    call: `organizations ${operation}`,
    shapes: { In: structure({ Content: "Text" }) },
    parameters: { Content: DOCUMENT },
    request: { content: DOCUMENT },
  })),
  {
    call: "iam CreateRole",
    shapes: {
      In: structure({ PermissionsBoundary: "Text" }),
      Out: structure({ Role: "Role" }),
      Role: structure({ PermissionsBoundary: "Boundary" }),
      Boundary: structure({ PermissionsBoundaryType: "Text", PermissionsBoundaryArn: "Text" }),
    },
    parameters: { PermissionsBoundary: "arn:b" },
    output: {
      Role: {
        PermissionsBoundary: {
          PermissionsBoundaryType: "PermissionsBoundaryPolicy",
          PermissionsBoundaryArn: "arn:b",
        },
      },
    },
    request: { permissionsBoundary: "arn:b" },
    response: {
      role: { permissionsBoundary: { permissionsBoundaryType: "Policy", permissionsBoundaryArn: "arn:b" } },
    },
  },
  {
    call: "lambda UpdateFunctionCode",
    shapes: code,
    parameters: { FunctionName: FUNCTION },
    request: {
      fullyQualifiedArn: {
        arnPrefix: { partition: "aws", region: "eu-west-1", account: "333333333333" },
        relativeId: { functionName: "job" },
        functionQualifier: {},
      },
      dryRun: false,
      publish: false,
      functionName: FUNCTION,
    },
  },
  {
    call: "lambda UpdateFunctionCode",
    shapes: code,
    parameters: { FunctionName: "job" },
    request: { dryRun: false, publish: false, functionName: "job" },
  },
  {
    call: "lambda AddPermission",
    shapes: { ...code, Out: structure({ Statement: "Text" }) },
    parameters: { FunctionName: "job" },
    output: { Statement: '{"Sid": "all", "Effect": "Allow"}' },
    request: { functionName: "job" },
    response: { statement: '{"Sid":"all","Effect":"Allow"}' },
  },
  {
    call: "lambda UpdateFunctionConfiguration",
    shapes: { ...code, Out: structure({ FunctionName: "Text" }) },
    parameters: { FunctionName: FUNCTION },
    output: { FunctionName: "job" },
    request: { environment: {}, functionName: FUNCTION },
    response: { environment: {}, functionName: "job" },
  },
];

describe("A record", () => {
  for (const {
    call,
    shapes = { In: structure({}) },
    parameters,
    output = {},
    readOnly = false,
    ...told
  } of TOLD)
    it(`equals AWS's for ${call} with ${JSON.stringify(parameters)}`, () => {
      const [service = "", operation = ""] = call.split(" ");
      const out = "Out" in shapes ? { output: "Out" } : {};
      const model = tinyModel(service, "query", { [operation]: { input: "In", ...out } }, shapes);

      const [recorded] = recordsOf(
        tinyCall({ model: model.operations[operation], parameters, output, readOnly }),
      );

      assert.deepEqual(recorded?.record.requestParameters, told.request);
      assert.deepEqual(recorded?.record.responseElements, told.response ?? null);
      assert.deepEqual(recorded?.record.additionalEventData, told.additional);
    });
});
