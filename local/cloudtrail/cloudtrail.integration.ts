import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { strToU8, zipSync } from "fflate";
import type { CloudTrailRecord } from "../../events/record";
import { signInAt } from ".";
import {
  MANAGEMENT,
  MEMBER,
  ORGANIZATION_ID,
  rootOf,
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
    it("records nothing, and says why", async () => {
      const records = await organization.recordsOf(() => group());

      assert.deepEqual(records, []);
      assert.match(
        reason("CreateSecurityGroup"),
        /covers CreateSecurityGroup in eu-west-1 of 333333333333: there is no trail/,
      );
    });
  });

  describe("beside any trail", () => {
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
        Bucket: "telling",
        CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
      });
      await organization.call("s3", "PutBucketNotificationConfiguration", {
        Bucket: "telling",
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      });

      await organization.call("s3", "PutObject", { Bucket: "telling", Key: "k", Body: "x" });

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

    it("records data events only of what an advanced selector names", async () => {
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

    it("shows a call on another account's role to both accounts, under one shared id", async () => {
      const trust = {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${MEMBER}:root` },
        Action: "sts:AssumeRole",
      };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
      await organization.call(
        "iam",
        "CreateRole",
        { RoleName: "guest", AssumeRolePolicyDocument },
        { credentials: rootOf(SECURITY) },
      );
      const sts = new STSClient(organization.config(MEMBER));
      const RoleArn = `arn:aws:iam::${SECURITY}:role/guest`;

      const records = await organization.recordsOf(() =>
        sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "visit" })),
      );

      assert.deepEqual(
        records.map(({ recipientAccountId, userIdentity }) => [recipientAccountId, userIdentity.type]),
        [
          [MEMBER, "Root"],
          [SECURITY, "AWSAccount"],
        ],
      );
      assert.equal(records[0]?.sharedEventID, records[1]?.sharedEventID);
      assert.deepEqual(
        organization.events.slice(-2).map(({ account }) => account),
        [MEMBER, SECURITY],
      );
    });

    it("shows a call on another account's bucket to both accounts", async () => {
      const s3 = new S3Client({ ...organization.config(SECURITY), forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: "lent" }));
      const allow = {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${MEMBER}:root` },
        Action: "s3:GetBucketAcl",
        Resource: "arn:aws:s3:::lent",
      };
      await s3.send(
        new PutBucketPolicyCommand({
          Bucket: "lent",
          Policy: JSON.stringify({ Version: "2012-10-17", Statement: [allow] }),
        }),
      );

      const records = await organization.recordsOf(() =>
        organization.call("s3", "GetBucketAcl", { Bucket: "lent" }),
      );

      assert.deepEqual(
        records.map(({ eventName, recipientAccountId }) => [eventName, recipientAccountId]),
        [
          ["GetBucketAcl", MEMBER],
          ["GetBucketAcl", SECURITY],
        ],
      );
    });

    it("names the role behind a session", async () => {
      const trust = {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${MEMBER}:root` },
        Action: "sts:AssumeRole",
      };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
      await organization.call("iam", "CreateRole", { RoleName: "worker", AssumeRolePolicyDocument });
      const sts = new STSClient(organization.config(MEMBER));
      const RoleArn = `arn:aws:iam::${MEMBER}:role/worker`;
      const { Credentials: issued } = await sts.send(
        new AssumeRoleCommand({ RoleArn, RoleSessionName: "me" }),
      );
      const credentials = {
        accessKeyId: issued?.AccessKeyId ?? "",
        secretAccessKey: issued?.SecretAccessKey ?? "",
        sessionToken: issued?.SessionToken,
      };

      const [record] = await organization.recordsOf(() =>
        organization.call("ec2", "DescribeVpcs", {}, { credentials }),
      );

      assert.equal(record?.errorCode, "Client.UnauthorizedOperation");
      assert.equal(record?.userIdentity.type, "AssumedRole");
      assert.equal(record?.userIdentity.sessionContext?.sessionIssuer?.arn, RoleArn);
      assert.match(record?.userIdentity.principalId ?? "", /^AROA\w+:me$/);
    });

    it("records that a function took its role as the service's own call", async () => {
      const trust = {
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: "sts:AssumeRole",
      };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
      await organization.call("iam", "CreateRole", { RoleName: "runner", AssumeRolePolicyDocument });
      const code = "exports.handler = async () => process.env;";
      const ZipFile = { __bytes__: Buffer.from(zipSync({ "index.js": strToU8(code) })).toString("base64") };
      const Role = `arn:aws:iam::${MEMBER}:role/runner`;
      await organization.call("lambda", "CreateFunction", {
        FunctionName: "run",
        Runtime: "nodejs20.x",
        Role,
        Handler: "index.handler",
        Code: { ZipFile },
      });
      const lambda = new LambdaClient(organization.config(MEMBER));
      const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "run" }));
      const environment = JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, string>;
      const credentials = {
        accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
        sessionToken: environment["AWS_SESSION_TOKEN"],
      };

      const records = await organization.recordsOf(async () => {
        await organization.call("sts", "GetCallerIdentity", {}, { credentials });
        await organization.call("sts", "GetCallerIdentity", {}, { credentials });
      });

      assert.deepEqual(names(records), ["AssumeRole", "GetCallerIdentity", "GetCallerIdentity"]);
      assert.deepEqual(records[0]?.userIdentity, { type: "AWSService", invokedBy: "lambda.amazonaws.com" });
      assert.equal(records[1]?.userIdentity.sessionContext?.sessionIssuer?.arn, Role);
    });

    it("records sign-ins to the console where AWS does", async () => {
      const { endpoint } = organization.config(MEMBER);
      const signIn = { account: MEMBER, userName: "alice", region: "eu-west-1" };

      const results = [
        await signInAt(endpoint, signIn),
        await signInAt(endpoint, { account: MEMBER, fails: true }),
      ];
      await organization.recordsOf(() => Promise.resolve());

      const events = organization.events.slice(-2);
      assert.deepEqual(results, [{ success: true }, { success: false, message: "Failed authentication" }]);
      assert.deepEqual(
        events.map(({ region, detail, ...event }) => [
          event["detail-type"],
          event.source,
          region,
          detail.userIdentity.userName,
        ]),
        [
          ["AWS Console Sign In via CloudTrail", "aws.signin", "eu-west-1", "alice"],
          ["AWS Console Sign In via CloudTrail", "aws.signin", "us-east-1", undefined],
        ],
      );
    });

    it("makes one record of the same call by botocore and by the SDK for JavaScript, user agent aside", async () => {
      const IpPermissions = [
        { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      ];
      const strip = ({
        userAgent: _userAgent,
        requestID: _id,
        eventID: _event,
        eventTime: _time,
        ...rest
      }: CloudTrailRecord) => {
        const text = JSON.stringify(rest);
        return JSON.parse(
          text
            .replaceAll(/sgr?-[0-9a-f]+|[0-9a-f-]{36}|group-\d+/g, "id")
            .replaceAll(/"bytesTransferredIn":\d+/g, "")
            .replaceAll(/,,/g, ",")
            .replaceAll(/"x-amz-id-2":"[^"]*"/g, '"x":0'),
        ) as unknown;
      };
      const policy = (Bucket: string) =>
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${Bucket}/*` },
          ],
        });
      const s3 = new S3Client({ ...organization.config(MEMBER), forcePathStyle: true });
      const Bucket = "twice";
      await s3.send(new CreateBucketCommand({ Bucket }));

      const byJavaScript = await organization.recordsOf(async () => {
        const { GroupId } = await group();
        await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
        await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy(Bucket) }));
      });
      const byPython = await organization.recordsOf(async () => {
        count += 1;
        const made = await organization.call("ec2", "CreateSecurityGroup", {
          GroupName: `group-${count}`,
          Description: "for a test",
        });
        await organization.call("ec2", "AuthorizeSecurityGroupIngress", {
          GroupId: made.output?.["GroupId"],
          IpPermissions,
        });
        await organization.call("s3", "PutBucketPolicy", { Bucket, Policy: policy(Bucket) });
      });

      assert.deepEqual(names(byJavaScript), [
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupIngress",
        "PutBucketPolicy",
      ]);
      assert.deepEqual(byPython.map(strip), byJavaScript.map(strip));
    });

    it("records calls made with a presigned URL, in either way of addressing a bucket, and anonymously", async () => {
      const { endpoint } = organization.config(MEMBER);
      const EventSelectors = [
        {
          ReadWriteType: "All" as const,
          IncludeManagementEvents: true,
          DataResources: [{ Type: "AWS::S3::Object", Values: ["arn:aws:s3"] }],
        },
      ];
      await trails.send(new PutEventSelectorsCommand({ TrailName: "org", EventSelectors }));
      const presigned = `${endpoint}/watched/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${MEMBER}%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00`;

      const records = await organization.recordsOf(async () => {
        await (await fetch(presigned)).text();
        await (await fetch(`${endpoint}/watched/k`)).text();
      });

      assert.deepEqual(
        records.map(({ eventName, additionalEventData, userIdentity }) => [
          eventName,
          additionalEventData?.["AuthenticationMethod"],
          userIdentity.type,
        ]),
        [
          ["GetObject", "QueryString", "Root"],
          ["GetObject", undefined, "AWSAccount"],
        ],
      );
      assert.ok(!JSON.stringify(records[0]).includes("X-Amz-Credential"));
    });
  });

  describe("log files", () => {
    const trailArn = `arn:aws:cloudtrail:eu-west-1:${MANAGEMENT}:trail/org`;
    const cloudTrail = { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" } };
    const bySource = { "aws:SourceArn": trailArn };
    let bucket: S3Client;

    const allow = (Condition: Record<string, unknown>, prefix = `AWSLogs/${ORGANIZATION_ID}`) =>
      bucket.send(
        new PutBucketPolicyCommand({
          Bucket: "org-logs",
          Policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              { ...cloudTrail, Action: "s3:GetBucketAcl", Resource: "arn:aws:s3:::org-logs", Condition },
              {
                ...cloudTrail,
                Action: "s3:PutObject",
                Resource: `arn:aws:s3:::org-logs/${prefix}/*`,
                Condition: {
                  StringEquals: {
                    ...(Condition["StringEquals"] as object),
                    "s3:x-amz-acl": "bucket-owner-full-control",
                  },
                },
              },
            ],
          }),
        }),
      );
    const flush = async (options?: { digest?: boolean }) => {
      await organization.gateway.settled();
      await organization.cloudTrail.flush(options);
    };
    const keys = async () => {
      const { Contents = [] } = await bucket.send(new ListObjectsV2Command({ Bucket: "org-logs" }));
      return Contents.map(({ Key = "" }) => Key);
    };
    const read = async (Key: string) => {
      const found = await bucket.send(new GetObjectCommand({ Bucket: "org-logs", Key }));
      const text = gunzipSync(
        await (found.Body as NonNullable<typeof found.Body>).transformToByteArray(),
      ).toString();
      return { text, json: JSON.parse(text) as Record<string, unknown>, found };
    };

    before(() => {
      // Straight to the emulator: what the test looks at is not to be in what it looks for.
      bucket = new S3Client({
        ...organization.config(SECURITY),
        endpoint: organization.emulator.url,
        forcePathStyle: true,
      });
    });

    it("can't be delivered while there is no bucket", async () => {
      await group();
      await flush();

      const failure = organization.cloudTrail.deliveryErrors.find(
        ({ account, region }) => account === MEMBER && region === "eu-west-1",
      );
      assert.equal(failure?.code, "NoSuchBucket");
    });

    it("can't be delivered against the bucket's policy, or for another trail", async () => {
      await bucket.send(
        new CreateBucketCommand({
          Bucket: "org-logs",
          CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
        }),
      );
      await flush();
      assert.match(
        organization.cloudTrail.deliveryErrors[0]?.message ?? "",
        /the policy of arn:aws:s3:::org-logs does not allow s3:GetBucketAcl/,
      );

      await allow({ StringEquals: { "aws:SourceArn": `${trailArn}-other` } });
      await flush();
      assert.equal(organization.cloudTrail.deliveryErrors[0]?.code, "AccessDenied");
      assert.deepEqual(await keys(), []);
    });

    it("can't be delivered to a prefix that the policy leaves out", async () => {
      await allow({ StringEquals: bySource }, `AWSLogs/${MANAGEMENT}`);
      await flush();

      assert.match(organization.cloudTrail.deliveryErrors[0]?.message ?? "", /does not allow s3:PutObject/);
    });

    it("are delivered, with all that waited, once the policy allows it", async () => {
      await allow({ StringEquals: bySource });

      await flush();

      assert.deepEqual(organization.cloudTrail.deliveryErrors, []);
      const all = await keys();
      for (const key of all)
        assert.match(
          key,
          /^AWSLogs\/o-exampleorg\/\d{12}\/CloudTrail\/[a-z0-9-]+\/\d{4}\/\d\d\/\d\d\/\d{12}_CloudTrail_[a-z0-9-]+_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/,
        );
      const records = await Promise.all(
        all.map(async (key) => (await read(key)).json["Records"] as CloudTrailRecord[]),
      );
      const delivered = records.flat().map(({ eventID }) => eventID);
      assert.deepEqual(delivered.sort(), organization.events.map(({ detail }) => detail.eventID).sort());
    });

    it("are named, with their hashes, by a digest file", async () => {
      await flush({ digest: true });

      const digests = (await keys()).filter((key) => key.includes("/CloudTrail-Digest/"));
      const digest = digests.find((key) => key.includes(`/${MEMBER}/CloudTrail-Digest/eu-west-1/`));
      assert.ok(digest);
      const { json, found } = await read(digest);
      assert.equal(found.Metadata?.["signature-algorithm"], "SHA256withRSA");
      const [file] = json["logFiles"] as { s3Object: string; hashValue: string }[];
      assert.ok(file);
      const { text } = await read(file.s3Object);
      assert.equal(createHash("sha256").update(text).digest("hex"), file.hashValue);
    });

    it("need the leave of the trail's key, and are encrypted with it", async () => {
      const kms = new KMSClient(organization.config(SECURITY));
      const owner = {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${SECURITY}:root` },
        Action: "kms:*",
        Resource: "*",
      };
      const encrypts = {
        ...cloudTrail,
        Action: "kms:GenerateDataKey*",
        Resource: "*",
        Condition: {
          StringLike: {
            "kms:EncryptionContext:aws:cloudtrail:arn": `arn:aws:cloudtrail:*:${MANAGEMENT}:trail/*`,
          },
        },
      };
      const key = async (...statements: object[]) => {
        const Policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
        return (await kms.send(new CreateKeyCommand({ Policy }))).KeyMetadata?.Arn ?? "";
      };
      await trails.send(new UpdateTrailCommand({ Name: "org", KmsKeyId: await key(owner) }));
      await group();
      await flush();
      assert.match(
        organization.cloudTrail.deliveryErrors[0]?.message ?? "",
        /can't use the key .* does not allow kms:GenerateDataKey/,
      );

      await trails.send(new UpdateTrailCommand({ Name: "org", KmsKeyId: await key(owner, encrypts) }));
      await group();
      const before = await keys();
      await flush();

      assert.deepEqual(organization.cloudTrail.deliveryErrors, []);
      const [fresh = ""] = (await keys()).filter(
        (one) => !before.includes(one) && one.includes(`/${MEMBER}/`),
      );
      assert.equal((await read(fresh)).found.ServerSideEncryption, "aws:kms");
    });
  });

  describe("under load", () => {
    it("records each of 2,000 calls of 20 clients once, in order per client", async function () {
      this.timeout(120_000);
      const CLIENTS = 20;
      const CALLS = 100;
      const records = await organization.recordsOf(() =>
        Promise.all(
          Array.from({ length: CLIENTS }, async (_, client) => {
            const own = new EC2Client(organization.config(MEMBER));
            for (let call = 0; call < CALLS; call += 1) {
              const GroupName = `load-${client}-${call}`;
              await own.send(new CreateSecurityGroupCommand({ GroupName, Description: "load" }));
            }
            own.destroy();
          }),
        ),
      );

      assert.equal(records.length, CLIENTS * CALLS);
      for (let client = 0; client < CLIENTS; client += 1) {
        const called = records.map(({ requestParameters }) =>
          String(requestParameters?.["groupName"] as string),
        );
        const mine = called.filter((name) => name.startsWith(`load-${client}-`));
        assert.deepEqual(
          mine,
          Array.from({ length: CALLS }, (_, call) => `load-${client}-${call}`),
        );
      }
      assert.equal(organization.gateway.statistics.unanswered, 0);
      assert.equal(organization.gateway.statistics.untold, 0);
    });

    it("passes an upload of 100 MB on without holding it", async function () {
      this.timeout(120_000);
      const s3 = new S3Client({ ...organization.config(MEMBER), forcePathStyle: true });
      const size = 100 * 2 ** 20;
      const piece = Buffer.alloc(2 ** 20, "x");
      function* pieces() {
        for (let sent = 0; sent < size; sent += piece.length) yield piece;
      }
      let most = 0;
      const started = process.memoryUsage();
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss - started.rss)), 5);

      const [record] = await organization.recordsOf(() =>
        s3.send(
          new PutObjectCommand({
            Bucket: "watched",
            Key: "large",
            Body: Readable.from(pieces()),
            ContentLength: size,
          }),
        ),
      );
      clearInterval(watch);

      assert.equal(record?.eventName, "PutObject");
      assert.ok(Number(record?.additionalEventData?.["bytesTransferredIn"]) >= size);
      // The client's and the gateway's buffers, both in this process.
      assert.ok(most < 64 * 2 ** 20, `grew by ${Math.round(most / 2 ** 20)} MB`);
    });
  });

  describe("without its trail again", () => {
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
