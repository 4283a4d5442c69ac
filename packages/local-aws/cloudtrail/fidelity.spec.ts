import assert from "node:assert/strict";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { isReadOnly } from "../gateway/read-only";
import { dataResource } from "./categories";
import { withoutValues } from "./dynamodb";
import { apiVersionOf, eventSourceOf } from "./names";
import { tinyCall } from "../gateway/testing/tiny-models";

describe("the kinds of calls", () => {
  it("read or write by what they do, not by how they are called", () => {
    const readOnly = (call: string) => isReadOnly(...(call.split(":") as [string, string]));

    for (const call of [
      "ses:VerifyEmailIdentity",
      "ses:VerifyDomainIdentity",
      "cognito-idp:VerifyUserAttribute",
    ])
      assert.equal(readOnly(call), false, call);
    for (const call of [
      "bedrock-runtime:InvokeModel",
      "bedrock-runtime:InvokeModelWithResponseStream",
      "bedrock-runtime:Converse",
      "rds:DownloadDBLogFilePortion",
      "kms:Verify",
      "kms:VerifyMac",
    ])
      assert.equal(readOnly(call), true, call);
  });

  it("of SES v2 that send mail are data events", () => {
    const typeOf = (operation: string) =>
      dataResource({ ...tinyCall({ service: "sesv2", operation }) }, "eu-west-1")?.type;

    assert.equal(typeOf("SendEmail"), "AWS::SES::EmailIdentity");
    assert.equal(typeOf("SendBulkEmail"), "AWS::SES::EmailIdentity");
    assert.equal(typeOf("CreateEmailIdentity"), undefined);
  });

  it("have the sources that CloudTrail gives them", () => {
    const source = (service: string, signingName: string) => eventSourceOf({ service, signingName });

    assert.equal(source("marketplace-agreement", "aws-marketplace"), "agreement-marketplace.amazonaws.com");
    assert.equal(source("identitystore", "identitystore"), "sso-directory.amazonaws.com");
    assert.equal(source("sso-admin", "sso"), "sso.amazonaws.com");
  });

  it("have the version of the API where the service writes it", () => {
    assert.equal(apiVersionOf({ service: "efs" }), "2015-02-01");
    assert.equal(apiVersionOf({ service: "appmesh" }), "2019-01-25");
    assert.equal(apiVersionOf({ service: "appmesh", errorCode: "AccessDeniedException" }), undefined);
  });
});

describe("DynamoDB's messages", () => {
  const call = (value: string) => ({
    ...tinyCall({}),
    parameters: { Item: { id: { S: value } } } as JsonObject,
  });

  it("hide a value however long it is, and whatever characters it has", () => {
    for (const value of ["x".repeat(450_000), "(a+b)*[c]$&", "50%"]) {
      const message = `Item size has exceeded: ${value}, and again ${value}`;
      assert.equal(
        withoutValues(message, call(value), null),
        "Item size has exceeded: ***(Redacted), and again ***(Redacted)",
      );
    }
  });

  it("keep words that only contain a value", () => {
    assert.equal(withoutValues("is invalid: id", call("id"), null), "is invalid: ***(Redacted)");
  });
});
