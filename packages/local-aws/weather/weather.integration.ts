import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AttachVolumeCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  CreateRoleCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { startOrganization, type Organization } from "..";

const MANAGEMENT = "111111111111";
const MEMBER = "222222222222";

describe("an organization in weather", function () {
  this.timeout(120_000);
  let organization: Organization;
  const ec2 = () => new EC2Client({ ...organization.aws(MEMBER), maxAttempts: 1 });
  before(async () => {
    organization = await startOrganization({
      accounts: [
        { id: MANAGEMENT, name: "management", kind: "management" },
        { id: MEMBER, name: "payments" },
      ],
    });
  });
  after(() => organization?.stop());
  afterEach(() => organization.weather.calm());

  describe("that makes reads stale", () => {
    beforeEach(() => organization.weather.set({ stale: { share: 1, seconds: 3600 } }));

    it("doesn't show a user that was just made, and shows it to those it spares", async () => {
      const iam = new IAMClient(organization.aws(MEMBER));
      await iam.send(new CreateUserCommand({ UserName: "new" }));

      await assert.rejects(iam.send(new GetUserCommand({ UserName: "new" })), {
        name: "NoSuchEntityException",
      });
      organization.weather.set({ stale: { share: 1, seconds: 3600 }, sparesRoots: true });
      const { User } = await iam.send(new GetUserCommand({ UserName: "new" }));
      assert.equal(User?.UserName, "new");
    });

    it("shows a security group without the rule that was just added, and other regions' as they are", async () => {
      organization.weather.calm();
      const { GroupId } = await ec2().send(
        new CreateSecurityGroupCommand({ GroupName: "open", Description: "-" }),
      );
      assert(GroupId !== undefined);
      organization.weather.set({ stale: { share: 1, seconds: 3600 } });
      await ec2().send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [
            { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
          ],
        }),
      );
      const ingress = async () => {
        const Filters = [{ Name: "group-id", Values: [GroupId] }];
        const { SecurityGroupRules = [] } = await ec2().send(
          new DescribeSecurityGroupRulesCommand({ Filters }),
        );
        return SecurityGroupRules.filter(({ IsEgress }) => IsEgress === false).length;
      };

      assert.equal(await ingress(), 0);
      organization.weather.calm();
      assert.equal(await ingress(), 1);
      const elsewhere = new EC2Client(organization.aws(MEMBER, "eu-central-1"));
      assert.equal((await elsewhere.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups?.length, 1);
    });

    it("shows a bucket without the policy that was just put", async () => {
      const s3 = new S3Client({ ...organization.aws(MEMBER), forcePathStyle: true });
      organization.weather.calm();
      await s3.send(new CreateBucketCommand({ Bucket: "weathered" }));
      organization.weather.set({ stale: { share: 1, seconds: 3600 } });
      const Statement = [
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: "arn:aws:s3:::weathered/*",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ];
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
      await s3.send(new PutBucketPolicyCommand({ Bucket: "weathered", Policy }));

      await assert.rejects(s3.send(new GetBucketPolicyCommand({ Bucket: "weathered" })), {
        name: "NoSuchBucketPolicy",
      });
      organization.weather.calm();
      assert.equal((await s3.send(new GetBucketPolicyCommand({ Bucket: "weathered" }))).Policy, Policy);
    });
  });

  describe("in which states last", () => {
    /** Long enough for the calls in between, on a busy machine. */
    const pending = 3;
    beforeEach(() => organization.weather.set({ pending: { seconds: pending } }));
    const state = async (id: string) => {
      const { Reservations } = await ec2().send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      return Reservations?.[0]?.Instances?.[0];
    };
    const run = async (): Promise<string> => {
      const { Instances } = await ec2().send(
        new RunInstancesCommand({ ImageId: "ami-1", MinCount: 1, MaxCount: 1 }),
      );
      const [instance] = Instances ?? [];
      assert.equal(instance?.State?.Name, "pending");
      assert(instance.InstanceId !== undefined);
      return instance.InstanceId;
    };
    const comes = async (id: string, wanted: string) => {
      for (;;) {
        const instance = await state(id);
        if (instance?.State?.Name === wanted) return instance;
        await sleep(100);
      }
    };

    it("takes an instance through pending, running, stopping and stopped, and refuses calls in between", async () => {
      const id = await run();
      assert.equal((await state(id))?.State?.Name, "pending");
      await assert.rejects(ec2().send(new StopInstancesCommand({ InstanceIds: [id] })), {
        name: "IncorrectInstanceState",
        message: `The instance '${id}' is not in a state from which it can be stopped.`,
      });
      await comes(id, "running");

      const { StoppingInstances } = await ec2().send(new StopInstancesCommand({ InstanceIds: [id] }));

      assert.equal(StoppingInstances?.[0]?.CurrentState?.Name, "stopping");
      await assert.rejects(ec2().send(new StartInstancesCommand({ InstanceIds: [id] })), {
        name: "IncorrectInstanceState",
      });
      await comes(id, "stopped");
    });

    it("stops an instance again that somebody starts who may make no grant for its volume's key", async () => {
      const id = await run();
      const { KeyMetadata } = await new KMSClient(organization.aws(MEMBER)).send(new CreateKeyCommand({}));
      const { VolumeId } = await ec2().send(
        new CreateVolumeCommand({
          AvailabilityZone: "us-east-1a",
          Size: 1,
          Encrypted: true,
          KmsKeyId: KeyMetadata?.Arn,
        }),
      );
      await ec2().send(new AttachVolumeCommand({ VolumeId, InstanceId: id, Device: "/dev/sdf" }));
      await comes(id, "running");
      await ec2().send(new StopInstancesCommand({ InstanceIds: [id] }));
      await comes(id, "stopped");
      const starter = new EC2Client(await roleThatMay("starter", ["ec2:StartInstances"]));

      await starter.send(new StartInstancesCommand({ InstanceIds: [id] }));

      assert.equal((await state(id))?.State?.Name, "pending");
      const fallen = await comes(id, "stopped");
      assert.deepEqual(fallen.StateReason, {
        Code: "Client.InternalError",
        Message: "Client.InternalError: Client error on launch",
      });
      const allowed = new EC2Client(await roleThatMay("granter", ["ec2:StartInstances", "kms:CreateGrant"]));
      await allowed.send(new StartInstancesCommand({ InstanceIds: [id] }));
      await comes(id, "running");
    });

    it("creates and deletes a table slowly, and refuses what needs an active one", async () => {
      const dynamodb = new DynamoDBClient({ ...organization.aws(MEMBER), maxAttempts: 1 });
      const table = { TableName: "slow" };
      const { TableDescription } = await dynamodb.send(
        new CreateTableCommand({
          ...table,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        }),
      );
      const put = () => dynamodb.send(new PutItemCommand({ ...table, Item: { id: { S: "1" } } }));

      assert.equal(TableDescription?.TableStatus, "CREATING");
      await assert.rejects(dynamodb.send(new DeleteTableCommand(table)), {
        name: "ResourceInUseException",
        message: "Attempt to change a resource which is still in use: Table is being created: slow",
      });
      await assert.rejects(put(), { name: "ResourceNotFoundException" });
      await waitUntilTableExists({ client: dynamodb, minDelay: 1, maxDelay: 1, maxWaitTime: 30 }, table);
      await put();
      await dynamodb.send(new DeleteTableCommand(table));
      const { Table } = await dynamodb.send(new DescribeTableCommand(table));
      assert.equal(Table?.TableStatus, "DELETING");
      await waitUntilTableNotExists({ client: dynamodb, minDelay: 1, maxDelay: 1, maxWaitTime: 30 }, table);
    });

    async function roleThatMay(RoleName: string, Action: string[]) {
      const iam = new IAMClient(organization.aws(MEMBER));
      const document = (statement: object) =>
        JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
      const trust = { Principal: { AWS: `arn:aws:iam::${MEMBER}:root` }, Action: "sts:AssumeRole" };
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
      const PolicyDocument = document({ Action, Resource: "*" });
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "may", PolicyDocument }));
      const { Credentials } = await new STSClient(organization.aws(MEMBER)).send(
        new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${MEMBER}:role/${RoleName}`, RoleSessionName: "it" }),
      );
      assert(Credentials !== undefined);
      const { AccessKeyId = "", SecretAccessKey = "", SessionToken } = Credentials;
      const credentials = {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
      };
      return { ...organization.aws(MEMBER), credentials };
    }
  });

  it("refuses with the error of the protocol while a service is out or throttled, and the SDK takes it for a passing one", async () => {
    const sts = new STSClient({ ...organization.aws(MEMBER, "eu-central-1"), maxAttempts: 1 });
    const end = organization.weather.outage({ service: "sts", region: "eu-central-1", seconds: 60 });
    await assert.rejects(
      sts.send(new GetCallerIdentityCommand({})),
      (error: Error & { $metadata: object }) => {
        assert.equal(error.name, "ServiceUnavailable");
        assert.deepEqual({ ...error.$metadata }, { ...error.$metadata, httpStatusCode: 503 });
        return true;
      },
    );
    end();
    await sts.send(new GetCallerIdentityCommand({}));

    organization.weather.set({ seed: 1, throttling: { share: 1, seconds: 60 } });
    const refusals: string[] = [];
    for (let count = 0; count < 20; count++)
      await ec2()
        .send(new DescribeSecurityGroupsCommand({}))
        .catch((error: Error) => refusals.push(error.name));
    assert(refusals.length > 0 && refusals.length < 20);
    assert.deepEqual([...new Set(refusals)], ["RequestLimitExceeded"]);
  });
});
