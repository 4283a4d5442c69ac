import assert from "node:assert/strict";
import type { JsonObject } from "../../events/record";
import type { Shape } from "../gateway/models";
import { list, structure, tinyCall, tinyModel } from "../gateway/testing/tiny-models";
import { recordsOf } from "./record";

const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

interface Secret {
  call: string;
  /** Further shapes than In and Out. */
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
