import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { RemediationSettings } from "../config";
import { controlDigits } from "../contract/ledger-keys";
import { controlById } from "../controls";
import { bundleControl } from "./lib/bundle";
import { registrations } from "../tests/support/registrations";
import { ControlPipeline, type ControlPipelineArgs } from "./ControlPipeline";

const id = "s3-bucket-policy-not-public";
const queueArn = `arn:aws:sqs:eu-west-1:222222222222:bailiwick-${id}`;
const ruleArn = `arn:aws:events:eu-west-1:222222222222:rule/bailiwick/bailiwick-${id}`;
const hubBusArn = "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick";
const accountModes = { "444444444444": "notify" } as const;

const ledgerTableArn = "arn:aws:dynamodb:eu-west-1:222222222222:table/bailiwick-ledger";
const remediation: RemediationSettings = {
  ledgerRetentionDays: 400,
  breaker: { resourceActions: 3, accountActions: 100, windowMinutes: 10, closeAfterMinutes: 60 },
  exemptions: [],
  exemptionTaggers: [],
};

const make = (
  preview = false,
  changes: Partial<RemediationSettings> = {},
  network?: ControlPipelineArgs["network"],
) =>
  registrations(
    () =>
      new ControlPipeline(id, {
        partition: "aws",
        organizationId: "o-a1b2c3d4e5",
        securityAccountId: "222222222222",
        region: "eu-west-1",
        hubBusArn,
        ledgerTableArn,
        remediation: { ...remediation, ...changes },
        organizationAccounts: ["111111111111", "222222222222", "333333333333"],
        organizationTrail: { arn: "arn:aws:cloudtrail:::trail/t", bucket: "logs", insights: [] },
        governedAccounts: ["111111111111", "222222222222"],
        settings: { control: controlById(id), mode: "enforce", accountModes, parameters: {} },
        ...(network ? { network } : {}),
        logRetentionDays: 30,
        provider: new aws.Provider("security", { region: "eu-west-1" }),
      }),
    { preview },
  );
const statements = (text: unknown) =>
  (JSON.parse(text as string) as { Statement: Record<string, unknown>[] }).Statement;

/** The condition that a call of the ledger names only the control's items of these kinds, and names some. */
const ownItems = (prefixes: string[]) => ({
  "ForAllValues:StringLike": {
    "dynamodb:LeadingKeys": prefixes.map((prefix) => `${prefix}${controlDigits(id)}*`),
  },
  Null: { "dynamodb:LeadingKeys": "false" },
});

describe("ControlPipeline", () => {
  it("sends the hub's matching events to the control's queue", async () => {
    const made = await make();

    const rule = made.one("aws:cloudwatch/eventRule:EventRule").inputs;
    assert.equal(rule["eventBusName"], "bailiwick");
    assert.deepEqual(JSON.parse(rule["eventPattern"] as string), controlById(id).pattern);
    const queue = made.one("aws:sqs/queue:Queue", "-queue");
    assert.equal(
      made.one("aws:cloudwatch/eventTarget:EventTarget").inputs["arn"],
      `arn:mock:${queue.type}:${queue.name}`,
    );
  });

  it("lets only this rule fill the queue and its dead-letter queue", async () => {
    const made = await make();

    for (const [end, resource] of [
      ["-queue-policy", queueArn],
      ["-dlq-policy", `${queueArn}-dlq`],
    ] as const) {
      const [statement, ...others] = statements(
        made.one("aws:sqs/queuePolicy:QueuePolicy", end).inputs["policy"],
      );
      assert.deepEqual(others, []);
      assert.deepEqual(statement?.["Principal"], { Service: "events.amazonaws.com" });
      assert.equal(statement["Resource"], resource);
      assert.deepEqual(statement["Condition"], { ArnEquals: { "aws:SourceArn": [ruleArn] } });
    }
  });

  it("hides a message for six times the function's timeout, and delivers it up to five times before the dead-letter queue", async () => {
    const made = await make();

    const queue = made.one("aws:sqs/queue:Queue", "-queue").inputs;
    const timeout = made.one("aws:lambda/function:Function").inputs["timeout"] as number;
    assert.equal(queue["visibilityTimeoutSeconds"], 6 * timeout);
    const redrive = JSON.parse(queue["redrivePolicy"] as string) as { maxReceiveCount: number };
    assert.equal(redrive.maxReceiveCount, 5);
    const source = made.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs;
    assert.deepEqual(source["functionResponseTypes"], ["ReportBatchItemFailures"]);
  });

  it("lets the function log, read its queue, look again, assume its own role in the organization's accounts, keep the ledger, and report", async () => {
    const { inputs } = (await make()).one("aws:iam/rolePolicy:RolePolicy", `${id}-role-policy`);

    assert.deepEqual(
      statements(inputs["policy"]).map(({ Sid, Resource, Condition }) => [Sid, Resource, Condition]),
      [
        [
          "Log",
          `arn:aws:logs:eu-west-1:222222222222:log-group:/aws/lambda/bailiwick-${id}:log-stream:*`,
          undefined,
        ],
        ["ReadQueue", queueArn, undefined],
        ["LookAgain", [queueArn, `${queueArn}-dlq`], undefined],
        [
          "LookAgainLater",
          `arn:aws:scheduler:eu-west-1:222222222222:schedule/bailiwick/${controlDigits(id)}*`,
          undefined,
        ],
        [
          "LetSchedulesSend",
          `arn:aws:iam::222222222222:role/bailiwick-${id}-looks`,
          { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
        ],
        [
          "EnterMembers",
          `arn:aws:iam::*:role/bailiwick-${id}`,
          { StringEquals: { "aws:ResourceOrgID": "o-a1b2c3d4e5" } },
        ],
        ["ReadLedger", ledgerTableArn, ownItems(["", "r-", "x-", "t-", "m-", "a-", "c-"])],
        // No exemption, which would keep the control from acting.
        ["KeepLedger", ledgerTableArn, ownItems(["", "r-", "t-", "m-", "a-", "c-"])],
        ["Report", hubBusArn, undefined],
      ],
    );
  });

  it("lets schedules of its own group put looks on its queue, and do nothing else", async () => {
    const made = await make();

    const [send, ...others] = statements(
      made.one("aws:iam/rolePolicy:RolePolicy", "-looks-role-policy").inputs["policy"],
    );
    assert.deepEqual([send?.["Action"], send?.["Resource"], others], ["sqs:SendMessage", queueArn, []]);
    const [trust] = statements(made.one("aws:iam/role:Role", "-looks-role").inputs["assumeRolePolicy"]);
    assert.deepEqual(trust?.["Principal"], { Service: "scheduler.amazonaws.com" });
    assert.deepEqual(trust["Condition"], {
      StringEquals: {
        "aws:SourceAccount": "222222222222",
        "aws:SourceArn": "arn:aws:scheduler:eu-west-1:222222222222:schedule-group/bailiwick",
      },
    });
  });

  /** The files of the function's archive. */
  const filesOf = async (made: Awaited<ReturnType<typeof make>>) => {
    const { inputs } = made.one("aws:lambda/function:Function");
    const assets = await (inputs["code"] as pulumi.asset.AssetArchive).assets;
    return assets as Record<string, Partial<pulumi.asset.StringAsset & pulumi.asset.FileAsset>>;
  };
  const settingsOf = async (made: Awaited<ReturnType<typeof make>>) =>
    JSON.parse((await (await filesOf(made))["settings.json"]?.text) ?? "") as Record<string, unknown>;

  it("runs the function in a network, where it calls services by the names that have endpoints", async () => {
    const made = await make(false, {}, { subnetIds: ["subnet-a"], securityGroupIds: ["sg-a"] });

    const { inputs } = made.one("aws:lambda/function:Function");
    assert.deepEqual(inputs["vpcConfig"], { subnetIds: ["subnet-a"], securityGroupIds: ["sg-a"] });
    assert.deepEqual(inputs["environment"], { variables: { AWS_ACCOUNT_ID_ENDPOINT_MODE: "disabled" } });
  });

  it("deploys modes, parameters, names and limits beside the function's code, and nothing in its environment", async () => {
    const made = await make();

    assert.equal(made.one("aws:lambda/function:Function").inputs["environment"], undefined);
    assert.deepEqual(await settingsOf(made), {
      mode: "enforce",
      accountModes,
      parameters: {},
      partition: "aws",
      busName: "bailiwick",
      roleName: `bailiwick-${id}`,
      queueUrl: `https://sqs.eu-west-1.amazonaws.com/222222222222/bailiwick-${id}`,
      deadLetterQueueUrl: `https://sqs.eu-west-1.amazonaws.com/222222222222/bailiwick-${id}-dlq`,
      looks: {
        queueArn,
        roleArn: `arn:aws:iam::222222222222:role/bailiwick-${id}-looks`,
        scheduleGroup: "bailiwick",
      },
      organization: {
        id: "o-a1b2c3d4e5",
        accounts: ["111111111111", "222222222222", "333333333333"],
      },
      governedAccounts: ["111111111111", "222222222222"],
      ledger: { table: "bailiwick-ledger", retentionDays: 400 },
      breaker: remediation.breaker,
      exemptions: [],
      taggers: [],
    });
  });

  it("deploys only the exemptions of the function's own control", async () => {
    const exemption = (control: string) => ({
      control,
      resource: "arn:aws:s3:::acme-website",
      owner: "web",
      reason: "Public website",
      expires: "2027-01-31",
    });

    const made = await make(false, {
      exemptions: [exemption(id), exemption("cloudtrail-trail-logging")],
    });

    assert.deepEqual((await settingsOf(made))["exemptions"], [exemption(id)]);
  });

  it("receives tagging events only if somebody's tags exempt", async () => {
    const taggers = ["arn:aws:iam::222222222222:role/exemptions"];

    const made = await make(false, { exemptionTaggers: taggers });

    assert.equal((await make()).of("aws:cloudwatch/eventRule:EventRule").length, 1);
    const rule = made.one("aws:cloudwatch/eventRule:EventRule", "-tags-rule").inputs;
    assert.equal(rule["name"], `bailiwick-${id}-tags`);
    assert.match(rule["eventPattern"] as string, /PutBucketTagging/);
    const [statement] = statements(
      made.one("aws:sqs/queuePolicy:QueuePolicy", "-queue-policy").inputs["policy"],
    );
    assert.deepEqual(statement?.["Condition"], {
      ArnEquals: { "aws:SourceArn": [ruleArn, `${ruleArn}-tags`] },
    });
    assert.deepEqual((await settingsOf(made))["taggers"], taggers);
  });

  it("deploys the function's code as a file, the same each time, without a path of this machine", async () => {
    const assetOf = async () => (await filesOf(await make()))["index.mjs"];
    const pathOf = async () => (await (await assetOf())?.path) ?? "";

    const path = await pathOf();

    assert.equal((await assetOf())?.text, undefined);
    const code = readFileSync(path, "utf8");
    assert(code.length > 10_000);
    assert(code === (await bundleControl(id)), `${path} holds something else`);
    assert.equal(await pathOf(), path);
    assert(!code.includes(process.cwd()));
    assert(!isAbsolute(path), path);
  });

  it("knows pattern, policies and settings at preview", async () => {
    const made = await make(true);

    assert.doesNotThrow(() =>
      statements(made.one("aws:iam/rolePolicy:RolePolicy", `${id}-role-policy`).inputs["policy"]),
    );
    assert.doesNotThrow(() =>
      statements(made.one("aws:sqs/queuePolicy:QueuePolicy", "-queue-policy").inputs["policy"]),
    );
    assert.equal(typeof made.one("aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"], "string");
  });
});
