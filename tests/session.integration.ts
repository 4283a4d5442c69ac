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
import type { AwsClientConfig } from "../controls/lib/aws-client";
import { openSession, sessionName } from "../functions/control/session";
import { deployedOrganization, trailRecords } from "./support/local";

const CONTROL = "s3-bucket-policy-not-public";
const REGION = "eu-central-1";
const OWN = "session-own-bucket";
const OTHER = "session-other-bucket";
const EVENT = "0d079340-135a-c8c6-95c2-41fb8f496c53";
/** The name of the session that the test opens itself. */
const OWN_SESSION = sessionName(CONTROL, EVENT);

describe("the session a function works with", () => {
  const deployed = deployedOrganization();
  const roleArn = (account: string, name: string) =>
    `arn:aws:iam::${deployed().account(account)}:role/${name}`;
  const forS3 = (config: AwsClientConfig) => new S3Client({ ...config, forcePathStyle: true });
  const denied = (call: Promise<unknown>) =>
    assert.rejects(call, ({ name }: Error) => /AccessDenied|UnauthorizedOperation/.test(name));
  /** That of reading a resource, and that of fixing it. */
  let session: AwsClientConfig;
  let fixing: AwsClientConfig;

  /** The function's own credentials, as Lambda would provide them. */
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
    const open = async (task: "read" | "fix") => {
      const { credentials } = await openSession(
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
        { eventId: EVENT, event: "trail-1", entry: "0123456789abcdef0123", task },
      );
      return { region: REGION, credentials, endpoint: organization.endpointUrl };
    };
    session = await open("read");
    fixing = await open("fix");
  });

  it("allows the control's work on the resource, and changes only for a fix", async () => {
    await denied(forS3(session).send(new DeleteBucketPolicyCommand({ Bucket: OWN })));
    const s3 = forS3(fixing);
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

  it("allows nothing on another bucket of the same account", async () => {
    const s3 = forS3(fixing);

    await denied(s3.send(new GetBucketPolicyCommand({ Bucket: OTHER })));
    await denied(s3.send(new PutBucketPolicyCommand({ Bucket: OTHER, Policy: "{}" })));
    await denied(s3.send(new DeleteBucketPolicyCommand({ Bucket: OTHER })));
  });

  it("allows nothing else on the bucket", async () => {
    const s3 = forS3(fixing);

    await denied(s3.send(new ListObjectsV2Command({ Bucket: OWN })));
    await denied(s3.send(new DeleteBucketCommand({ Bucket: OWN })));
  });

  it("allows nothing in other services", async () => {
    await denied(new IAMClient(fixing).send(new ListUsersCommand({})));
    await denied(new EC2Client(fixing).send(new DescribeInstancesCommand({})));
  });

  it("leaves records that lead from a fix back to its cause", async () => {
    const { drill, account } = deployed();
    const [held] = await drill({ controls: [CONTROL], accounts: ["payments"], regions: [REGION] });
    assert.equal(held?.held, true, held?.cause);

    const records = await trailRecords(deployed());

    const fix = records.find(
      ({ eventName, userIdentity }) =>
        eventName === "PutBucketPolicy" &&
        userIdentity.arn?.includes(`:assumed-role/bailiwick-${CONTROL}/`) &&
        !userIdentity.arn.endsWith(`/${OWN_SESSION}`),
    );
    assert(fix, "no record of the fix");
    const name = fix.userIdentity.arn?.split("/").at(-1);
    const opened = records.find(
      ({ eventName, requestParameters }) =>
        eventName === "AssumeRole" && requestParameters?.["roleSessionName"] === name,
    );
    const tags = Object.fromEntries(
      (opened?.requestParameters?.["tags"] as { key: string; value: string }[]).map(({ key, value }) => [
        key,
        value,
      ]),
    );
    const cause = records.find(({ eventID }) => eventID === tags["bailiwick:event"]);
    assert.equal(tags["bailiwick:control"], CONTROL);
    assert.match(tags["bailiwick:outcome"] ?? "", /^[0-9a-f]{20}$/);
    assert.deepEqual(
      [cause?.eventName, cause?.recipientAccountId, cause?.requestParameters?.["bucketName"]],
      ["PutBucketPolicy", account("payments"), fix.requestParameters?.["bucketName"]],
    );
  });

  it("is open to the control's own function only", async () => {
    const other = new STSClient(await functionCredentials("cloudtrail-trail-logging"));
    const role = { RoleArn: roleArn("payments", `bailiwick-${CONTROL}`), RoleSessionName: "test" };

    await denied(other.send(new AssumeRoleCommand(role)));
    const member = new STSClient(deployed().organization.aws(deployed().account("web")));
    await denied(member.send(new AssumeRoleCommand(role)));
  });
});
