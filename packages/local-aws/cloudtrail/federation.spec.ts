import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { structure, tinyCall, tinyModel } from "../gateway/testing/tiny-models";
import { recordsOf } from "./record";

const ROLE = "arn:aws:iam::444444444444:role/visitor";
const model = tinyModel(
  "sts",
  "query",
  { AssumeRoleWithWebIdentity: { input: "In" }, AssumeRoleWithSAML: { input: "In" } },
  {
    In: structure({
      RoleArn: "Text",
      PrincipalArn: "Text",
      RoleSessionName: "Text",
      WebIdentityToken: "Text",
      SAMLAssertion: "Text",
    }),
  },
);
const recordOf = (operation: string, parameters: Record<string, string>, changes: object = {}) => {
  const unsigned = { account: "", identity: {}, accessKeyId: undefined, readOnly: true };
  const made = tinyCall({ model: model.operations[operation], parameters, ...unsigned, ...changes });
  const recorded = recordsOf(made, "444444444444");
  assert.equal(recorded.length, 1);
  return recorded[0]!.record;
};
const token = (claims: object) =>
  ["{}", JSON.stringify(claims), "?"].map((part) => Buffer.from(part).toString("base64url")).join(".");
const withToken = (WebIdentityToken: string, more: Record<string, string> = {}) =>
  recordOf("AssumeRoleWithWebIdentity", {
    RoleArn: ROLE,
    RoleSessionName: "s",
    WebIdentityToken,
    ...more,
  }).userIdentity;

describe("The caller of AssumeRoleWithWebIdentity", () => {
  it("is provider, audience and subject of the token", () => {
    const claims = { iss: "https://idp.example.com/tenant", aud: "app", sub: "repo:o/r:main" };
    const identityProvider = "arn:aws:iam::444444444444:oidc-provider/idp.example.com/tenant";

    assert.deepEqual(withToken(token(claims)), {
      type: "WebIdentityUser",
      principalId: `${identityProvider}:app:repo:o/r:main`,
      userName: "repo:o/r:main",
      identityProvider,
    });
    assert.deepEqual(
      withToken(token({ ...claims, aud: ["app", "b"] })).principalId,
      `${identityProvider}:app:repo:o/r:main`,
    );
  });

  it("has the name of a provider that every account knows", () => {
    const claims = { iss: "https://accounts.google.com", aud: "app", sub: "1" };

    const { principalId, identityProvider } = withToken(token(claims));

    assert.deepEqual([principalId, identityProvider], ["accounts.google.com:app:1", "accounts.google.com"]);
  });

  it("is recorded as far as the token can be read", () => {
    const type = "WebIdentityUser";

    assert.deepEqual(withToken("opaque", { ProviderId: "www.amazon.com" }), {
      type,
      identityProvider: "www.amazon.com",
    });
    assert.deepEqual(withToken("opaque"), { type });
    assert.deepEqual(withToken(token([1])), { type });
  });

  it("is recorded in the role's account alone, whoever signed", () => {
    const parameters = { RoleArn: ROLE, WebIdentityToken: token({ iss: "https://a", aud: "b", sub: "c" }) };
    const signed = {
      account: "333333333333",
      accessKeyId: "333333333333",
      identity: { type: "Root", accountId: "333333333333" },
    };

    const record = recordOf("AssumeRoleWithWebIdentity", parameters, signed);

    assert.deepEqual(
      [record.recipientAccountId, record.sharedEventID, record.userIdentity.type],
      ["444444444444", undefined, "WebIdentityUser"],
    );
  });

  it("is recorded with its parameters when it is refused, and without the reason", () => {
    const parameters = { RoleArn: ROLE, RoleSessionName: "s", WebIdentityToken: token({}) };
    const refused = { status: 403, errorCode: "AccessDenied", errorMessage: "Not authorized to perform" };

    const record = recordOf("AssumeRoleWithWebIdentity", parameters, refused);

    assert.equal(record.errorMessage, "An unknown error occurred");
    assert.deepEqual(record.requestParameters, { roleArn: ROLE, roleSessionName: "s" });
  });
});

describe("The caller of AssumeRoleWithSAML", () => {
  const PrincipalArn = "arn:aws:iam::444444444444:saml-provider/Idp";
  const assertion = (subject: string) =>
    Buffer.from(
      `<?xml version="1.0"?><p:Response xmlns:p="p" ID="_response"><s:Issuer xmlns:s="s">other</s:Issuer>
       <s:Assertion xmlns:s="s" ID="_one"><s:Issuer>https://idp.example.com</s:Issuer><s:Subject>${subject}</s:Subject>
       <s:AttributeStatement><s:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName">
       <s:AttributeValue>carol@example.com</s:AttributeValue></s:Attribute></s:AttributeStatement></s:Assertion></p:Response>`,
    ).toString("base64");
  const withAssertion = (SAMLAssertion: string) =>
    recordOf("AssumeRoleWithSAML", { RoleArn: ROLE, PrincipalArn, SAMLAssertion });

  it("is the name in the assertion, qualified by issuer and provider", () => {
    const record = withAssertion(assertion("<s:NameID Format='x'>carol</s:NameID>"));

    const identityProvider = createHash("sha1")
      .update("https://idp.example.com444444444444/Idp")
      .digest("base64");
    assert.deepEqual(record.userIdentity, {
      type: "SAMLUser",
      principalId: `${identityProvider}:carol`,
      userName: "carol",
      identityProvider,
    });
    assert.deepEqual(record.requestParameters, {
      sAMLAssertionID: "_one",
      roleSessionName: "carol@example.com",
      roleArn: ROLE,
      principalArn: PrincipalArn,
    });
    assert.deepEqual(
      record.resources?.map(({ type, ARN }) => [type, ARN]),
      [
        ["AWS::IAM::Role", ROLE],
        ["AWS::IAM::SAMLProvider", PrincipalArn],
      ],
    );
  });

  it("is recorded by its type alone if the assertion can't be read", () => {
    for (const unreadable of ["", "?", assertion("<s:EncryptedID/>"), Buffer.from("<a>").toString("base64")])
      assert.deepEqual(withAssertion(unreadable).userIdentity, { type: "SAMLUser" });
  });
});
