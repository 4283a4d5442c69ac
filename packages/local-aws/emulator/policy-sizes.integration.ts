import assert from "node:assert/strict";
import {
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  MEMBER,
  startRecordedOrganization,
  type RecordedOrganization,
} from "../cloudtrail/testing/recorded-organization";

describe("A policy of the local organization's IAM", () => {
  let organization: RecordedOrganization;
  let iam: IAMClient;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization({ trail: false });
    iam = new IAMClient(organization.config(MEMBER));
  });
  after(async () => {
    iam?.destroy();
    await organization?.stop();
  });

  const policy = (statement: object, space = 0) =>
    JSON.stringify(
      { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] },
      undefined,
      space,
    );
  const trust = (sources: number, space = 0) =>
    policy(
      {
        Principal: { Service: "events.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          ArnEquals: {
            "aws:SourceArn": Array.from(
              { length: sources },
              (_, index) => `arn:aws:events:eu-west-1:${MEMBER}:rule/rule-${1000 + index}`,
            ),
          },
        },
      },
      space,
    );
  const allow = (length: number) =>
    policy({ Action: "s3:GetObject", Resource: `arn:aws:s3:::${"b".repeat(length)}` });
  const create = (RoleName: string, AssumeRolePolicyDocument: string) =>
    iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));

  it("of trust has at most 2,048 characters, without white space", async () => {
    const long = { name: "LimitExceededException", message: "Cannot exceed quota for ACLSizePerRole: 2048" };

    await assert.rejects(create("too-long", trust(40)), long);
    await create("long", trust(25, 8));
    const PolicyDocument = trust(40);
    await assert.rejects(
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "long", PolicyDocument })),
      long,
    );
  });

  it("counts together with the other inline policies of its role or user, and in place of the one that it replaces", async () => {
    await create("inline", trust(1));
    await iam.send(new CreateUserCommand({ UserName: "inline" }));
    const put = (PolicyName: string, length: number) =>
      iam.send(new PutRolePolicyCommand({ RoleName: "inline", PolicyName, PolicyDocument: allow(length) }));

    await put("first", 6_000);
    await assert.rejects(put("second", 6_000), {
      name: "LimitExceededException",
      message: "Maximum policy size of 10240 bytes exceeded for role inline",
    });
    await put("first", 9_000);
    const user = { UserName: "inline", PolicyName: "first", PolicyDocument: allow(3_000) };
    await assert.rejects(iam.send(new PutUserPolicyCommand(user)), { name: "LimitExceededException" });
  });
});
