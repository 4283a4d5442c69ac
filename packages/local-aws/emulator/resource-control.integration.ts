import assert from "node:assert/strict";
import {
  MANAGEMENT,
  MEMBER,
  SECURITY,
  rootOf,
  type Credentials,
} from "../cloudtrail/testing/recorded-organization";
import {
  ORGANIZATION_ROOT,
  RCP,
  REGION,
  document,
  policyArn,
  startGovernedOrganization,
  type GovernedOrganization,
} from "./testing/governed-organization";

const OUTSIDE = "999999999999";

describe("A resource control policy", () => {
  let organization: GovernedOrganization;

  before(async function () {
    this.timeout(120_000);
    organization = await startGovernedOrganization();
    const type = { RootId: ORGANIZATION_ROOT, PolicyType: RCP };
    await organization.done("organizations", "EnablePolicyType", type);
  });
  after(() => organization?.stop());

  const queue = `arn:aws:sqs:${REGION}:${MEMBER}:guarded`;
  const QueueUrl = `https://sqs.${REGION}.amazonaws.com/${MEMBER}/guarded`;
  const ours = (Action: string, more: object = {}) =>
    document({
      Effect: "Deny",
      Principal: "*",
      Action,
      Resource: "*",
      Condition: {
        StringNotEqualsIfExists: { "aws:PrincipalOrgID": "o-exampleorg" },
        BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
        ...more,
      },
    });
  const send = (by: Credentials) =>
    organization.refused("sqs", "SendMessage", { QueueUrl, MessageBody: "x" }, by);

  before(async () => {
    const open = document({ Effect: "Allow", Principal: "*", Action: "sqs:*", Resource: queue });
    await organization.done(
      "sqs",
      "CreateQueue",
      { QueueName: "guarded", Attributes: { Policy: open } },
      rootOf(MEMBER),
    );
  });

  it("keeps callers from outside the organization away, whatever the resource's own policy says", async () => {
    assert.equal(await send(rootOf(OUTSIDE)), undefined);
    await organization.under(RCP, ours("sqs:*"), async () => {
      assert.deepEqual(await send(rootOf(OUTSIDE)), {
        code: "AccessDenied",
        message:
          `User: arn:aws:iam::${OUTSIDE}:root is not authorized to perform: sqs:sendmessage on resource: ${queue} ` +
          "with an explicit deny in a resource control policy",
      });
      for (const account of [MANAGEMENT, SECURITY, MEMBER])
        assert.equal(await send(rootOf(account)), undefined);
    });
  });

  it("binds callers of the organization and the resource's own account, and names the policy to them", async () => {
    const all = document({ Effect: "Deny", Principal: "*", Action: "sqs:SendMessage", Resource: queue });
    await organization.under(RCP, all, async (id) => {
      for (const account of [MANAGEMENT, MEMBER])
        assert.deepEqual(await send(rootOf(account)), {
          code: "AccessDenied",
          message:
            `User: arn:aws:iam::${account}:root is not authorized to perform: sqs:sendmessage on resource: ${queue} ` +
            `with an explicit deny in a resource control policy: ${policyArn("resource", id)}`,
        });
    });
  });

  it("keeps services away that act for somebody else", async () => {
    const question = {
      principal: { service: "sns.amazonaws.com" },
      action: "sqs:SendMessage",
      resource: queue,
      policy: document({
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "*",
        Resource: "*",
      }),
    };
    const confused = document({
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:*",
      Resource: "*",
      Condition: {
        StringNotEqualsIfExists: { "aws:SourceOrgID": "o-exampleorg" },
        Null: { "aws:SourceAccount": "false" },
        Bool: { "aws:PrincipalIsAWSService": "true" },
      },
    });
    await organization.under(RCP, confused, async (id) => {
      const ask = (account: string) =>
        organization.emulator.authorize({ ...question, context: { "aws:SourceAccount": account } });
      assert.deepEqual(await ask(SECURITY), { allowed: true });
      assert.deepEqual(await ask(OUTSIDE), {
        allowed: false,
        reason:
          `sns.amazonaws.com is not authorized to perform sqs:SendMessage on ${queue} ` +
          `with an explicit deny in a resource control policy: ${policyArn("resource", id)}`,
      });
    });
  });

  it("covers buckets, which have no account in their ARN, for callers without a signature too", async () => {
    await organization.done(
      "s3",
      "CreateBucket",
      { Bucket: "guarded-bucket", CreateBucketConfiguration: { LocationConstraint: REGION } },
      rootOf(MEMBER),
    );
    const open = {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::guarded-bucket/*",
    };
    await organization.done("s3", "DeletePublicAccessBlock", { Bucket: "guarded-bucket" }, rootOf(MEMBER));
    await organization.done(
      "s3",
      "PutBucketPolicy",
      { Bucket: "guarded-bucket", Policy: document(open) },
      rootOf(MEMBER),
    );
    await organization.done(
      "s3",
      "PutObject",
      { Bucket: "guarded-bucket", Key: "a", Body: "x" },
      rootOf(MEMBER),
    );
    const read = async () => (await fetch(`${organization.gateway.url}/guarded-bucket/a`)).status;
    const get = (by: Credentials) =>
      organization.refused("s3", "GetObject", { Bucket: "guarded-bucket", Key: "a" }, by);

    assert.equal(await read(), 200);
    assert.equal(await get(rootOf(OUTSIDE)), undefined);
    await organization.under(RCP, ours("s3:*"), async () => {
      assert.equal(await read(), 403);
      assert.deepEqual(await get(rootOf(OUTSIDE)), { code: "AccessDenied", message: "Access Denied" });
      assert.equal(await get(rootOf(MEMBER)), undefined);
    });
  });

  it("guards the roles of members, but nothing of the management account and no other service", async () => {
    const trust = document({ Effect: "Allow", Principal: { AWS: OUTSIDE }, Action: "sts:AssumeRole" });
    const visitor = await organization.user("visitor", { account: OUTSIDE });
    const assume = (account: string) =>
      organization.refused(
        "sts",
        "AssumeRole",
        { RoleArn: `arn:aws:iam::${account}:role/open`, RoleSessionName: "x1" },
        visitor,
      );
    for (const account of [MEMBER, MANAGEMENT])
      await organization.done(
        "iam",
        "CreateRole",
        { RoleName: "open", AssumeRolePolicyDocument: trust },
        rootOf(account),
      );
    const topic = { Name: "news" };
    const { TopicArn } = await organization.done("sns", "CreateTopic", topic, rootOf(MEMBER));

    await organization.under(RCP, ours("sts:*"), async () => {
      assert.match((await assume(MEMBER))!.message, /with an explicit deny in a resource control policy$/);
      assert.equal(await assume(MANAGEMENT), undefined);
    });
    await organization.under(
      RCP,
      ours("sns:*", { StringNotEqualsIfExists: { "aws:PrincipalOrgID": "o-nobody0000" } }),
      async () => {
        assert.equal(
          await organization.refused("sns", "GetTopicAttributes", { TopicArn }, rootOf(MEMBER)),
          undefined,
        );
      },
    );
  });
});
