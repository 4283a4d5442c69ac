import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as v from "valibot";
import { configurationSchema } from "../config/schema";
import { registrations } from "../tests/support/registrations";
import { OrganizationTrail } from "./OrganizationTrail";

const trailArn = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/bailiwick";
const UNDO = "arn:aws:lambda:eu-west-1:222222222222:function:bailiwick-undo";
const DEPLOYER = "arn:aws:iam::333333333333:role/Deployment";
const bucketArn = "arn:aws:s3:::bailiwick-trail-333333333333-eu-west-1";

function make(options: { settings?: object; protectEvidence?: boolean; preview?: boolean } = {}) {
  const settings = v.parse(configurationSchema.entries.trail, options.settings ?? {});
  const provider = (account: string) => new aws.Provider(account, { region: "eu-west-1" });
  return registrations(
    () =>
      new OrganizationTrail("trail", {
        partition: "aws",
        organizationId: "o-a1b2c3d4e5",
        managementAccountId: "111111111111",
        logArchiveAccountId: "333333333333",
        undoFunctionArn: UNDO,
        region: "eu-west-1",
        settings,
        deployers: [DEPLOYER],
        protectEvidence: options.protectEvidence,
        providers: { management: provider("management"), logArchive: provider("log-archive") },
      }),
    { preview: options.preview },
  );
}

interface Statement {
  Sid: string;
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string>>;
}
const statements = (text: unknown) =>
  Object.fromEntries(
    (JSON.parse(text as string) as { Statement: Statement[] }).Statement.map((statement) => [
      statement.Sid,
      statement,
    ]),
  );

describe("OrganizationTrail", () => {
  it("records every region, global services and both kinds of management events, with validated log files", async () => {
    const { inputs } = (await make()).one("aws:cloudtrail/trail:Trail");

    assert.equal(inputs["isOrganizationTrail"], true);
    assert.equal(inputs["isMultiRegionTrail"], true);
    assert.equal(inputs["includeGlobalServiceEvents"], true);
    assert.equal(inputs["enableLogFileValidation"], true);
    assert.equal(inputs["enableLogging"], true);
    assert.deepEqual(inputs["advancedEventSelectors"], [
      { name: "management", fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] },
      {
        name: "undos",
        fieldSelectors: [
          { field: "eventCategory", equals: ["Data"] },
          { field: "resources.type", equals: ["AWS::Lambda::Function"] },
          { field: "resources.ARN", equals: [UNDO] },
        ],
      },
    ]);
    assert.equal(inputs["insightSelectors"], undefined);
  });

  it("adds data events and insights when the configuration asks for them", async () => {
    const settings = {
      dataEvents: ["s3", "lambda"],
      insights: ["ApiCallRateInsight"],
      managementEvents: "WriteOnly",
    };

    const { inputs } = (await make({ settings })).one("aws:cloudtrail/trail:Trail");

    const data = { field: "eventCategory", equals: ["Data"] };
    assert.deepEqual(inputs["advancedEventSelectors"], [
      {
        name: "management",
        fieldSelectors: [
          { field: "eventCategory", equals: ["Management"] },
          { field: "readOnly", equals: ["false"] },
        ],
      },
      {
        name: "data of s3",
        fieldSelectors: [
          data,
          { field: "resources.type", equals: ["AWS::S3::Object"] },
          // The trail's own deliveries would be recorded, and delivered.
          { field: "resources.ARN", notStartsWiths: [`${bucketArn}/`] },
        ],
      },
      {
        name: "data of lambda",
        fieldSelectors: [data, { field: "resources.type", equals: ["AWS::Lambda::Function"] }],
      },
    ]);
    assert.deepEqual(inputs["insightSelectors"], [{ insightType: "ApiCallRateInsight" }]);
  });

  it("lets only this trail write to the bucket, below the prefixes of the management account and the organization", async () => {
    const policy = (await make()).one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"];

    const { TrailChecksAcl, TrailWrites } = statements(policy);
    assert.deepEqual(TrailChecksAcl?.Condition, { StringEquals: { "aws:SourceArn": trailArn } });
    assert.deepEqual(TrailWrites?.Resource, [
      `${bucketArn}/AWSLogs/111111111111/*`,
      `${bucketArn}/AWSLogs/o-a1b2c3d4e5/*`,
    ]);
    assert.deepEqual(TrailWrites.Condition, {
      StringEquals: { "aws:SourceArn": trailArn, "s3:x-amz-acl": "bucket-owner-full-control" },
    });
  });

  it("limits the key to this trail by source and by encryption context", async () => {
    const { inputs } = (await make()).one("aws:kms/key:Key");

    assert.equal(inputs["enableKeyRotation"], true);
    assert.deepEqual(statements(inputs["policy"])["TrailEncrypts"]?.Condition, {
      StringEquals: { "aws:SourceArn": trailArn },
      StringLike: { "kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111111111111:trail/*" },
    });
  });

  it("lets only this trail describe the key and decrypt the bucket's data key with it", async () => {
    const { inputs } = (await make()).one("aws:kms/key:Key");

    const { TrailDescribesKey, TrailUsesBucketKey } = statements(inputs["policy"]);
    assert.deepEqual(
      [TrailDescribesKey?.Action, TrailUsesBucketKey?.Action],
      ["kms:DescribeKey", "kms:Decrypt"],
    );
    for (const statement of [TrailDescribesKey, TrailUsesBucketKey])
      assert.deepEqual(statement?.Condition, { StringEquals: { "aws:SourceArn": trailArn } });
  });

  it("makes the bucket private, versioned and encrypted, with cheaper storage for old files", async () => {
    const made = await make({ settings: { coldStorageAfterDays: 30, retentionDays: 400 } });

    const access = made.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs;
    for (const block of ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"])
      assert.equal(access[block], true, block);
    const versioning = made.one("aws:s3/bucketVersioning:BucketVersioning").inputs;
    assert.deepEqual(versioning["versioningConfiguration"], { status: "Enabled" });
    const encryption = made.one(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    );
    assert.match(JSON.stringify(encryption.inputs["rules"]), /"sseAlgorithm":"aws:kms"/);
    const lifecycle = made.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs;
    const [rule] = lifecycle["rules"] as Record<string, unknown>[];
    assert.deepEqual(rule?.["transitions"], [{ days: 30, storageClass: "GLACIER_IR" }]);
    assert.deepEqual(rule["expiration"], { days: 400 });
  });

  it("lets deployments alone change what protects the log files, and end their key", async () => {
    const made = await make();
    const bucket = statements(made.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]);
    const key = statements(made.one("aws:kms/key:Key").inputs["policy"]);
    const onlyDeployments = { ArnNotLike: { "aws:PrincipalArn": [DEPLOYER] } };

    for (const [statement, actions] of [
      [
        bucket["OnlyDeploymentsChangeBucket"],
        [
          "s3:DeleteBucketPolicy",
          "s3:PutBucketObjectLockConfiguration",
          "s3:PutBucketPolicy",
          "s3:PutBucketVersioning",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
        ],
      ],
      [bucket["OnlyDeploymentsChangeRetention"], ["s3:BypassGovernanceRetention", "s3:PutObjectRetention"]],
      [key["OnlyDeploymentsEndKey"], ["kms:DisableKey", "kms:ScheduleKeyDeletion"]],
    ] as const) {
      assert.equal(statement?.Effect, "Deny");
      assert.deepEqual(statement.Condition, onlyDeployments);
      for (const action of actions) assert(statement.Action.includes(action), action);
    }
    // A key whose policy nobody can write is lost.
    assert.deepEqual(key["OnlyDeploymentsWritePolicy"]?.Condition, {
      ArnNotLike: { "aws:PrincipalArn": [DEPLOYER, "arn:aws:iam::333333333333:root"] },
    });
  });

  it("locks each log file for a year by default, as the configuration says, and not in a stack to be torn down", async () => {
    const type = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
    const ruleOf = (made: Awaited<ReturnType<typeof make>>) => made.one(type).inputs["rule"];

    assert.deepEqual(ruleOf(await make()), { defaultRetention: { mode: "GOVERNANCE", days: 365 } });
    const objectLock = { mode: "COMPLIANCE", days: 90 };
    assert.deepEqual(ruleOf(await make({ settings: { objectLock } })), { defaultRetention: objectLock });
    assert.deepEqual((await make({ protectEvidence: false })).of(type), []);
  });

  it("protects everything that the log files depend on", async () => {
    const made = await make({ settings: { cloudWatchLogs: true } });

    const unprotected = made.filter(({ type, protect }) => type.startsWith("aws:") && !protect);
    assert.deepEqual(
      unprotected.map(({ type, name }) => `${type} ${name}`),
      [],
    );
  });

  it("protects the evidence by default, in Pulumi and in the bucket's policy", async () => {
    const guarded = await make();
    const open = await make({ protectEvidence: false });

    for (const type of ["aws:cloudtrail/trail:Trail", "aws:s3/bucket:Bucket", "aws:kms/key:Key"]) {
      assert.equal(guarded.one(type).protect, true, type);
      assert.equal(open.one(type).protect, false, type);
    }
    const policyOf = (made: typeof open) =>
      statements(made.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]);
    assert.equal(policyOf(guarded)["NobodyDeletes"]?.Effect, "Deny");
    assert.equal(policyOf(open)["NobodyDeletes"], undefined);
    assert.equal(guarded.one("aws:s3/bucket:Bucket").inputs["forceDestroy"], false);
    assert.equal(open.one("aws:s3/bucket:Bucket").inputs["forceDestroy"], true);
  });

  it("waits with the trail until CloudTrail may write", async () => {
    const trail = (await make()).one("aws:cloudtrail/trail:Trail");

    assert(
      trail.dependencies.some((urn) => urn.includes("BucketPolicy")),
      trail.dependencies.join(),
    );
  });

  it("writes to a log group in the management account only when asked, through a role of CloudTrail's", async () => {
    const without = await make();
    const made = await make({ settings: { cloudWatchLogs: true } });

    assert.deepEqual(without.of("aws:cloudwatch/logGroup:LogGroup"), []);
    assert.equal(made.one("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"], 90);
    const trust = JSON.parse(made.one("aws:iam/role:Role").inputs["assumeRolePolicy"] as string) as {
      Statement: Statement[];
    };
    // CloudTrail takes this role without saying for which trail: a condition on that would keep it out.
    assert.deepEqual(trust.Statement, [
      { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" }, Action: "sts:AssumeRole" },
    ]);
  });

  it("knows its policies at preview", async () => {
    const made = await make({ preview: true });

    assert.doesNotThrow(() => statements(made.one("aws:kms/key:Key").inputs["policy"]));
    assert.doesNotThrow(() => statements(made.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]));
  });
});
