import assert from "node:assert/strict";
import { structure, tinyCall, tinyModel } from "../gateway/testing/tiny-models";
import { recordsOf } from "./record";

const model = tinyModel(
  "iam",
  "query",
  {
    CreateUser: { input: "In", output: "Out", errors: ["NoSuchEntityException"] },
    ChangePassword: { input: "In" },
  },
  {
    In: structure({ UserName: "Text" }),
    Out: structure({ UserName: "Text" }),
    NoSuchEntityException: structure({}, { exception: true, error: { code: "NoSuchEntity" } }),
  },
);
const call = (given: Parameters<typeof tinyCall>[0] = {}) =>
  tinyCall({ model: model.operations["CreateUser"], parameters: { UserName: "u" }, ...given });
const recordOf = (given: Parameters<typeof tinyCall>[0] = {}) => {
  const [recorded] = recordsOf(call(given));
  assert.ok(recorded);
  return recorded.record;
};

describe("A record", () => {
  it("holds what CloudTrail writes about a successful call", () => {
    const record = recordOf({ output: { UserName: "u" } });

    const { eventID, ...rest } = record;
    assert.match(eventID, /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, {
      eventVersion: "1.11",
      userIdentity: {
        type: "Root",
        principalId: "333333333333",
        arn: "arn:aws:iam::333333333333:root",
        accountId: "333333333333",
        accessKeyId: "333333333333",
      },
      eventTime: "2026-01-02T03:04:05Z",
      eventSource: "iam.amazonaws.com",
      eventName: "CreateUser",
      awsRegion: "us-east-1",
      sourceIPAddress: "127.0.0.1",
      userAgent: "tiny/1",
      requestParameters: { userName: "u" },
      responseElements: { userName: "u" },
      requestID: "request-1",
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: "333333333333",
      eventCategory: "Management",
      tlsDetails: {
        tlsVersion: "TLSv1.3",
        cipherSuite: "TLS_AES_128_GCM_SHA256",
        clientProvidedHostHeader: "iam.amazonaws.com",
      },
    });
  });

  it("has the exception's name for a failed call, and no answer", () => {
    const record = recordOf({
      status: 404,
      errorCode: "NoSuchEntity",
      errorMessage: "gone",
      output: undefined,
    });

    assert.deepEqual(
      [record.errorCode, record.errorMessage, record.requestParameters, record.responseElements],
      ["NoSuchEntityException", "gone", { userName: "u" }, null],
    );
  });

  it("lacks the parameters of a refused call to services that check permissions first", () => {
    const record = recordOf({ status: 403, errorCode: "AccessDeniedException", errorMessage: "no" });

    assert.deepEqual([record.errorCode, record.requestParameters], ["AccessDenied", null]);
  });

  it("prefixes EC2's errors with Client or Server, and has the parameters", () => {
    const ec2 = tinyModel("ec2", "ec2", { MakeIt: { input: "In" } }, { In: structure({ VpcId: "Text" }) });
    const made = (status: number) =>
      recordOf({
        model: ec2.operations["MakeIt"],
        parameters: { VpcId: "v" },
        status,
        errorCode: "UnauthorizedOperation",
      });

    assert.equal(made(403).errorCode, "Client.UnauthorizedOperation");
    assert.deepEqual(made(403).requestParameters, { vpcId: "v" });
    assert.equal(made(503).errorCode, "Server.UnauthorizedOperation");
  });

  it("has no parameters where they are a secret, or could not be read", () => {
    assert.equal(recordOf({ model: model.operations["ChangePassword"] }).requestParameters, null);
    assert.equal(recordOf({ parameters: undefined }).requestParameters, null);
  });

  it("has what is known of a call that couldn't be decoded", () => {
    const record = recordOf({ model: undefined, operation: undefined, service: "odd", signingName: "odd" });

    assert.deepEqual(
      [record.eventSource, record.eventName, record.requestParameters, record.awsRegion],
      ["odd.amazonaws.com", "POST", null, "eu-west-1"],
    );
  });

  it("names the role and the session of an assumed role", () => {
    const arn = "arn:aws:sts::333333333333:assumed-role/worker/me";
    const role = { arn: "arn:aws:iam::333333333333:role/worker", id: "AROA1", name: "worker" };

    const { userIdentity } = recordOf({
      accessKeyId: "ASIA1",
      identity: {
        type: "AssumedRole",
        arn,
        accountId: "333333333333",
        principalId: "AROA1:me",
        issuedAt: 1767323045.9,
        role,
      },
    });

    assert.deepEqual(userIdentity, {
      type: "AssumedRole",
      principalId: "AROA1:me",
      arn,
      accountId: "333333333333",
      accessKeyId: "ASIA1",
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          principalId: "AROA1",
          arn: role.arn,
          accountId: "333333333333",
          userName: "worker",
        },
        attributes: { creationDate: "2026-01-02T03:04:05Z", mfaAuthenticated: "false" },
      },
    });
  });

  it("names an IAM user without a session for long-term keys, and with one for temporary ones", () => {
    const identity = {
      type: "IAMUser",
      arn: "arn:aws:iam::333333333333:user/u",
      accountId: "333333333333",
      principalId: "AIDA1",
      userName: "u",
      issuedAt: 0,
    } as const;

    assert.equal(recordOf({ identity, accessKeyId: "AKIA1" }).userIdentity.sessionContext, undefined);
    assert.deepEqual(recordOf({ identity, accessKeyId: "ASIA1" }).userIdentity.sessionContext, {
      attributes: { creationDate: "1970-01-01T00:00:00Z", mfaAuthenticated: "false" },
    });
  });

  it("is made twice when another account's resource was used: that account sees no name and no key", () => {
    const sts = tinyModel(
      "sts",
      "query",
      { AssumeRole: { input: "In" } },
      { In: structure({ RoleArn: "Text" }) },
    );
    const RoleArn = "arn:aws:iam::444444444444:role/r";

    const recorded = recordsOf(
      tinyCall({ model: sts.operations["AssumeRole"], parameters: { RoleArn }, readOnly: true }),
      "444444444444",
    );

    const [ours, theirs] = recorded.map(({ record }) => record);
    assert.ok(ours && theirs);
    assert.deepEqual([ours.recipientAccountId, theirs.recipientAccountId], ["333333333333", "444444444444"]);
    assert.equal(ours.sharedEventID, theirs.sharedEventID);
    assert.ok(ours.sharedEventID);
    assert.notEqual(ours.eventID, theirs.eventID);
    assert.deepEqual(theirs.userIdentity, {
      type: "AWSAccount",
      principalId: "333333333333",
      accountId: "333333333333",
    });
    assert.deepEqual(ours.resources, [{ ARN: RoleArn, accountId: "444444444444", type: "AWS::IAM::Role" }]);
  });

  it("is made for an anonymous call in the owner's account only", () => {
    const anonymous = tinyCall({
      service: "s3",
      operation: "GetObject",
      account: "",
      identity: {},
      accessKeyId: undefined,
    });

    const recorded = recordsOf(anonymous, "444444444444");

    assert.equal(recorded.length, 1);
    assert.equal(recorded[0]?.record.recipientAccountId, "444444444444");
    assert.deepEqual(recorded[0]?.record.userIdentity, {
      type: "AWSAccount",
      principalId: "",
      accountId: "anonymous",
    });
    assert.match(recorded[0]?.record.sharedEventID ?? "", /^[0-9a-f-]{36}$/);
  });

  it("is a data event when something is done in a resource", () => {
    const [recorded] = recordsOf(
      tinyCall({ service: "s3", operation: "PutObject", parameters: { Bucket: "b", Key: "k/x" } }),
    );

    assert.deepEqual([recorded?.record.eventCategory, recorded?.record.managementEvent], ["Data", false]);
    assert.deepEqual(recorded?.data, { type: "AWS::S3::Object", arn: "arn:aws:s3:::b/k/x" });
    assert.deepEqual(recorded?.record.resources, [
      { type: "AWS::S3::Object", ARN: "arn:aws:s3:::b/k/x" },
      { accountId: "333333333333", type: "AWS::S3::Bucket", ARN: "arn:aws:s3:::b" },
    ]);
  });

  const ofS3 = (operation: string, more: Parameters<typeof tinyCall>[0] = {}, owner?: string) =>
    recordsOf(
      tinyCall({ service: "s3", operation, parameters: { Bucket: "b" }, readOnly: true, ...more }),
      owner,
    ).map(({ record }) => record.resources);
  const anyObject = { type: "AWS::S3::Object", ARNPrefix: "arn:aws:s3:::b/" };
  const bucketOf = (accountId: string) => ({ accountId, type: "AWS::S3::Bucket", ARN: "arn:aws:s3:::b" });

  it("names the bucket, and the prefix of its objects' ARNs where a call is on many", () => {
    for (const operation of ["ListObjects", "ListObjectsV2", "ListObjectVersions", "DeleteObjects"])
      assert.deepEqual(ofS3(operation), [[anyObject, bucketOf("333333333333")]], operation);
  });

  it("keeps the resources of refused data events, but not of refused management events", () => {
    const refused = { status: 403, errorCode: "AccessDenied" };

    assert.deepEqual(ofS3("ListObjectsV2", refused), [[anyObject, bucketOf("333333333333")]]);
    assert.deepEqual(ofS3("GetBucketAcl", refused), [undefined]);
    assert.deepEqual(ofS3("ListObjectsV2", { status: 404, errorCode: "NoSuchBucket" }), [undefined]);
  });

  it("names the bucket that a failed management call reached, and no other", () => {
    const failed = (errorCode: string) => ({ status: 404, errorCode });

    assert.deepEqual(ofS3("GetBucketPolicy", failed("NoSuchBucketPolicy")), [[bucketOf("333333333333")]]);
    assert.deepEqual(ofS3("GetBucketPolicy", failed("NoSuchBucket")), [undefined]);
    assert.deepEqual(ofS3("CreateBucket", failed("BucketAlreadyExists")), [undefined]);
  });

  const copies: [source: string, object: string][] = [
    ["from/a%20b.txt?versionId=1", "arn:aws:s3:::from/a b.txt"],
    ["/from/50%.txt", "arn:aws:s3:::from/50%.txt"],
    ["arn:aws:s3:eu-west-1:1:accesspoint/p/object/k", "arn:aws:s3:eu-west-1:1:accesspoint/p/object/k"],
  ];
  for (const [CopySource, ARN] of copies)
    it(`names the source of a copy last: ${CopySource}`, () => {
      const parameters = { Bucket: "b", Key: "k", CopySource };

      assert.deepEqual(ofS3("CopyObject", { parameters, readOnly: false }), [
        [
          { type: "AWS::S3::Object", ARN: "arn:aws:s3:::b/k" },
          bucketOf("333333333333"),
          { type: "AWS::S3::Object", ARN },
        ],
      ]);
    });

  const resourcesOf = (given: Parameters<typeof tinyCall>[0]) =>
    recordsOf(tinyCall(given))[0]?.record.resources;

  it("names no missing key", () => {
    const described = {
      service: "kms",
      operation: "DescribeKey",
      parameters: { KeyId: "k" },
      readOnly: true,
    };
    const key = {
      accountId: "333333333333",
      type: "AWS::KMS::Key",
      ARN: "arn:aws:kms:eu-west-1:333333333333:key/k",
    };

    assert.deepEqual(resourcesOf(described), [key]);
    assert.deepEqual(resourcesOf({ ...described, errorCode: "AccessDeniedException" }), [key]);
    assert.equal(resourcesOf({ ...described, errorCode: "NotFoundException" }), undefined);
  });

  it("names the queue or the table that is managed, and none where the call failed or names none", () => {
    const QueueUrl = "https://sqs.eu-west-1.amazonaws.com/333333333333/work";
    const ofQueue = { service: "sqs", operation: "SetQueueAttributes", parameters: { QueueUrl } };
    const ofTable = (TableName: string) => ({
      service: "dynamodb",
      operation: "DescribeTable",
      parameters: { TableName },
    });
    const table = (account: string) => ({
      accountId: account,
      type: "AWS::DynamoDB::Table",
      ARN: `arn:aws:dynamodb:eu-west-1:${account}:table/t`,
    });

    assert.deepEqual(resourcesOf(ofQueue), [
      {
        accountId: "333333333333",
        type: "AWS::SQS::Queue",
        ARN: "arn:aws:sqs:eu-west-1:333333333333:work",
      },
    ]);
    assert.deepEqual(resourcesOf(ofTable("t")), [table("333333333333")]);
    assert.deepEqual(resourcesOf(ofTable(table("444444444444").ARN)), [table("444444444444")]);
    for (const call of [ofQueue, ofTable("t")])
      assert.equal(resourcesOf({ ...call, errorCode: "ValidationException" }), undefined);
    assert.equal(resourcesOf({ ...ofQueue, parameters: { QueueName: "work" } }), undefined);
  });

  it("doesn't give the bucket's owner to a refused caller", () => {
    const owner = "444444444444";

    assert.deepEqual(ofS3("ListObjectsV2", { status: 403, errorCode: "AccessDenied" }, owner), [
      [anyObject, bucketOf("")],
      [anyObject, bucketOf(owner)],
    ]);
    assert.deepEqual(ofS3("ListObjectsV2", {}, owner), [
      [anyObject, bucketOf(owner)],
      [anyObject, bucketOf(owner)],
    ]);
  });

  const names: [string, string, string][] = [
    ["lambda", "AddPermission", "AddPermission20150331v2"],
    ["lambda", "CreateFunction", "CreateFunction20150331"],
    ["lambda", "CreateFunctionUrlConfig", "CreateFunctionUrlConfig"],
    ["s3", "PutPublicAccessBlock", "PutBucketPublicAccessBlock"],
    ["s3", "PutBucketLifecycleConfiguration", "PutBucketLifecycle"],
    ["s3", "PutBucketPolicy", "PutBucketPolicy"],
    ["cloudfront", "PublishFunction2020_05_31", "PublishFunction"],
  ];
  for (const [service, operation, eventName] of names)
    it(`names ${service}'s ${operation} ${eventName}`, () => {
      assert.equal(recordOf({ model: undefined, service, operation }).eventName, eventName);
    });

  it("has CloudFront's version beside the name, and in the name of a refused call", () => {
    const call = { model: undefined, service: "cloudfront", operation: "UpdateDistribution2020_05_31" };

    const done = recordOf(call);
    const failed = recordOf({ ...call, errorCode: "NoSuchDistribution", status: 404 });
    const refused = recordOf({ ...call, errorCode: "AccessDenied", status: 403 });

    assert.deepEqual(
      [done, failed, refused].map(({ eventName, apiVersion }) => [eventName, apiVersion]),
      [
        ["UpdateDistribution", "2020_05_31"],
        ["UpdateDistribution", "2020_05_31"],
        ["UpdateDistribution2020_05_31", undefined],
      ],
    );
  });

  it("names SNS's refusals like the others', and lacks their parameters", () => {
    const refused = recordOf({ errorCode: "AuthorizationError", status: 403, errorMessage: "no" });

    assert.equal(refused.errorCode, "AccessDenied");
    assert.equal(refused.requestParameters, null);
  });

  it("has the connection of Systems Manager and KMS, which differs from the others'", () => {
    const of = (service: string) => {
      const { tlsVersion, cipherSuite } = recordOf({ model: undefined, service }).tlsDetails ?? {};
      return [tlsVersion, cipherSuite];
    };

    assert.deepEqual(of("ssm"), ["TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"]);
    assert.deepEqual(of("kms"), ["TLSv1.3", "TLS_AES_256_GCM_SHA384"]);
    assert.deepEqual(of("sqs"), ["TLSv1.3", "TLS_AES_128_GCM_SHA256"]);
  });

  for (const [service, operation, version] of [
    ["dynamodb", "ListTables", "2012-08-10"],
    ["elbv2", "CreateRule", "2015-12-01"],
    ["events", "PutRule", "2015-10-07"],
    ["logs", "CreateLogGroup", "20140328"],
    ["route53", "CreateHostedZone", "2013-04-01"],
    ["sqs", "CreateQueue", undefined],
  ])
    it(`has ${version ?? "no version"} for ${service}'s API, and none if the caller was refused`, () => {
      const refused = { errorCode: "AccessDeniedException", status: 400 };

      assert.equal(recordOf({ model: undefined, service, operation }).apiVersion, version);
      assert.equal(recordOf({ model: undefined, service, operation, ...refused }).apiVersion, undefined);
    });
});
