import assert from "node:assert/strict";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { controlById } from "../controls";
import type { AwsClientConfig } from "../controls/control";
import { openSession } from "../functions/control/session";
import { deployedOrganization } from "./support/local";

const CONTROL = "s3-bucket-policy-not-public";
const REGION = "eu-central-1";
const OWN = "session-own-bucket";
const OTHER = "session-other-bucket";

describe("the session a function works with", () => {
  const deployed = deployedOrganization();
  const roleArn = (account: string, name: string) =>
    `arn:aws:iam::${deployed().account(account)}:role/${name}`;
  const forS3 = (config: AwsClientConfig) => new S3Client({ ...config, forcePathStyle: true });
  const denied = (call: Promise<unknown>) =>
    assert.rejects(call, ({ name }: Error) => /AccessDenied|UnauthorizedOperation/.test(name));
  let session: AwsClientConfig;

  /** The function's own credentials, as Lambda would hand them out. */
  async function functionCredentials(control = CONTROL): Promise<AwsClientConfig> {
    const { organization, account } = deployed();
    const root = organization.aws(account("security"));
    const request = new AssumeRoleCommand({
      RoleArn: roleArn("security", `bailiwick-${control}-fn`),
      RoleSessionName: "test",
    });
    const { Credentials: given } = await new STSClient(root).send(request);
    return {
      ...root,
      credentials: {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        sessionToken: given?.SessionToken,
      },
    };
  }

  before(async () => {
    const { organization, account } = deployed();
    const owner = forS3(organization.aws(account("payments"), REGION));
    for (const Bucket of [OWN, OTHER])
      await owner.send(
        new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
      );
    const sts = new STSClient(await functionCredentials());
    const opened = await openSession(
      {
        sts,
        control: controlById(CONTROL),
        settings: { partition: "aws", roleName: `bailiwick-${CONTROL}` },
      },
      {
        account: account("payments"),
        region: REGION,
        type: "AWS::S3::Bucket",
        id: OWN,
        arn: `arn:aws:s3:::${OWN}`,
      },
      { eventId: "0d079340-135a-c8c6-95c2-41fb8f496c53", event: "trail-1", entry: "0123456789abcdef0123" },
    );
    session = { region: REGION, credentials: opened.credentials, endpoint: organization.endpointUrl };
  });

  it("may do the control's work on the resource", async () => {
    const s3 = forS3(session);
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${deployed().account("web")}:root` },
          Action: "s3:GetObject",
          Resource: `arn:aws:s3:::${OWN}/*`,
        },
      ],
    });

    await s3.send(new PutBucketPolicyCommand({ Bucket: OWN, Policy }));

    const read = await s3.send(new GetBucketPolicyCommand({ Bucket: OWN }));
    assert.deepEqual(JSON.parse(read.Policy ?? ""), JSON.parse(Policy));
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: OWN }));
  });

  it("may do nothing to another bucket of the same account", async () => {
    const s3 = forS3(session);

    await denied(s3.send(new GetBucketPolicyCommand({ Bucket: OTHER })));
    await denied(s3.send(new PutBucketPolicyCommand({ Bucket: OTHER, Policy: "{}" })));
    await denied(s3.send(new DeleteBucketPolicyCommand({ Bucket: OTHER })));
  });

  it("may do nothing else to the bucket", async () => {
    const s3 = forS3(session);

    await denied(s3.send(new ListObjectsV2Command({ Bucket: OWN })));
    await denied(s3.send(new DeleteBucketCommand({ Bucket: OWN })));
  });

  it("may do nothing in other services", async () => {
    await denied(new IAMClient(session).send(new ListUsersCommand({})));
    await denied(new EC2Client(session).send(new DescribeInstancesCommand({})));
  });

  it("is open to the control's own function only", async () => {
    const other = new STSClient(await functionCredentials("cloudtrail-trail-logging"));
    const role = { RoleArn: roleArn("payments", `bailiwick-${CONTROL}`), RoleSessionName: "test" };

    await denied(other.send(new AssumeRoleCommand(role)));
    const member = new STSClient(deployed().organization.aws(deployed().account("web")));
    await denied(member.send(new AssumeRoleCommand(role)));
  });
});
