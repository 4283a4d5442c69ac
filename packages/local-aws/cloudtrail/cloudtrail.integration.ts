import assert from "node:assert/strict";
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateSecurityGroupCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import {
  MANAGEMENT,
  MEMBER,
  ORGANIZATION_ID,
  SECURITY,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";

const names = (records: CloudTrailRecord[]) => records.map(({ eventName }) => eventName);

describe("The organization's CloudTrail", () => {
  let organization: RecordedOrganization;
  let trails: CloudTrailClient;
  let ec2: EC2Client;
  let count = 0;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization({ trail: false });
    trails = new CloudTrailClient(organization.config(MANAGEMENT));
    ec2 = new EC2Client(organization.config(MEMBER));
    await organization.trailBucket({
      bucket: "org-logs",
      trails: [
        `arn:aws:cloudtrail:eu-west-1:${MANAGEMENT}:trail/org`,
        `arn:aws:cloudtrail:eu-west-1:${MEMBER}:trail/own`,
      ],
      organizationId: ORGANIZATION_ID,
    });
  });
  after(() => organization?.stop());

  const group = (client = ec2) => {
    count += 1;
    return client.send(
      new CreateSecurityGroupCommand({ GroupName: `group-${count}`, Description: "for a test" }),
    );
  };
  const reason = (eventName: string): string => {
    const found = organization.trace.find({ eventName }).at(-1)?.cloudTrailEventId;
    return (found !== undefined && organization.trace.explain(found)?.stopped) || "";
  };

  describe("without a trail", () => {
    it("records nothing, and gives the reason", async () => {
      const records = await organization.recordsOf(() => group());

      assert.deepEqual(records, []);
      assert.match(
        reason("CreateSecurityGroup"),
        /covers CreateSecurityGroup in eu-west-1 of 333333333333: there is no trail/,
      );
    });
  });

  describe("without regard to trails", () => {
    it("lets services send their own events: EC2's, Systems Manager's, RDS's", async () => {
      const before = organization.ownEvents.length;

      await organization.call("ec2", "RunInstances", { ImageId: "ami-12345678", MinCount: 1, MaxCount: 1 });
      await organization.call("ssm", "PutParameter", { Name: "/a", Value: "x", Type: "String" });
      await organization.call("rds", "CreateDBInstance", {
        DBInstanceIdentifier: "db",
        DBInstanceClass: "db.t3.micro",
        Engine: "postgres",
      });
      await organization.recordsOf(() => Promise.resolve());

      assert.deepEqual(
        organization.ownEvents.slice(before).map((event) => event["detail-type"]),
        [
          "EC2 Instance State-change Notification",
          "EC2 Instance State-change Notification",
          "Parameter Store Change",
          "RDS DB Instance Event",
        ],
      );
    });

    it("lets the emulator send S3's own events", async () => {
      await organization.call("s3", "CreateBucket", {
        Bucket: "notifying",
        CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
      });
      await organization.call("s3", "PutBucketNotificationConfiguration", {
        Bucket: "notifying",
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      });

      await organization.call("s3", "PutObject", { Bucket: "notifying", Key: "k", Body: "x" });

      const sent = () =>
        organization.nativeEvents.map(
          ({ event }) => (event as { "detail-type"?: string } | undefined)?.["detail-type"],
        );
      for (let tries = 0; tries < 100 && !sent().includes("Object Created"); tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(sent().includes("Object Created"), JSON.stringify(organization.nativeEvents).slice(0, 500));
    });
  });

  describe("with an organization trail", () => {
    before(async () => {
      const trail = {
        Name: "org",
        S3BucketName: "org-logs",
        IsOrganizationTrail: true,
        IsMultiRegionTrail: true,
        EnableLogFileValidation: true,
      };
      await trails.send(new CreateTrailCommand(trail));
    });

    it("records nothing before the trail logs", async () => {
      assert.deepEqual(await organization.recordsOf(() => group()), []);
      assert.match(reason("CreateSecurityGroup"), /trail org is stopped/);
    });

    it("records a member's call on the bus of its account and region", async () => {
      await trails.send(new StartLoggingCommand({ Name: "org" }));
      const other = new EC2Client(organization.config(MEMBER, "ap-southeast-2"));

      await organization.recordsOf(() => group(other));

      const event = organization.events.at(-1);
      assert.deepEqual(
        [event?.account, event?.region, event?.source, event?.["detail-type"], event?.resources],
        [MEMBER, "ap-southeast-2", "aws.ec2", "AWS API Call via CloudTrail", []],
      );
      assert.notEqual(event?.id, event?.detail.eventID);
      assert.equal(event?.time, event?.detail.eventTime);
    });

    it("records global services in us-east-1", async () => {
      const iam = new IAMClient(organization.config(MEMBER, "eu-west-1"));

      const [record] = await organization.recordsOf(() =>
        iam.send(new CreateUserCommand({ UserName: "alice" })),
      );

      assert.deepEqual([record?.eventName, record?.awsRegion], ["CreateUser", "us-east-1"]);
      assert.equal(organization.events.at(-1)?.region, "us-east-1");
    });

    it("records StopLogging itself, and nothing after it, at once", async () => {
      const records = await organization.recordsOf(async () => {
        await trails.send(new StopLoggingCommand({ Name: "org" }));
        await group();
        await trails.send(new StartLoggingCommand({ Name: "org" }));
        await group();
      });

      assert.deepEqual(names(records), ["StopLogging", "CreateSecurityGroup"]);
    });

    it("follows the trail's event selectors at once", async () => {
      const select = (ReadWriteType: "ReadOnly" | "All") =>
        trails.send(
          new PutEventSelectorsCommand({
            TrailName: "org",
            EventSelectors: [{ ReadWriteType, IncludeManagementEvents: true }],
          }),
        );

      const records = await organization.recordsOf(async () => {
        await select("ReadOnly");
        await group();
        await select("All");
      });

      assert.deepEqual(names(records), ["PutEventSelectors"]);
      assert.match(reason("CreateSecurityGroup"), /logs ReadOnly events only/);
    });

    it("records data events only for what an advanced selector names", async () => {
      const s3 = new S3Client({ ...organization.config(MEMBER), forcePathStyle: true });
      for (const Bucket of ["watched", "unwatched"]) await s3.send(new CreateBucketCommand({ Bucket }));
      const field = (Field: string, ...Equals: string[]) => ({ Field, Equals });
      const AdvancedEventSelectors = [
        { FieldSelectors: [field("eventCategory", "Management")] },
        {
          FieldSelectors: [
            field("eventCategory", "Data"),
            field("resources.type", "AWS::S3::Object"),
            { Field: "resources.ARN", StartsWith: ["arn:aws:s3:::watched/"] },
          ],
        },
      ];
      await trails.send(new PutEventSelectorsCommand({ TrailName: "org", AdvancedEventSelectors }));

      const records = await organization.recordsOf(async () => {
        for (const Bucket of ["watched", "unwatched"])
          await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
      });

      assert.deepEqual(names(records), ["PutObject"]);
      assert.deepEqual(
        [records[0]?.eventCategory, records[0]?.requestParameters?.["bucketName"]],
        ["Data", "watched"],
      );
      const EventSelectors = [{ ReadWriteType: "All" as const, IncludeManagementEvents: true }];
      await trails.send(new PutEventSelectorsCommand({ TrailName: "org", EventSelectors }));
    });
  });

  describe("after its trail is deleted", () => {
    it("records DeleteTrail, and nothing after it", async () => {
      const records = await organization.recordsOf(async () => {
        await trails.send(new DeleteTrailCommand({ Name: "org" }));
        await group();
      });

      assert.deepEqual(names(records), ["DeleteTrail"]);
    });

    it("records one region of one account with a trail of that kind", async () => {
      const own = new CloudTrailClient(organization.config(MEMBER));
      await own.send(new CreateTrailCommand({ Name: "own", S3BucketName: "org-logs" }));
      await own.send(new StartLoggingCommand({ Name: "own" }));

      const records = await organization.recordsOf(async () => {
        await group();
        await group(new EC2Client(organization.config(MEMBER, "us-east-1")));
        await group(new EC2Client(organization.config(SECURITY)));
      });

      assert.deepEqual(
        records.map(({ awsRegion, recipientAccountId }) => [awsRegion, recipientAccountId]),
        [["eu-west-1", MEMBER]],
      );
    });
  });
});
