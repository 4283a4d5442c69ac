import assert from "node:assert/strict";
import { CloudTrailClient, PutEventSelectorsCommand } from "@aws-sdk/client-cloudtrail";
import { request } from "node:http";
import {
  MANAGEMENT,
  MEMBER,
  startRecordedOrganization,
  type Credentials,
  type RecordedOrganization,
} from "./testing/recorded-organization";

describe("Callers without a key of the organization, in CloudTrail's records", () => {
  let organization: RecordedOrganization;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization();
    const trails = new CloudTrailClient(organization.config(MANAGEMENT));
    const objects = { Type: "AWS::S3::Object", Values: ["arn:aws:s3"] };
    const EventSelectors = [
      { ReadWriteType: "All" as const, IncludeManagementEvents: true, DataResources: [objects] },
    ];
    await trails.send(new PutEventSelectorsCommand({ TrailName: "organization", EventSelectors }));
  });
  after(() => organization?.stop());

  /** An unsigned request to a host of AWS, for which the gateway answers. */
  const unsigned = (method: string, path: string, host?: string, body?: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const form = body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
      const headers = { ...(host === undefined ? {} : { host }), ...form };
      const made = request(`${organization.gateway.url}${path}`, { method, headers }, (reply) => {
        reply.resume();
        reply.on("end", () => resolve(reply.statusCode ?? 0));
      });
      made.on("error", reject);
      made.end(body);
    });

  it("are anonymous to S3, and seen by the bucket's owner in the bucket's region", async () => {
    const bucket = {
      Bucket: "public-things",
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    };
    await organization.call("s3", "CreateBucket", bucket, { region: "eu-central-1" });

    const records = await organization.recordsOf(async () => {
      await unsigned("GET", "/public-things/k");
      await unsigned("GET", "/k", "public-things.s3.eu-central-1.amazonaws.com");
    });

    assert.deepEqual(
      records.map(({ eventName, awsRegion, recipientAccountId, userIdentity, requestParameters }) => ({
        eventName,
        awsRegion,
        recipientAccountId,
        userIdentity,
        host: requestParameters?.["Host"],
      })),
      [1, 2].map(() => ({
        eventName: "GetObject",
        awsRegion: "eu-central-1",
        recipientAccountId: MEMBER,
        userIdentity: { type: "AWSAccount", principalId: "", accountId: "anonymous" },
        host: "public-things.s3.eu-central-1.amazonaws.com",
      })),
    );
    for (const { sharedEventID } of records) assert.match(sharedEventID ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(organization.events.at(-1)?.region, "eu-central-1");
  });

  const ISSUER = "token.idp.example.com";
  const token = () => {
    const claims = { iss: `https://${ISSUER}`, aud: "sts.amazonaws.com", sub: "repo:o/r:main", exp: 4e9 };
    return [{ alg: "RS256" }, claims, {}]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
  };
  const form = (fields: Record<string, string>) =>
    new URLSearchParams({ Version: "2011-06-15", ...fields }).toString();
  const ofWebIdentity = (role: string) =>
    form({
      Action: "AssumeRoleWithWebIdentity",
      RoleArn: `arn:aws:iam::${MEMBER}:role/${role}`,
      RoleSessionName: "pipeline",
      WebIdentityToken: token(),
    });

  it("come with a token, and are recorded as its subject in the role's account, accepted or not", async () => {
    const Url = `https://${ISSUER}`;
    await organization.call("iam", "CreateOpenIDConnectProvider", {
      Url,
      ClientIDList: ["sts.amazonaws.com"],
    });
    const identityProvider = `arn:aws:iam::${MEMBER}:oidc-provider/${ISSUER}`;
    const trust = {
      Effect: "Allow",
      Principal: { Federated: identityProvider },
      Action: "sts:AssumeRoleWithWebIdentity",
    };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    await organization.call("iam", "CreateRole", { RoleName: "pipeline", AssumeRolePolicyDocument });

    const [taken, refused, ...more] = await organization.recordsOf(async () => {
      await unsigned("POST", "/", "sts.eu-central-1.amazonaws.com", ofWebIdentity("pipeline"));
      await unsigned("POST", "/", "sts.eu-central-1.amazonaws.com", ofWebIdentity("none"));
    });

    assert.deepEqual(more, []);
    for (const record of [taken, refused]) {
      assert.deepEqual(record?.userIdentity, {
        type: "WebIdentityUser",
        principalId: `${identityProvider}:sts.amazonaws.com:repo:o/r:main`,
        userName: "repo:o/r:main",
        identityProvider,
      });
      assert.deepEqual(
        [record.eventName, record.awsRegion, record.recipientAccountId, record.sharedEventID],
        ["AssumeRoleWithWebIdentity", "eu-central-1", MEMBER, undefined],
      );
    }
    const { subjectFromWebIdentityToken, provider, audience } = taken?.responseElements ?? {};
    assert.deepEqual(
      [taken?.errorCode, subjectFromWebIdentityToken, provider, audience],
      [undefined, "repo:o/r:main", identityProvider, "sts.amazonaws.com"],
    );
    assert.deepEqual(
      [refused?.errorCode, refused?.responseElements, refused?.requestParameters],
      ["AccessDenied", null, { roleArn: `arn:aws:iam::${MEMBER}:role/none`, roleSessionName: "pipeline" }],
    );
  });

  it("come unsigned from botocore through the local endpoint, and are recorded in us-east-1", async () => {
    const [record] = await organization.recordsOf(() =>
      organization.call("sts", "AssumeRoleWithWebIdentity", {
        RoleArn: `arn:aws:iam::${MEMBER}:role/none`,
        RoleSessionName: "pipeline",
        WebIdentityToken: token(),
      }),
    );

    assert.deepEqual(
      [record?.userIdentity.type, record?.awsRegion, record?.recipientAccountId],
      ["WebIdentityUser", "us-east-1", MEMBER],
    );
  });

  it("come with a SAML assertion, and are recorded though the emulator accepts none", async () => {
    const assertion =
      "<Response><Assertion ID='_1'><Issuer>https://idp.example.com</Issuer>" +
      "<Subject><NameID>carol</NameID></Subject></Assertion></Response>";
    const body = form({
      Action: "AssumeRoleWithSAML",
      RoleArn: `arn:aws:iam::${MEMBER}:role/visitor`,
      PrincipalArn: `arn:aws:iam::${MEMBER}:saml-provider/Idp`,
      SAMLAssertion: Buffer.from(assertion).toString("base64"),
    });

    const [record] = await organization.recordsOf(() =>
      unsigned("POST", "/", "sts.eu-west-1.amazonaws.com", body),
    );

    assert.deepEqual(
      [record?.eventName, record?.awsRegion, record?.recipientAccountId, record?.userIdentity.type],
      ["AssumeRoleWithSAML", "eu-west-1", MEMBER, "SAMLUser"],
    );
    assert.equal(record?.userIdentity.userName, "carol");
    assert.equal(record?.errorCode, "InvalidAction");
  });

  interface Keys {
    AccessKeyId: string;
    SecretAccessKey: string;
    SessionToken?: string;
  }
  const credentialsOf = ({ AccessKeyId, SecretAccessKey, SessionToken }: Keys) => ({
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  });
  const federated = async (credentials?: Credentials) => {
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    });
    const asked = { Name: "bob", Policy };
    const { output } = await organization.call("sts", "GetFederationToken", asked, { credentials });
    return credentialsOf(output?.["Credentials"] as unknown as Keys);
  };

  it("come with a federation token, and act for the user who requested it, whose key may be deleted", async () => {
    const { output: made } = await organization.call("iam", "CreateUser", { UserName: "broker" });
    const { UserId } = made?.["User"] as { UserId: string };
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    });
    const PolicyName = "all";
    await organization.call("iam", "PutUserPolicy", { UserName: "broker", PolicyName, PolicyDocument });
    const { output } = await organization.call("iam", "CreateAccessKey", { UserName: "broker" });
    const key = output?.["AccessKey"] as unknown as Keys;
    const credentials = await federated(credentialsOf(key));
    const AccessKeyId = key.AccessKeyId;
    await organization.call("iam", "DeleteAccessKey", { UserName: "broker", AccessKeyId });

    const [record] = await organization.recordsOf(() =>
      organization.call("ec2", "DescribeVpcs", {}, { credentials }),
    );

    assert.equal(record?.userIdentity.type, "FederatedUser");
    assert.equal(record.userIdentity.principalId, `${MEMBER}:bob`);
    assert.deepEqual(record.userIdentity.sessionContext?.sessionIssuer, {
      type: "IAMUser",
      principalId: UserId,
      arn: `arn:aws:iam::${MEMBER}:user/broker`,
      accountId: MEMBER,
      userName: "broker",
    });
    assert.equal(record.userIdentity.sessionContext.attributes?.mfaAuthenticated, "false");
  });

  it("come with a federation token of root, who has no name", async () => {
    const credentials = await federated();

    const [record] = await organization.recordsOf(() =>
      organization.call("s3", "ListBuckets", {}, { credentials }),
    );

    assert.deepEqual(record?.userIdentity.sessionContext?.sessionIssuer, {
      type: "Root",
      principalId: MEMBER,
      arn: `arn:aws:iam::${MEMBER}:root`,
      accountId: MEMBER,
    });
  });
});
