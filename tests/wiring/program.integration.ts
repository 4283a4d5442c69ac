import assert from "node:assert/strict";
import * as path from "node:path";
import { engineFor } from "../../rehearsal/deploy";
import { deployedOrganization, localStack } from "../support/local";
import { AWAY, CONTROL, wiringOf, HOME } from "./deployment";
import type { Mistake } from "./program";

const CONFIGURATION = {
  "bailiwick:controls": { [CONTROL]: { mode: "enforce" }, "cloudtrail-trail-logging": { mode: "off" } },
};

/** Each is deployed over the previous one, whose mistake it removes. */
describe("a program is deployed", function () {
  this.timeout(120_000);
  const deployed = deployedOrganization(CONFIGURATION);
  const { stopped, outcome } = wiringOf(deployed);

  const deploy = async (mistake: Mistake | undefined, changes: Record<string, unknown> = {}) => {
    const stack = localStack({ ...CONFIGURATION, ...changes });
    if (mistake !== undefined) stack.configuration["mistake:is"] = JSON.stringify(mistake);
    const programFolder = mistake && path.join(__dirname, "program");
    const { changes: made } = await engineFor(deployed().organization, stack, { programFolder }).up();
    assert.ok(made.update + made.create + made.delete + made.replace > 0, "The mistake changes nothing.");
  };

  it("whose hub is open to another organization, and the trace says so", async () => {
    await deploy({
      type: "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
      nameEnd: "hub-policy",
      replace: { property: "policy", from: "o-bailiwick0", to: "o-bailiwick1" },
    });
    assert.match(
      await stopped(),
      /event-bus\/bailiwick does not allow events:PutEvents by .*role\/bailiwick-forwarding/,
    );
  });

  it("not at all when its trail covers one region only, because the policy pack stops it", async () => {
    const one = deploy({
      type: "aws:cloudtrail/trail:Trail",
      nameEnd: "organization-trail",
      set: { isMultiRegionTrail: false },
    });
    await assert.rejects(one, {
      name: "PolicyError",
      message: /nothing was changed.\ncloudtrail-trail-logging: .*The trail would cover one region only/s,
    });
  });

  const TRAIL = "aws:cloudtrail/trail:Trail";
  /** A change that makes CloudTrail check bucket and key again. */
  const changedTrail = { "bailiwick:trail": { cloudWatchLogs: true } };
  const refused = (error: string, ...more: string[]) => ({
    message: new RegExp(
      [
        `"organization-trail" could not be updated: cloudtrail:UpdateTrail .*failed with ${error}`,
        ...more,
      ].join(".*"),
    ),
  });

  it("without its trail's change when the bucket does not exist, and the message names it", async () => {
    const nowhere = deploy({
      type: TRAIL,
      nameEnd: "organization-trail",
      set: { s3BucketName: "nobodys-bucket" },
    });
    await assert.rejects(
      nowhere,
      refused("S3BucketDoesNotExistException", "S3 bucket nobodys-bucket does not exist!"),
    );
  });

  it("without its trail's change when the policy omits the files' prefix, and the message says so", async () => {
    const elsewhere = deploy({
      type: TRAIL,
      nameEnd: "organization-trail",
      set: { s3KeyPrefix: "elsewhere" },
    });
    await assert.rejects(
      elsewhere,
      refused(
        "InsufficientEncryptionPolicyException",
        "S3 bucket bailiwick-trail-\\d{12}-eu-west-1",
        "bailiwick-trail-\\d{12}-eu-west-1/elsewhere/AWSLogs/\\d{12}/",
        "does not allow s3:PutObject by cloudtrail.amazonaws.com",
      ),
    );
  });

  it("without its trail's change when the bucket's policy names another trail only, and the message says so", async () => {
    const other = deploy(
      {
        type: "aws:s3/bucketPolicy:BucketPolicy",
        nameEnd: "organization-trail-logs-policy",
        replace: { property: "policy", from: "trail/bailiwick", to: "trail/another" },
      },
      changedTrail,
    );
    await assert.rejects(
      other,
      refused(
        "InsufficientS3BucketPolicyException",
        "Incorrect S3 bucket policy is detected for bucket: bailiwick-trail-\\d{12}-eu-west-1",
        "does not allow s3:GetBucketAcl by cloudtrail.amazonaws.com with aws:sourcearn=.*trail/bailiwick",
      ),
    );
  });

  it("without its trail's change when the key may not be used for the bucket, and the message says so", async () => {
    const closed = deploy(
      {
        type: "aws:kms/key:Key",
        nameEnd: "organization-trail-key",
        replace: { property: "policy", from: "kms:Decrypt", to: "kms:Verify" },
      },
      changedTrail,
    );
    await assert.rejects(
      closed,
      refused(
        "InsufficientEncryptionPolicyException",
        "KMS key arn:aws:kms:eu-west-1:\\d{12}:key/",
        "does not allow kms:Decrypt by cloudtrail.amazonaws.com",
      ),
    );
  });

  it("not at all when a forwarding target has no role", async () => {
    const without = deploy({
      type: "aws:cloudwatch/eventTarget:EventTarget",
      nameEnd: `200000000001-forwarding-${AWAY}-target-1`,
      set: { roleArn: null },
    });
    await assert.rejects(without, /RoleArn is required for target .*event-bus\/bailiwick/);
  });

  it("whose configuration omits a region, and the trace says so", async () => {
    await deploy(undefined, { "bailiwick:regions": [HOME] });
    assert.match(
      await stopped(),
      /No rule of the bus default in 200000000001, eu-central-1 matched\. The bus has no rules/,
    );
  });

  it("without a mistake again, and the control remediates the bucket", async () => {
    await deploy(undefined);
    assert.match(await outcome(), /reported its outcome: remediated/);
  });
});
