import assert from "node:assert/strict";
import { CloudTrailClient, PutEventSelectorsCommand } from "@aws-sdk/client-cloudtrail";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { strToU8, zipSync } from "fflate";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import { signInAt } from ".";
import {
  MANAGEMENT,
  MEMBER,
  rootOf,
  SECURITY,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";

const names = (records: CloudTrailRecord[]) => records.map(({ eventName }) => eventName);

describe("The caller in CloudTrail's records", () => {
  let organization: RecordedOrganization;
  let ec2: EC2Client;
  let count = 0;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization();
    ec2 = new EC2Client(organization.config(MEMBER));
  });
  after(() => organization?.stop());

  const group = () => {
    count += 1;
    return ec2.send(
      new CreateSecurityGroupCommand({ GroupName: `group-${count}`, Description: "for a test" }),
    );
  };

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

  it("shows calls on a bucket created without the gateway to its owner too, including objects and refusals", async () => {
    const straight = { ...organization.config(SECURITY), endpoint: organization.emulator.url };
    const s3 = new S3Client({ ...straight, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "lent-unseen" }));
    const allow = {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${MEMBER}:root` },
      Action: ["s3:GetBucketAcl", "s3:PutObject"],
      Resource: ["arn:aws:s3:::lent-unseen", "arn:aws:s3:::lent-unseen/*"],
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
    await s3.send(new PutBucketPolicyCommand({ Bucket: "lent-unseen", Policy }));
    const trails = new CloudTrailClient(organization.config(MANAGEMENT));
    const objects = { Type: "AWS::S3::Object", Values: ["arn:aws:s3:::lent-unseen/"] };
    const EventSelectors = [
      { ReadWriteType: "All" as const, IncludeManagementEvents: true, DataResources: [objects] },
    ];
    await trails.send(new PutEventSelectorsCommand({ TrailName: "organization", EventSelectors }));

    const records = await organization.recordsOf(async () => {
      const object = { Bucket: "lent-unseen", Key: "k" };
      await organization.call("s3", "GetBucketAcl", { Bucket: "lent-unseen" });
      await organization.call("s3", "PutObject", { ...object, Body: "x" });
      await organization.call("s3", "GetObject", object);
    });

    assert.deepEqual(
      records.map(({ eventName, recipientAccountId, errorCode, userIdentity, resources }) => [
        eventName,
        recipientAccountId,
        errorCode,
        userIdentity.type,
        resources?.at(-1)?.accountId,
      ]),
      [
        ["GetBucketAcl", MEMBER, undefined, "Root", SECURITY],
        ["GetBucketAcl", SECURITY, undefined, "AWSAccount", SECURITY],
        ["PutObject", MEMBER, undefined, "Root", SECURITY],
        ["PutObject", SECURITY, undefined, "AWSAccount", SECURITY],
        ["GetObject", MEMBER, "AccessDenied", "Root", ""],
        ["GetObject", SECURITY, "AccessDenied", "AWSAccount", SECURITY],
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
    const { Credentials: issued } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "me" }));
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

  it("records a function's session as the service's own call", async () => {
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
    await organization.call("iam", "CreateUser", { UserName: "alice" });
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

  it("makes equal records, except for the user agent, of a call by botocore and by the SDK for JavaScript", async () => {
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
        Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${Bucket}/*` }],
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

  it("records presigned calls, in both forms of addressing a bucket, and anonymous ones", async () => {
    const { endpoint } = organization.config(MEMBER);
    const EventSelectors = [
      {
        ReadWriteType: "All" as const,
        IncludeManagementEvents: true,
        DataResources: [{ Type: "AWS::S3::Object", Values: ["arn:aws:s3"] }],
      },
    ];
    const trails = new CloudTrailClient(organization.config(MANAGEMENT));
    await trails.send(new PutEventSelectorsCommand({ TrailName: "organization", EventSelectors }));
    await organization.call("s3", "CreateBucket", {
      Bucket: "watched",
      CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
    });
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
