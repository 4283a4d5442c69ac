import assert from "node:assert/strict";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachUserPolicyCommand,
  EnableMFADeviceCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { outcomeId, pinId, resourceId } from "../contract/ledger-keys";
import type { AwsClientConfig } from "../controls/lib/aws-client";
import { controlById } from "../controls";
import { openSession } from "../functions/control/session";
import { outcomeFeed } from "../rehearsal/drill/outcome-feed";
import type { Outcome } from "../controls/lib/outcome";
import { deployedOrganization, eventually, trailRecords } from "./support/local";

const MFA = "iam-user-mfa-required";
const BUCKETS = "s3-bucket-policy-not-public";
const REGION = "eu-central-1";
const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";

describe("rights in an organization with IAM enforced", function () {
  this.timeout(120_000);
  const deployed = deployedOrganization({
    "bailiwick:controls": {
      [MFA]: { mode: "enforce" },
      [BUCKETS]: { mode: "notify", accounts: { "200000000001": "enforce" } },
      "cloudtrail-trail-logging": { mode: "enforce" },
    },
  });
  const outcomes: Outcome[] = [];
  before(() => {
    outcomeFeed(deployed().organization.trace).subscribe((outcome) => outcomes.push(outcome));
  });

  const aws = (account: string, region?: string) =>
    deployed().organization.aws(deployed().account(account), region);
  const roleArn = (account: string, name: string) =>
    `arn:aws:iam::${deployed().account(account)}:role/${name}`;
  const policyArn = (account: string) =>
    `arn:aws:iam::${deployed().account(account)}:policy/bailiwick-mfa-required`;
  const denied = (call: Promise<unknown>) =>
    assert.rejects(call, ({ name }: Error) =>
      /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|InvalidClientTokenId)$/.test(name),
    );

  /** A session of a function's role, as Lambda would provide it. */
  async function asFunction(role: string): Promise<AwsClientConfig> {
    return assume(aws("security"), roleArn("security", role));
  }
  async function assume(by: AwsClientConfig, RoleArn: string, region = by.region): Promise<AwsClientConfig> {
    const { Credentials: given } = await new STSClient(by).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }),
    );
    const credentials = {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    };
    return { ...aws("security", region), credentials };
  }

  const policiesOf = async (account: string, UserName: string) => {
    const { AttachedPolicies: attached = [] } = await new IAMClient(aws(account)).send(
      new ListAttachedUserPoliciesCommand({ UserName }),
    );
    return attached.map(({ PolicyArn }) => PolicyArn);
  };
  const hasPolicy = (account: string, user: string) =>
    eventually(
      async () => ((await policiesOf(account, user)).includes(policyArn(account)) ? true : undefined),
      `the policy at ${user}`,
      30_000,
    );

  /** A user with AdministratorAccess and an access key, made by the account's root. */
  async function administrator(UserName: string, Path: string): Promise<AwsClientConfig> {
    const iam = new IAMClient(aws("payments"));
    await iam.send(new CreateUserCommand({ UserName, Path }));
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: ADMINISTRATOR }));
    const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const credentials = { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" };
    await hasPolicy("payments", UserName);
    return { ...aws("payments"), credentials };
  }
  const buckets = (config: AwsClientConfig) =>
    new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({}));

  for (const [name, path] of [
    ["ann", "/"],
    ["bea", "/harbour/crew/"],
  ] as const)
    it(`keep the access key of a new administrator (${path}${name}) locked, whatever it enrols`, async () => {
      const key = await administrator(name, path);
      const iam = new IAMClient(key);
      await denied(buckets(key));
      await denied(iam.send(new ListUsersCommand({})));

      await denied(iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: `${name}-own` })));
      const root = new IAMClient(aws("payments"));
      const made = await root.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }));
      const device = {
        UserName: name,
        SerialNumber: made.VirtualMFADevice?.SerialNumber ?? "",
        AuthenticationCode1: "123456",
        AuthenticationCode2: "654321",
      };
      await denied(iam.send(new EnableMFADeviceCommand(device)));
      await denied(
        iam.send(new DetachUserPolicyCommand({ UserName: name, PolicyArn: policyArn("payments") })),
      );
      const { Credentials: given } = await new STSClient(key).send(new GetSessionTokenCommand({}));
      const session = {
        ...key,
        credentials: {
          accessKeyId: given?.AccessKeyId ?? "",
          secretAccessKey: given?.SecretAccessKey ?? "",
          sessionToken: given?.SessionToken ?? "",
        },
      };
      await denied(buckets(session));
      await denied(
        new IAMClient(session).send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: `${name}-2` })),
      );
      // Even with a device: it is the session that counts.
      await root.send(new EnableMFADeviceCommand(device));

      await denied(buckets(key));
      assert((await policiesOf("payments", name)).includes(policyArn("payments")));
    });

  it("attach the policy again when it was detached, and report when somebody changed it", async () => {
    const iam = new IAMClient(aws("web"));
    await iam.send(new CreateUserCommand({ UserName: "carl" }));
    await hasPolicy("web", "carl");

    await iam.send(new DetachUserPolicyCommand({ UserName: "carl", PolicyArn: policyArn("web") }));

    await hasPolicy("web", "carl");
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "s3:GetObject", Resource: "arn:aws:s3:::nothing/*" }],
    });
    await iam.send(
      new CreatePolicyVersionCommand({ PolicyArn: policyArn("web"), PolicyDocument, SetAsDefault: true }),
    );
    const reported = await eventually(
      () => Promise.resolve(outcomes.find(({ resource }) => resource?.arn === policyArn("web"))),
      "the report of the changed policy",
      30_000,
    );
    assert.deepEqual(
      [reported.outcome, reported.findings],
      [
        "notified",
        [
          `The policy bailiwick-mfa-required of account ${deployed().account("web")} is changed: deploy it again.`,
        ],
      ],
    );
  });

  it("let whoever holds a function's role attach no other policy, and write none", async () => {
    const role = await assume(
      await asFunction(`bailiwick-${MFA}-fn`),
      roleArn("payments", `bailiwick-${MFA}`),
    );
    const iam = new IAMClient(role);
    await new IAMClient(aws("payments")).send(new CreateUserCommand({ UserName: "dora" }));

    await denied(iam.send(new AttachUserPolicyCommand({ UserName: "dora", PolicyArn: ADMINISTRATOR })));
    await denied(
      iam.send(new DetachUserPolicyCommand({ UserName: "dora", PolicyArn: policyArn("payments") })),
    );
    await iam.send(new AttachUserPolicyCommand({ UserName: "dora", PolicyArn: policyArn("payments") }));
  });

  it("let a role only read where its control only notifies", async () => {
    for (const [account, mode] of [
      ["web", "notify"],
      ["payments", "enforce"],
    ] as const) {
      const Bucket = `rights-${mode}`;
      const place = { LocationConstraint: REGION } as const;
      const owner = new S3Client({ ...aws(account, REGION), forcePathStyle: true });
      await owner.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: place }));
      const role = await assume(
        await asFunction(`bailiwick-${BUCKETS}-fn`),
        roleArn(account, `bailiwick-${BUCKETS}`),
        REGION,
      );
      const Policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: roleArn(account, `bailiwick-${BUCKETS}`) },
            Action: "s3:GetObject",
            Resource: `arn:aws:s3:::${Bucket}/*`,
          },
        ],
      });
      const write = new S3Client({ ...role, forcePathStyle: true }).send(
        new PutBucketPolicyCommand({ Bucket, Policy }),
      );
      await (mode === "notify" ? denied(write) : write);
    }
  });

  it("give the role of undos to the function of undos alone, and that function to nobody of the program", async () => {
    const undoRole = roleArn("payments", "bailiwick-undo");
    await denied(assume(await asFunction(`bailiwick-${BUCKETS}-fn`), undoRole));
    await denied(assume(aws("payments"), undoRole));
    await denied(assume(aws("security"), undoRole));
    await assume(await asFunction("bailiwick-undo-fn"), undoRole);

    for (const role of [`bailiwick-${BUCKETS}-fn`, `bailiwick-${MFA}-fn`, "bailiwick-undo-fn"])
      await denied(
        new LambdaClient(await asFunction(role)).send(
          new InvokeCommand({ FunctionName: "bailiwick-undo", Payload: Buffer.from("{}") }),
        ),
      );
  });

  it("keep each function to its own control's items of the ledger, and exemptions to undos", async () => {
    const item = (id: string) => ({
      TableName: "bailiwick-ledger",
      Item: { id: { S: id }, version: { N: "1" } },
    });
    const ARN = "arn:aws:s3:::rights";
    const own = new DynamoDBClient(await asFunction(`bailiwick-${BUCKETS}-fn`));
    const undo = new DynamoDBClient(await asFunction("bailiwick-undo-fn"));

    await own.send(new PutItemCommand(item(resourceId(BUCKETS, ARN))));
    await own.send(new PutItemCommand(item(outcomeId(BUCKETS, ARN, "event"))));
    await denied(own.send(new PutItemCommand(item(resourceId(MFA, ARN)))));
    await denied(own.send(new PutItemCommand(item(outcomeId(MFA, ARN, "event")))));
    await denied(own.send(new PutItemCommand(item(pinId(BUCKETS, ARN)))));
    await denied(own.send(new GetItemCommand({ TableName: "bailiwick-ledger", Key: { id: { S: "x" } } })));
    await undo.send(new PutItemCommand(item(pinId(BUCKETS, ARN))));
  });

  it("still let a function in whose role was created anew", async () => {
    const name = `bailiwick-${BUCKETS}-fn`;
    const iam = new IAMClient(aws("security"));
    const { Role: before } = await iam.send(new GetRoleCommand({ RoleName: name }));
    const trust = decodeURIComponent(before?.AssumeRolePolicyDocument ?? "");
    // What `pulumi up` would bring back, as far as it matters here.
    const allow = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["sts:AssumeRole", "sts:TagSession"], Resource: "*" }],
    };
    await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: "run" }));
    await iam.send(new DeleteRoleCommand({ RoleName: name }));
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
    await iam.send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: "run", PolicyDocument: JSON.stringify(allow) }),
    );

    const opened = await openSession(
      {
        sts: new STSClient(await asFunction(name)),
        control: controlById(BUCKETS),
        settings: { partition: "aws", roleName: `bailiwick-${BUCKETS}` },
      },
      {
        account: deployed().account("payments"),
        region: REGION,
        type: "AWS::S3::Bucket",
        id: "rights-enforce",
        arn: "arn:aws:s3:::rights-enforce",
      },
      { eventId: "e", event: "e", entry: "0".repeat(20) },
    );

    assert.notEqual(opened.credentials.accessKeyId, "");
  });

  it("record every invocation of the function of undos, whatever the stack records besides", async () => {
    await new LambdaClient(aws("security")).send(
      new InvokeCommand({ FunctionName: "bailiwick-undo", Payload: Buffer.from('{"undo":{}}') }),
    );

    const recorded = (await trailRecords(deployed())).filter(({ eventName }) => eventName === "Invoke");

    assert(recorded.length > 0);
    for (const { eventCategory, resources } of recorded) {
      assert.equal(eventCategory, "Data");
      assert.match(resources?.[0]?.ARN ?? "", /:function:bailiwick-undo$/);
    }
  });
});
