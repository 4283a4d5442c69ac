import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { controls } from "../controls";
import { reports } from "../controls/lib/testing";
import { bundleControl, bundleUndo } from "../components/lib/bundle";
import { policies } from "../policies/policies";
import { readStack } from "../rehearsal/stack";
import { registrations, type Registrations } from "./support/registrations";

const configurationOf = (stack: string, changes: Record<string, unknown> = {}) =>
  readStack(stack, changes).configuration;

/** index.ts runs when it is loaded, so it is loaded anew for each run. */
function run(config: Record<string, string>, preview = false): Promise<Registrations> {
  const program = require.resolve("..");
  return registrations(
    () => {
      delete require.cache[program];
      module.require(program);
    },
    { config, preview },
  );
}

/** The registrations of the dev stack; one run serves all tests that only read it. */
let devRun: Promise<Registrations> | undefined;
const dev = () => (devRun ??= run(configurationOf("dev")));

let devPreviewRun: Promise<Registrations> | undefined;
const devPreview = () => (devPreviewRun ??= run(configurationOf("dev"), true));

const FORWARDING = "bailiwick:components:EventForwarding";

/** The function of the control that judges trails knows the trail's key, and so its settings, only once it is deployed. */
function withKnownCode<F extends { name: string; inputs: Record<string, unknown> }>(functions: F[]): F[] {
  const isKnown = ({ inputs }: F) =>
    (inputs["code"] as Partial<pulumi.asset.AssetArchive> | undefined)?.assets !== undefined;
  const unknown = functions.filter((each) => !isKnown(each));
  assert(unknown.every(({ name }) => name.startsWith("cloudtrail-trail-logging")));
  return functions.filter((each) => !unknown.includes(each));
}

describe("the program", () => {
  // The first run bundles every control's function.
  before(async function () {
    this.timeout(90_000);
    await dev();
  });

  it("governs the dev stack's six accounts in three regions, with one provider per account", async () => {
    const made = await dev();

    assert.equal(made.of("pulumi:providers:aws").length, 6);
    assert.equal(made.of(FORWARDING).length, 6);
    const withRole = controls.filter((control) => !("describe" in control));
    // One for each control, and one for undos.
    assert.equal(made.of("bailiwick:components:RemediationRole").length, 6 * (withRole.length + 1));
    assert.equal(made.of("bailiwick:components:ControlPipeline").length, controls.length);
    const forwarded = made
      .of("aws:cloudwatch/eventRule:EventRule")
      .filter(({ inputs }) => inputs["eventBusName"] === undefined)
      .map(({ inputs }) => inputs["region"]);
    assert.deepEqual([...new Set(forwarded)].sort(), ["eu-central-1", "eu-west-1", "us-east-1"]);
  });

  it("registers the same resources at a preview, when all outputs are unknown", async () => {
    const names = (made: Registrations) => made.map(({ type, name }) => `${type} ${name}`).sort();

    const preview = await devPreview();

    assert.deepEqual(names(preview), names(await dev()));
  });

  it("states a region for every resource but those of global services, and an explicit provider for each", async () => {
    const made = await dev();

    const resources = made.filter(({ type }) => type.startsWith("aws:"));
    assert(resources.length > 150);
    for (const { type, name, inputs, provider } of resources) {
      assert.match(provider, /pulumi:providers:aws::.*-account::/, name);
      if (!type.startsWith("aws:iam/")) assert.equal(typeof inputs["region"], "string", name);
    }
  });

  it("violates none of its own policies", async () => {
    const made = await dev();

    const violations = made.flatMap(({ type, name, inputs }) =>
      policies.flatMap((policy) =>
        reports(policy, type, inputs).map((message) => `${policy.name}: ${name}: ${message}`),
      ),
    );
    assert.deepEqual(violations, []);
    const checkedTypes = new Set(policies.flatMap(({ resourceTypes }) => resourceTypes));
    assert(made.some(({ type }) => checkedTypes.has(type)));
  });

  it("assumes the access role in every account but the one whose credentials it uses", async () => {
    const made = await dev();

    const assumed = made.of("pulumi:providers:aws").map(({ name, inputs }) => [name, inputs["assumeRoles"]]);
    const roles = Object.fromEntries(assumed) as Record<string, string | undefined>;
    assert.equal(roles["111111111111-account"], undefined);
    assert.match(
      roles["444444444444-account"] ?? "",
      /arn:aws:iam::444444444444:role\/OrganizationAccountAccessRole/,
    );
  });

  it("protects the evidence of the prod stack and starts its controls in notify", async () => {
    const made = await run(configurationOf("prod"), true);

    const protectedTypes = made.filter(({ protect }) => protect).map(({ type }) => type);
    assert.deepEqual(protectedTypes.sort(), [
      "aws:cloudtrail/trail:Trail",
      "aws:cloudwatch/eventArchive:EventArchive",
      "aws:cloudwatch/eventBus:EventBus",
      "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
      "aws:cloudwatch/logGroup:LogGroup",
      "aws:dynamodb/table:Table",
      "aws:iam/role:Role",
      "aws:iam/rolePolicy:RolePolicy",
      "aws:kms/alias:Alias",
      "aws:kms/key:Key",
      "aws:s3/bucket:Bucket",
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
      "aws:s3/bucketPolicy:BucketPolicy",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "aws:s3/bucketVersioning:BucketVersioning",
    ]);
    // A control that is switched off is deleted; what it did, and could not do, stays.
    const retained = made.filter(({ retainOnDelete }) => retainOnDelete);
    const functions = made.of("aws:lambda/function:Function").length;
    const logGroups = retained.filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
    assert.equal(logGroups.length, functions);
    const ofControls = made.of("aws:sqs/queue:Queue").filter(({ inputs }) => inputs["redriveAllowPolicy"]);
    assert(ofControls.length > 0);
    for (const { name, retainOnDelete } of ofControls) assert(retainOnDelete, name);
    for (const { inputs } of withKnownCode(made.of("aws:lambda/function:Function"))) {
      const files = (await (inputs["code"] as pulumi.asset.AssetArchive).assets) as Record<
        string,
        pulumi.asset.StringAsset
      >;
      const settings = JSON.parse((await files["settings.json"]?.text) ?? "") as {
        mode?: string;
        controls?: Record<string, { mode: string }>;
      };
      // The function of undos has the settings of all controls whose fixes can be undone.
      const modes = settings.mode === undefined ? Object.values(settings.controls ?? {}) : [settings];
      assert(modes.length > 0);
      for (const { mode } of modes) assert.equal(mode, "notify");
    }
  });

  for (const preview of [false, true])
    it(`registers each function's code as a path${preview ? ", at a preview too" : ""}`, async () => {
      const functions = (await (preview ? devPreview() : dev())).of("aws:lambda/function:Function");

      const undoable = controls.filter(({ undoPermissions }) => undoPermissions).map(({ id }) => id);
      assert.equal(functions.length, controls.length + 1);
      for (const { name, inputs } of withKnownCode(functions)) {
        const files = (await (inputs["code"] as pulumi.asset.AssetArchive).assets) as Record<
          string,
          Partial<pulumi.asset.StringAsset & pulumi.asset.FileAsset>
        >;
        assert.deepEqual(Object.keys(files).sort(), ["index.mjs", "settings.json"], name);
        assert.equal(files["index.mjs"]?.text, undefined, name);
        const path = (await files["index.mjs"]?.path) ?? "";
        assert.match(path, /^out\/functions\/[0-9a-f]{16}\.mjs$/, name);
        const control = controls.find(({ id }) => name.endsWith(`${id}-function`));
        const code = name === "undo-function" ? bundleUndo(undoable) : bundleControl(control?.id ?? name);
        assert(readFileSync(path, "utf8") === (await code), `${path} has other code than ${name}'s`);
      }
    });

  it("gives no role to controls that describe events alone, neither in the accounts nor to enter them", async () => {
    const made = await dev();

    const describing = controls.filter((control) => "describe" in control).map(({ id }) => id);
    assert(describing.length > 0);
    for (const id of describing) {
      assert(!made.of("bailiwick:components:RemediationRole").some(({ name }) => name.endsWith(id)), id);
      const { inputs } = made.one("aws:iam/rolePolicy:RolePolicy", `${id}-role-policy`);
      assert.doesNotMatch(inputs["policy"] as string, /AssumeRole/, id);
    }
  });

  it("names nothing after an account, so that renaming one only changes messages", async () => {
    const made = await dev();

    const byName = made.filter(({ name }) => /(^|-)(payments|web|sandbox|log-archive)-/.test(name));
    assert.deepEqual(byName, []);
    assert(made.some(({ name }) => name === "444444444444-forwarding"));
  });

  it("has no role where a control is off", async () => {
    const controls = {
      "s3-bucket-policy-not-public": { mode: "enforce", accounts: { "555555555555": "off" } },
      "cloudtrail-trail-logging": { mode: "off" },
    };

    const made = await run(configurationOf("dev", { "bailiwick:controls": controls }));

    const names = made.of("bailiwick:components:RemediationRole").map(({ name }) => name);
    assert(names.includes("444444444444-s3-bucket-policy-not-public"));
    assert(!names.includes("555555555555-s3-bucket-policy-not-public"));
    assert(!names.some((name) => name.endsWith("cloudtrail-trail-logging")));
    assert(
      !made.of("aws:cloudwatch/eventRule:EventRule").some(({ name }) => name.startsWith("cloudtrail-trail")),
    );
  });

  it("registers nothing when the configuration has errors, and names all of them", async () => {
    const broken = configurationOf("dev", {
      "bailiwick:homeRegion": "Ireland",
      "bailiwick:defaultMode": "on",
    });

    await assert.rejects(run(broken), (error: Error) => {
      assert.equal(error.name, "ConfigurationError");
      assert.match(error.message, /2 faults/);
      assert.match(error.message, /bailiwick:homeRegion/);
      assert.match(error.message, /bailiwick:defaultMode/);
      return true;
    });
  });

  it("watches every queue, function and rule of the hub that it deploys, and each account's forwarding", async () => {
    const slack = { slack: { webhookUrl: "https://hooks.slack.com/services/T0/B0/secret" } };
    const channels = { platform: slack, web: { ...slack, accounts: ["444444444444"] } };
    const made = await run(configurationOf("dev", { "bailiwick:channels": channels }), true);

    const alarms = made.of("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => inputs);
    const watched = (metric: string, dimension: string) =>
      alarms
        .filter(({ metricName }) => metricName === metric)
        .map(({ dimensions }) => (dimensions as Record<string, string>)[dimension])
        .sort();
    const namesOf = (type: string, only: (inputs: Record<string, unknown>) => boolean = () => true) =>
      made
        .of(type)
        .filter(({ inputs }) => only(inputs))
        .map(({ inputs }) => inputs["name"] as string)
        .sort();
    const isDeadLetters = ({ name }: Record<string, unknown>) => String(name).endsWith("-dlq");
    const queues = "aws:sqs/queue:Queue";
    const functions = namesOf("aws:lambda/function:Function");
    const rules = namesOf("aws:cloudwatch/eventRule:EventRule", (rule) => rule["eventBusName"] !== undefined);
    assert.deepEqual(
      watched("ApproximateNumberOfMessagesVisible", "QueueName"),
      namesOf(queues, isDeadLetters),
    );
    assert.deepEqual(
      watched("ApproximateAgeOfOldestMessage", "QueueName"),
      namesOf(queues, (queue) => !isDeadLetters(queue)),
    );
    for (const metric of ["Errors", "Throttles"])
      assert.deepEqual(watched(metric, "FunctionName"), functions);
    for (const metric of ["FailedInvocations", "InvocationsFailedToBeSentToDlq"])
      assert.deepEqual(watched(metric, "RuleName"), rules);
    assert.equal(
      new Set(alarms.map(({ name, region }) => `${String(region)} ${String(name)}`)).size > 100,
      true,
    );
  });

  it("has no notifier without a channel, and with one a notifier and a watch's pipeline without roles in accounts", async () => {
    const channels = { audit: { email: { addresses: ["audit@example.com"] } } };
    const watches = [{ event: "iam:CreateUser", channel: "audit" }];

    const made = await run(
      configurationOf("dev", { "bailiwick:channels": channels, "bailiwick:watches": watches }),
      true,
    );

    const notifications = "bailiwick:components:NotificationChannels";
    assert.equal((await dev()).of(notifications).length, 0);
    assert.equal(made.of(notifications).length, 1);
    const id = "watch_audit_iam-createuser";
    assert.equal(made.of("bailiwick:components:ControlPipeline").filter(({ name }) => name === id).length, 1);
    assert.equal(
      made.of("bailiwick:components:RemediationRole").filter(({ name }) => name.includes(id)).length,
      0,
    );
    const forwarded = made
      .of("aws:cloudwatch/eventRule:EventRule")
      .filter(({ inputs }) => inputs["eventBusName"] === undefined)
      .filter(({ inputs }) => String(inputs["eventPattern"]).includes("CreateUser"));
    assert(forwarded.length > 0);
  });
});
