import assert from "node:assert/strict";
import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { DeleteFunctionCommand, LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { DeleteBucketPolicyCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { AwsClientConfig } from "../controls/lib/aws-client";
import { s3Options } from "../controls/lib/aws-client";
import { deployedOrganization, eventually } from "./support/local";

const CONTROL = "events-forwarding-intact";
const RULE = "bailiwick-forwarding-1";
const ROLE = "bailiwick-forwarding";
const DLQ = "bailiwick-forwarding-dlq";
const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
/** The local organization's. */
const ROOT = "r-root";

describe("the guardrail, with IAM enforced", function () {
  this.timeout(240_000);
  const deployed = deployedOrganization({
    "bailiwick:regions": [],
    "bailiwick:controls": { [CONTROL]: { mode: "enforce" } },
    "bailiwick:guardrail": { attachTo: [ROOT] },
  });

  const root = (account: string, region = "eu-west-1") =>
    deployed().organization.aws(deployed().account(account), region);
  const trust = (account: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { AWS: `arn:aws:iam::${deployed().account(account)}:root` },
        },
      ],
    });

  /** Sessions of a role, which the management account's root may assume. */
  async function session(account: string, role: string): Promise<AwsClientConfig> {
    const sts = new STSClient(root("management"));
    const RoleArn = `arn:aws:iam::${deployed().account(account)}:role/${role}`;
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }),
    );
    return {
      ...root(account),
      credentials: {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        sessionToken: given?.SessionToken ?? "",
      },
    };
  }

  async function administrator(account: string, name = "Administrator"): Promise<AwsClientConfig> {
    const iam = new IAMClient(root(account));
    await iam
      .send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust("management") }))
      .catch(() => undefined);
    await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: ADMINISTRATOR }));
    return session(account, name);
  }

  const refusal = async (call: Promise<unknown>): Promise<string> => {
    try {
      await call;
      return "done";
    } catch (error) {
      return (error as Error).message;
    }
  };

  /** What an administrator of a member would do, each with its name. */
  async function moves(aws: AwsClientConfig): Promise<[string, () => Promise<unknown>][]> {
    const [events, sqs, iam] = [new EventBridgeClient(aws), new SQSClient(aws), new IAMClient(aws)];
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: DLQ }));
    const pattern = '{"source":["none"]}';
    const none = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    const RoleName = ROLE;
    return [
      ["DisableRule", () => events.send(new DisableRuleCommand({ Name: RULE }))],
      ["DeleteRule", () => events.send(new DeleteRuleCommand({ Name: "bailiwick-guard", Force: true }))],
      ["PutRule", () => events.send(new PutRuleCommand({ Name: RULE, EventPattern: pattern }))],
      ["RemoveTargets", () => events.send(new RemoveTargetsCommand({ Rule: RULE, Ids: ["hub"] }))],
      [
        "PutTargets",
        () =>
          events.send(
            new PutTargetsCommand({ Rule: RULE, Targets: [{ Id: "hub", Arn: "arn:aws:sqs:eu-west-1:1:q" }] }),
          ),
      ],
      ["DeleteQueue", () => sqs.send(new DeleteQueueCommand({ QueueUrl }))],
      ["PurgeQueue", () => sqs.send(new PurgeQueueCommand({ QueueUrl }))],
      [
        "SetQueueAttributes",
        () => sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: "9" } })),
      ],
      ["DeleteRole", () => iam.send(new DeleteRoleCommand({ RoleName }))],
      ["DeleteRolePolicy", () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "forward" }))],
      [
        "PutRolePolicy",
        () => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "forward", PolicyDocument: none })),
      ],
      [
        "AttachRolePolicy",
        () => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: ADMINISTRATOR })),
      ],
      [
        "UpdateAssumeRolePolicy",
        () =>
          iam.send(
            new UpdateAssumeRolePolicyCommand({
              RoleName: "bailiwick-events-forwarding-intact",
              PolicyDocument: trust("payments"),
            }),
          ),
      ],
      [
        "CreateRole",
        () =>
          iam.send(
            new CreateRoleCommand({
              RoleName: "bailiwick-mine-fn",
              AssumeRolePolicyDocument: trust("payments"),
            }),
          ),
      ],
      [
        "CreateRole of StackSets",
        () =>
          iam.send(
            new CreateRoleCommand({
              RoleName: "stacksets-exec-0",
              AssumeRolePolicyDocument: trust("payments"),
            }),
          ),
      ],
      [
        "UpdateAssumeRolePolicy of the deployment's role",
        () =>
          iam.send(
            new UpdateAssumeRolePolicyCommand({
              RoleName: deployed().settings.accessRoleName,
              PolicyDocument: trust("payments"),
            }),
          ),
      ],
    ];
  }

  async function refusedAll(aws: AwsClientConfig): Promise<void> {
    const passed: string[] = [];
    for (const [name, move] of await moves(aws)) {
      const answer = await refusal(move());
      if (!answer.includes("with an explicit deny in a service control policy"))
        passed.push(`${name}: ${answer}`);
    }
    assert.deepEqual(passed, []);
  }

  it("refuses a member's administrator everything that would blind the hub", async () => {
    await refusedAll(await administrator("payments"));
  });

  it("refuses the member's root user the same", async () => {
    await refusedAll(root("payments"));
  });

  it("leaves everything else to them", async () => {
    const aws = await administrator("payments");
    const [events, sqs, iam] = [new EventBridgeClient(aws), new SQSClient(aws), new IAMClient(aws)];
    const RoleName = "orders-bailiwick";

    await events.send(new PutRuleCommand({ Name: "nightly", EventPattern: '{"source":["mine"]}' }));
    await events.send(new DisableRuleCommand({ Name: "nightly" }));
    await events.send(new DeleteRuleCommand({ Name: "nightly" }));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "orders" }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust("payments") }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
  });

  it("doesn't refuse the deployment's role", async () => {
    const deployment = new EventBridgeClient(await session("payments", deployed().settings.accessRoleName));
    const rule = await deployment.send(new DescribeRuleCommand({ Name: RULE }));

    await deployment.send(
      new PutRuleCommand({
        Name: RULE,
        EventPattern: rule.EventPattern,
        State: rule.State,
        Description: rule.Description,
      }),
    );
  });

  it("lets a second deployment change what it deployed, and change nothing when nothing has changed", async () => {
    const { changes } = await deployed().engine.up();

    assert.deepEqual({ ...changes, same: 0 }, { create: 0, update: 0, replace: 0, delete: 0, same: 0 });
  });

  it("lets the control enable what the deployment's role disabled", async () => {
    const deployment = new EventBridgeClient(await session("web", deployed().settings.accessRoleName));
    await deployment.send(new DisableRuleCommand({ Name: RULE }));

    await eventually(
      async () =>
        (await deployment.send(new DescribeRuleCommand({ Name: RULE }))).State === "ENABLED" || undefined,
      "the rule is enabled",
      20_000,
    );
  });

  it("refuses administrators of the security account what the hub consists of", async () => {
    const aws = await administrator("security");
    const [events, lambda] = [new EventBridgeClient(aws), new LambdaClient(aws)];
    const FunctionName = `bailiwick-${CONTROL}`;
    const calls: [string, Promise<unknown>][] = [
      ["DisableRule", events.send(new DisableRuleCommand({ Name: FunctionName, EventBusName: "bailiwick" }))],
      [
        "RemovePermission",
        events.send(
          new RemovePermissionCommand({ StatementId: "OrganizationForwards", EventBusName: "bailiwick" }),
        ),
      ],
      ["DeleteFunction", lambda.send(new DeleteFunctionCommand({ FunctionName }))],
      [
        "PutFunctionConcurrency",
        lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 })),
      ],
      [
        "DeleteTable",
        new DynamoDBClient(aws).send(new DeleteTableCommand({ TableName: "bailiwick-ledger" })),
      ],
    ];
    for (const [name, call] of calls) assert.match(await refusal(call), /service control policy/, name);
  });

  it("refuses the log archive's root user what keeps the log files", async () => {
    const s3 = new S3Client(s3Options(root("log-archive")));
    const Bucket = deployed().result.outputs["logBucket"] as string;
    const calls: [string, Promise<unknown>][] = [
      ["DeleteBucketPolicy", s3.send(new DeleteBucketPolicyCommand({ Bucket }))],
      [
        "PutBucketVersioning",
        s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
      ],
    ];
    for (const [name, call] of calls)
      assert.match(await refusal(call), /service control policy|Access ?Denied/, name);
  });
});
