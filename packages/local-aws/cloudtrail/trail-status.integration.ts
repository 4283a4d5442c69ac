/** GetTrailStatus about bucket, log group and topic. Long because all cases use one trail on one emulator, in order. */
import assert from "node:assert/strict";
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateSecurityGroupCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import {
  MANAGEMENT,
  MEMBER,
  ORGANIZATION_ID,
  rootOf,
  SECURITY,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";

const ARN = `arn:aws:cloudtrail:eu-west-1:${MANAGEMENT}:trail/org`;
const GROUP = `arn:aws:logs:eu-west-1:${MANAGEMENT}:log-group:trail-logs:*`;
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/trail-logs`;
const TOPIC = `arn:aws:sns:eu-west-1:${MANAGEMENT}:trail-files`;
const QUEUE = `arn:aws:sqs:eu-west-1:${MANAGEMENT}:trail-files`;
const SERVICE = { Service: "cloudtrail.amazonaws.com" };
const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });

describe("A trail's status", () => {
  let organization: RecordedOrganization;
  let trails: CloudTrailClient;
  let bucket: S3Client;
  let count = 0;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization({ trail: false });
    trails = new CloudTrailClient(organization.config(MANAGEMENT));
    await organization.trailBucket({ bucket: "org-logs", trails: [ARN], organizationId: ORGANIZATION_ID });
    bucket = new S3Client({
      ...organization.config(SECURITY),
      endpoint: organization.emulator.url,
      forcePathStyle: true,
    });
    await trails.send(
      new CreateTrailCommand({
        Name: "org",
        S3BucketName: "org-logs",
        IsOrganizationTrail: true,
        IsMultiRegionTrail: true,
        EnableLogFileValidation: true,
      }),
    );
    await trails.send(new StartLoggingCommand({ Name: "org" }));
  });
  after(() => organization?.stop());

  const status = (Name = "org", client = trails) => client.send(new GetTrailStatusCommand({ Name }));
  /** Records a call of the member and delivers it. */
  const deliver = async (options?: { digest?: boolean }) => {
    count += 1;
    const ec2 = new EC2Client(organization.config(MEMBER));
    await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: `group-${count}`, Description: "for a test" }),
    );
    ec2.destroy();
    await organization.gateway.allReported();
    await organization.cloudTrail.flush(options);
  };
  const allowDelivery = (prefix: string) =>
    bucket.send(
      new PutBucketPolicyCommand({
        Bucket: "org-logs",
        Policy: policy(
          {
            Effect: "Allow",
            Principal: SERVICE,
            Action: "s3:GetBucketAcl",
            Resource: "arn:aws:s3:::org-logs",
          },
          {
            Effect: "Allow",
            Principal: SERVICE,
            Action: "s3:PutObject",
            Resource: `arn:aws:s3:::org-logs/${prefix}*`,
          },
        ),
      }),
    );

  describe("about its bucket", () => {
    it("gives that it logs, since when, and no delivery before the first one", async () => {
      const told = await status();

      assert.equal(told.IsLogging, true);
      assert.ok(Math.abs(Date.now() - (told.StartLoggingTime?.getTime() ?? 0)) < 60_000);
      assert.deepEqual(
        [told.LatestDeliveryTime, told.LatestDeliveryError, told.LatestDeliveryAttemptTime],
        [undefined, undefined, ""],
      );
    });

    it("has the error, and no delivery, when the bucket is deleted", async () => {
      await bucket.send(new DeleteBucketCommand({ Bucket: "org-logs" }));
      await deliver();

      const told = await status();
      assert.deepEqual([told.LatestDeliveryError, told.LatestDeliveryTime], ["NoSuchBucket", undefined]);
      assert.match(told.LatestDeliveryAttemptTime ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(told.LatestDeliveryAttemptSucceeded, "");
    });

    it("is the same to boto3's core, by name and by ARN, and to the member by the trail's ARN", async () => {
      await bucket.send(new CreateBucketCommand({ Bucket: "org-logs" }));
      await deliver();

      for (const [Name, account] of [
        ["org", MANAGEMENT],
        [ARN, MANAGEMENT],
        [ARN, MEMBER],
      ] as const) {
        const { output, message } = await organization.call(
          "cloudtrail",
          "GetTrailStatus",
          { Name },
          { credentials: rootOf(account) },
        );
        assert.equal(output?.["LatestDeliveryError"], "AccessDenied", message);
      }
    });

    it("shows a member nothing about another member's deliveries", async () => {
      const told = await status(ARN, new CloudTrailClient(organization.config(SECURITY)));

      assert.deepEqual([told.IsLogging, told.LatestDeliveryError], [true, undefined]);
    });

    it("gives the last success and no error once the policy allows it, and only in the region of the call", async () => {
      await allowDelivery("AWSLogs/");
      const before = Date.now();
      await deliver({ digest: true });

      const told = await status();
      assert.equal(told.LatestDeliveryError, undefined);
      assert.equal(told.LatestDigestDeliveryError, undefined);
      for (const time of [told.LatestDeliveryTime, told.LatestDigestDeliveryTime])
        assert.ok((time?.getTime() ?? 0) >= before && (time?.getTime() ?? 0) <= Date.now(), String(time));
      const elsewhere = await status(
        ARN,
        new CloudTrailClient(organization.config(MANAGEMENT, "eu-north-1")),
      );
      assert.deepEqual([elsewhere.IsLogging, elsewhere.LatestDeliveryTime], [true, undefined]);
    });

    it("keeps the last success beside a new error, for files and for digests", async () => {
      const { LatestDeliveryTime: delivered } = await status();
      await allowDelivery("nowhere/");
      await deliver({ digest: true });

      const told = await status();
      assert.deepEqual(
        [told.LatestDeliveryError, told.LatestDigestDeliveryError, told.LatestDeliveryTime],
        ["AccessDenied", "AccessDenied", delivered],
      );
      await allowDelivery("AWSLogs/");
      await deliver({ digest: true });
    });
  });

  describe("about its log group", () => {
    let iam: IAMClient;
    let logs: CloudWatchLogsClient;
    const stream = `o-exampleorg_${MEMBER}_CloudTrail_eu-west-1`;
    const setLogs = () =>
      trails.send(
        new UpdateTrailCommand({
          Name: "org",
          CloudWatchLogsLogGroupArn: GROUP,
          CloudWatchLogsRoleArn: ROLE,
        }),
      );
    const allowWriting = (Action = ["logs:CreateLogStream", "logs:PutLogEvents"]) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName: "trail-logs",
          PolicyName: "write",
          PolicyDocument: policy({
            Effect: "Allow",
            Action,
            Resource: `${GROUP.replace(/\*$/, "")}log-stream:${ORGANIZATION_ID}_*`,
          }),
        }),
      );

    before(() => {
      const config = { ...organization.config(MANAGEMENT), endpoint: organization.emulator.url };
      iam = new IAMClient(config);
      logs = new CloudWatchLogsClient(config);
    });

    it("can't be set to a missing group, without trust, or to a group that the role may not write to", async () => {
      await assert.rejects(setLogs(), { name: "InvalidCloudWatchLogsLogGroupArnException" });
      await logs.send(new CreateLogGroupCommand({ logGroupName: "trail-logs" }));
      await assert.rejects(setLogs(), { name: "InvalidCloudWatchLogsRoleArnException" });
      await iam.send(
        new CreateRoleCommand({
          RoleName: "trail-logs",
          AssumeRolePolicyDocument: policy({
            Effect: "Allow",
            Principal: SERVICE,
            Action: "sts:AssumeRole",
          }),
        }),
      );
      await assert.rejects(setLogs(), {
        name: "InvalidCloudWatchLogsLogGroupArnException",
        message: "Access denied. Check the permissions for your role.",
      });
    });

    it("writes a log event for each record into the account's stream, and gives the time", async () => {
      await allowWriting();
      await setLogs();
      const before = organization.events.length;
      await deliver();

      const { events = [] } = await logs.send(
        new GetLogEventsCommand({ logGroupName: "trail-logs", logStreamName: stream, startFromHead: true }),
      );
      const expected = organization.events.slice(before).map(({ detail }) => detail);
      assert.deepEqual(
        events.map(({ message = "" }) => JSON.parse(message) as CloudTrailRecord),
        expected.filter(({ recipientAccountId }) => recipientAccountId === MEMBER),
      );
      assert.equal(events.length, 1);
      const told = await status();
      assert.equal(told.LatestCloudWatchLogsDeliveryError, undefined);
      assert.ok(Date.now() - (told.LatestCloudWatchLogsDeliveryTime?.getTime() ?? 0) < 10_000);
      const { logStreams = [] } = await logs.send(
        new DescribeLogStreamsCommand({ logGroupName: "trail-logs" }),
      );
      assert.ok(logStreams.some(({ logStreamName }) => logStreamName === stream));
    });

    it("gives what the role lacks, writes the waiting records once allowed, and misses no log file meanwhile", async () => {
      await allowWriting(["logs:CreateLogStream"]);
      await deliver();
      const refused = await status();
      assert.equal(
        refused.LatestCloudWatchLogsDeliveryError,
        "Access denied. Verify in IAM that the role has adequate permissions.",
      );
      assert.equal(refused.LatestDeliveryError, undefined);

      await allowWriting();
      await deliver();
      const { events = [] } = await logs.send(
        new GetLogEventsCommand({ logGroupName: "trail-logs", logStreamName: stream, startFromHead: true }),
      );
      assert.equal(events.length, 3);
      assert.equal((await status()).LatestCloudWatchLogsDeliveryError, undefined);
    });

    it("has the error when the role no longer trusts CloudTrail, or requires the trail's ARN", async () => {
      const trust = (condition: object) =>
        iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: "trail-logs",
            PolicyDocument: policy({
              Effect: "Allow",
              Principal: SERVICE,
              Action: "sts:AssumeRole",
              ...condition,
            }),
          }),
        );
      // AWS doesn't give it when it assumes this role.
      await trust({ Condition: { StringEquals: { "aws:SourceArn": ARN } } });
      await deliver();

      assert.equal(
        (await status()).LatestCloudWatchLogsDeliveryError,
        "Access denied. Verify in IAM that the role has adequate trust relationships.",
      );
      await trust({});
    });

    it("has the error when the log group is deleted", async () => {
      await logs.send(new DeleteLogGroupCommand({ logGroupName: "trail-logs" }));
      await deliver();

      assert.equal(
        (await status()).LatestCloudWatchLogsDeliveryError,
        "The specified log group does not exist.",
      );
    });
  });

  describe("about its topic", () => {
    let sns: SNSClient;
    const setTopic = () => trails.send(new UpdateTrailCommand({ Name: "org", SnsTopicName: "trail-files" }));
    const publishes = (arn: string) =>
      sns.send(
        new SetTopicAttributesCommand({
          TopicArn: TOPIC,
          AttributeName: "Policy",
          AttributeValue: policy({
            Effect: "Allow",
            Principal: SERVICE,
            Action: "sns:Publish",
            Resource: TOPIC,
            Condition: { StringEquals: { "aws:SourceArn": arn } },
          }),
        }),
      );

    it("can't be set to one that CloudTrail may not publish to", async () => {
      sns = new SNSClient(organization.config(MANAGEMENT));
      await assert.rejects(setTopic(), { name: "InsufficientSnsTopicPolicyException" });
      await sns.send(new CreateTopicCommand({ Name: "trail-files" }));
      await assert.rejects(setTopic(), { name: "InsufficientSnsTopicPolicyException" });
      await publishes(ARN);
      assert.equal((await setTopic()).SnsTopicARN, TOPIC);
    });

    it("receives each log file's bucket and key", async () => {
      const sqs = new SQSClient({ ...organization.config(MANAGEMENT), useQueueUrlAsEndpoint: false });
      const { QueueUrl } = await sqs.send(
        new CreateQueueCommand({
          QueueName: "trail-files",
          Attributes: {
            Policy: policy({
              Effect: "Allow",
              Principal: { Service: "sns.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: QUEUE,
            }),
          },
        }),
      );
      await sns.send(
        new SubscribeCommand({
          TopicArn: TOPIC,
          Protocol: "sqs",
          Endpoint: QUEUE,
          Attributes: { RawMessageDelivery: "true" },
        }),
      );
      await organization.gateway.allReported();
      await organization.cloudTrail.flush();
      await deliver();

      const bodies: { s3Bucket: string; s3ObjectKey: string[] }[] = [];
      for (let tries = 0; tries < 5 && !bodies.some(isOfMember); tries += 1) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
        );
        bodies.push(...Messages.map(({ Body = "" }) => JSON.parse(Body) as (typeof bodies)[number]));
      }
      const told = bodies.find(isOfMember);
      assert.deepEqual([Object.keys(told ?? {}), told?.s3Bucket], [["s3Bucket", "s3ObjectKey"], "org-logs"]);
      assert.match(told?.s3ObjectKey[0] ?? "", /\.json\.gz$/);
      assert.ok((await status()).LatestNotificationTime);
    });

    it("has the error when the topic's policy no longer allows it, and the topic is notified once it does again", async () => {
      await publishes(`${ARN}-other`);
      await deliver();

      const told = await status();
      assert.deepEqual(
        [told.LatestNotificationError, told.LatestDeliveryError],
        ["AuthorizationError", undefined],
      );
      await publishes(ARN);
      await organization.cloudTrail.flush();
      const again = await status();
      assert.equal(again.LatestNotificationError, undefined);
      assert.ok((again.LatestNotificationTime ?? 0) > (told.LatestNotificationTime ?? 0));
    });
  });

  describe("when the trail is deleted", () => {
    it("is deleted with the trail", async () => {
      await trails.send(new DeleteTrailCommand({ Name: "org" }));
      await assert.rejects(status(), { name: "TrailNotFoundException" });
      await trails.send(new CreateTrailCommand({ Name: "org", S3BucketName: "org-logs" }));

      assert.deepEqual(
        [(await status()).LatestDeliveryTime, (await status()).LatestNotificationError],
        [undefined, undefined],
      );
    });
  });
});

const isOfMember = ({ s3ObjectKey }: { s3ObjectKey: string[] }): boolean =>
  s3ObjectKey.length === 1 && s3ObjectKey[0]?.includes(`/${MEMBER}/CloudTrail/eu-west-1/`) === true;
