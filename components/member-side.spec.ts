import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { readSettings } from "../config";
import { controlById } from "../controls";
import { WITH_READS } from "../contract/names";
import { asPulumi, valid } from "../tests/support/configuration";
import { memberSides } from "./member-side";

const PAYMENTS = "444444444444";
const WEB = "555555555555";
const members = [
  { name: "payments", id: PAYMENTS },
  { name: "web", id: WEB },
];
const TAGGER = "arn:aws:iam::222222222222:role/exemptions";

/** The side of an account under a configuration that is valid but for the changes. */
function sideOf(accountId: string, changes: object = {}) {
  const sides = memberSides(readSettings(asPulumi({ ...valid, members, ...changes })));
  return sides.find((side) => side.accountId === accountId) ?? assert.fail(`${accountId} has no side`);
}
const roleOf = (accountId: string, controlId: string, changes?: object) =>
  sideOf(accountId, changes).remediationRoles.find((role) => role.controlId === controlId);
const rulesOf = (changes?: object) => sideOf(PAYMENTS, changes).forwarding.regions[0]?.rules ?? [];

const scopeOf = (account: string) => ({
  ...{ partition: "aws", account, region: "*", id: "*" },
  isManagementAccount: account === "111111111111",
});
/** The trust policy that lets one role of the security account in. */
const trusting = (role: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Principal: { AWS: "arn:aws:iam::222222222222:root" },
      Condition: { ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::222222222222:role/${role}` } },
    },
  ],
});

describe("the side of an account", () => {
  it("exists for each governed account, and for core accounts only if they are governed", () => {
    const accountsOf = (changes: object) =>
      memberSides(readSettings(asPulumi({ ...valid, members, ...changes }))).map(
        ({ accountId }) => accountId,
      );

    assert.deepEqual(accountsOf({}), ["111111111111", "222222222222", "333333333333", PAYMENTS, WEB]);
    assert.deepEqual(accountsOf({ governCoreAccounts: false }), [PAYMENTS, WEB]);
  });

  it("has a role for a control in its account's mode, and none where the control is off", () => {
    const id = "s3-bucket-policy-not-public";
    const controls = { [id]: { mode: "enforce", accounts: { [PAYMENTS]: "off", "222222222222": "notify" } } };

    assert.equal(roleOf(PAYMENTS, id, { controls }), undefined);
    assert.equal(roleOf("222222222222", id, { controls })?.mode, "notify");
    assert.equal(roleOf(WEB, id, { controls })?.mode, "enforce");
    assert.equal(roleOf(WEB, id, { controls: { [id]: { mode: "off" } } }), undefined);
  });

  it("has no role for a control that describes events alone, nor for a watch", () => {
    const channels = { audit: { email: { addresses: ["audit@example.com"] } } };
    const watches = [{ event: "iam:CreateUser", channel: "audit" }];

    const { remediationRoles } = sideOf(PAYMENTS, { channels, watches });

    const ids = remediationRoles.map(({ controlId }) => controlId);
    assert(ids.includes("s3-bucket-policy-not-public"));
    assert(!ids.includes("s3-bucket-creation-reported"));
    assert(!ids.some((id) => id.startsWith("watch_")));
  });

  it("states a role in full: name, who may assume it, and what the control reads in the account", () => {
    const control = controlById("s3-bucket-policy-not-public");

    assert.deepEqual(roleOf(PAYMENTS, control.id), {
      controlId: control.id,
      mode: "notify",
      name: "bailiwick-s3-bucket-policy-not-public",
      description: `Lets Bailiwick check: ${control.title}`,
      trustPolicy: trusting("bailiwick-s3-bucket-policy-not-public-fn"),
      policy: {
        name: "remediate",
        document: { Version: "2012-10-17", Statement: control.readPermissions?.(scopeOf(PAYMENTS)) },
      },
    });
  });

  it("has a role that may fix in the accounts in which the control remediates, and in no other", () => {
    const id = "s3-bucket-policy-not-public";
    const controls = { [id]: { mode: "enforce", accounts: { [WEB]: "notify" } } };
    const mayFix = (account: string) =>
      JSON.stringify(roleOf(account, id, { controls })?.policy).includes("s3:PutBucketPolicy");

    assert.deepEqual([mayFix(PAYMENTS), mayFix(WEB)], [true, false]);
    assert.match(
      roleOf(PAYMENTS, id, { controls })?.description ?? "",
      /^Lets Bailiwick check and remediate: /,
    );
  });

  it("has a role for undos only where something is remediated that can be undone, with the rights for that alone", () => {
    const enforced = ["ec2-instance-protected-running", "s3-bucket-policy-not-public"].map(controlById);
    const controls = {
      ...Object.fromEntries(
        enforced.map(({ id }) => [id, { mode: "enforce", accounts: { [WEB]: "notify" } }]),
      ),
      "dynamodb-table-created-by-pipeline": { mode: "enforce" },
    };

    assert.equal(sideOf(PAYMENTS).undoRole, undefined);
    assert.equal(sideOf(WEB, { controls }).undoRole, undefined);
    const { undoRole } = sideOf(PAYMENTS, { controls });
    assert.deepEqual(
      [undoRole?.name, undoRole?.trustPolicy],
      ["bailiwick-undo", trusting("bailiwick-undo-fn")],
    );
    const statements = undoRole?.policy.document.Statement ?? [];
    const withoutIds = (list: readonly { Sid?: string }[]) =>
      list.map((each) => ({ ...each, Sid: undefined }));
    assert.deepEqual(
      withoutIds(statements),
      withoutIds(
        enforced.flatMap((control) => [
          ...(control.readPermissions?.(scopeOf(PAYMENTS)) ?? []),
          ...(control.undoPermissions?.(scopeOf(PAYMENTS)) ?? []),
        ]),
      ),
    );
    const ids = statements.map(({ Sid = "" }) => Sid);
    assert.equal(new Set(ids).size, ids.length);
    for (const each of ids) assert.match(each, /^[A-Za-z0-9]+$/);
  });

  it("keeps the role of undos within IAM's 10,240 characters when everything is remediated", () => {
    const { undoRole } = sideOf("111111111111", { defaultMode: "enforce" });

    const { length } = JSON.stringify(undoRole?.policy.document);
    assert(length > 2_000 && length <= 10_240, `${length}`);
  });

  it("lets the trail's control read the organization in the management account alone", () => {
    const reads = (account: string) =>
      JSON.stringify(roleOf(account, "cloudtrail-trail-logging", { defaultMode: "enforce" })).includes(
        "organizations:DescribeOrganization",
      );

    assert.deepEqual([reads("111111111111"), reads(PAYMENTS), reads("222222222222")], [true, false, false]);
  });

  it("has the policies that its controls attach, in every mode but off", () => {
    const names = (mode: string) =>
      sideOf(PAYMENTS, { controls: { "iam-user-mfa-required": { mode } } }).managedPolicies.map(
        ({ name }) => name,
      );

    assert.deepEqual(["enforce", "notify", "off"].map(names), [
      ["bailiwick-mfa-required"],
      ["bailiwick-mfa-required"],
      [],
    ]);
  });

  it("describes the role of a control that never remediates by what it does", () => {
    const description = roleOf(PAYMENTS, "ssm-parameter-change-reported")?.description;

    assert.match(description ?? "", /^Lets Bailiwick check: /);
  });

  it("forwards from each governed region to the hub, with a dead-letter queue there", () => {
    const { role, regions } = sideOf(PAYMENTS, { regions: ["eu-central-1"] }).forwarding;

    assert.deepEqual(
      regions.map(({ region }) => region),
      ["eu-west-1", "eu-central-1", "us-east-1"],
    );
    for (const { region, deadLetterQueue, rules } of regions) {
      assert.equal(deadLetterQueue.arn, `arn:aws:sqs:${region}:${PAYMENTS}:${deadLetterQueue.name}`);
      assert.deepEqual(deadLetterQueue.policy.Statement[0]?.Condition, {
        ArnEquals: {
          "aws:SourceArn": rules.map(({ name }) => `arn:aws:events:${region}:${PAYMENTS}:rule/${name}`),
        },
      });
      for (const { name, target } of rules)
        assert.deepEqual(target, {
          id: "hub",
          arn: "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick",
          roleArn: `arn:aws:iam::${PAYMENTS}:role/${name === "bailiwick-guard" ? "bailiwick-guard-forwarding" : role.name}`,
          deadLetterQueueArn: deadLetterQueue.arn,
          maximumEventAgeSeconds: 86_400,
          maximumRetryAttempts: 185,
        });
    }
  });

  it("forwards read-only events by rules of their own", () => {
    const controls = { "secretsmanager-secret-read-reported": { mode: "off" } };
    const byState = (state: string, changes?: object) =>
      rulesOf(changes).filter((rule) => rule.state === state);
    const matches = (rules: { eventPattern: string }[]) =>
      rules.some(({ eventPattern }) => eventPattern.includes("GetSecretValue"));

    assert(matches(byState(WITH_READS)));
    assert(!matches(byState("ENABLED")));
    assert.deepEqual(
      byState(WITH_READS).map(({ key, name }) => [key, name]),
      [["reads-1", "bailiwick-forwarding-reads-1"]],
    );
    assert.deepEqual(byState(WITH_READS, { controls }), []);
  });

  it("forwards changes of exempting tags only if somebody's tags exempt", () => {
    const forwardsTagging = (changes?: object) =>
      rulesOf(changes).some(({ eventPattern }) => eventPattern.includes("PutBucketTagging"));

    assert.equal(forwardsTagging(), false);
    assert.equal(forwardsTagging({ exemptionTaggers: [TAGGER] }), true);
  });

  it("forwards the same events from an account where a control is off, whose mode may change any time", () => {
    const controls = { "s3-bucket-policy-not-public": { accounts: { [PAYMENTS]: "off" } } };

    assert.deepEqual(rulesOf({ controls }), rulesOf());
  });

  it("keeps every rule's pattern within EventBridge's 2,048 characters", () => {
    const rules = rulesOf({ exemptionTaggers: [TAGGER] });

    assert(rules.length > 1);
    for (const { eventPattern } of rules) assert(eventPattern.length <= 2048);
  });

  it("uses the names of the partition", () => {
    const text = JSON.stringify(sideOf(PAYMENTS, { homeRegion: "cn-north-1", regions: [] }));

    assert.match(text, /"arn:aws-cn:iam::444444444444:role\/bailiwick-forwarding"/);
    assert.doesNotMatch(text, /arn:aws:/);
  });

  it("is plain data, made without Pulumi", function () {
    this.timeout(30_000);
    const side = sideOf(PAYMENTS);
    const script =
      'require("ts-node/register/transpile-only"); require("./components/member-side");' +
      'console.log(Object.keys(require.cache).some((file) => file.includes("@pulumi")));';

    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
      cwd: path.join(__dirname, ".."),
      encoding: "utf8",
    });

    assert.deepEqual(JSON.parse(JSON.stringify(side)), side);
    assert.equal(stdout.trim(), "false", stderr);
  });
});
