import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ChannelSettings } from "../config";
import { controlById } from "../controls";
import { bundleNotifier } from "./lib/bundle";
import { registrations } from "../tests/support/registrations";
import { NotificationChannels } from "./NotificationChannels";

const WEBHOOK = "https://hooks.slack.com/services/T0/B0/veryverysecret";
const arnOf = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:222222222222:${resource}`;
const platform: ChannelSettings = {
  name: "platform",
  to: { kind: "slack", webhookUrl: WEBHOOK },
  minimumSeverity: "low",
  groupSeconds: 30,
};
const audit: ChannelSettings = {
  name: "audit",
  to: { kind: "email", addresses: ["audit@example.com", "ciso@example.com"] },
  minimumSeverity: "critical",
  groupSeconds: 300,
};

const make = (channels = [platform, audit], preview = false) =>
  registrations(
    () =>
      new NotificationChannels("notifications", {
        partition: "aws",
        securityAccountId: "222222222222",
        region: "eu-west-1",
        hubBusArn: arnOf("events", "event-bus/bailiwick"),
        channels,
        controls: [controlById("s3-bucket-policy-not-public")],
        accountNames: { "444444444444": "payments" },
        logRetentionDays: 30,
        provider: new aws.Provider("security", { region: "eu-west-1" }),
      }),
    { preview },
  );
const statements = (text: unknown) =>
  (JSON.parse(text as string) as { Statement: Record<string, unknown>[] }).Statement;

describe("NotificationChannels", () => {
  it("gives each channel a rule, a queue and a dead-letter queue of its own", async () => {
    const made = await make();

    for (const name of ["platform", "audit"]) {
      const { inputs } = made.one("aws:cloudwatch/eventTarget:EventTarget", `${name}-target`);
      assert.equal(inputs["rule"], `bailiwick-channel-${name}`);
      const queue = made.one("aws:sqs/queue:Queue", `${name}-queue`);
      assert.equal(inputs["arn"], `arn:mock:${queue.type}:${queue.name}`);
      assert.equal(queue.inputs["name"], `bailiwick-channel-${name}`);
    }
    assert.equal(made.of("aws:lambda/function:Function").length, 1);
  });

  it("collects for the channel's time, and hides a message for that and six times the function's timeout", async () => {
    const made = await make([audit]);

    const source = made.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs;
    assert.equal(source["maximumBatchingWindowInSeconds"], 300);
    const timeout = made.one("aws:lambda/function:Function").inputs["timeout"] as number;
    assert.equal(
      made.one("aws:sqs/queue:Queue", "-queue").inputs["visibilityTimeoutSeconds"],
      6 * timeout + 300,
    );
  });

  it("sends Slack's messages to the webhook, one per second, retries for a day, and then uses the dead-letter queue", async () => {
    const made = await make([platform]);

    const destination = made.one("aws:cloudwatch/eventApiDestination:EventApiDestination").inputs;
    assert.equal(destination["invocationRateLimitPerSecond"], 1);
    assert.equal(destination["httpMethod"], "POST");
    const target = made.one("aws:cloudwatch/eventTarget:EventTarget", "-send-target").inputs;
    assert.equal(target["inputPath"], "$.detail.payload");
    assert.deepEqual(target["retryPolicy"], { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 });
    const queue = made.one("aws:sqs/queue:Queue", "-dlq");
    assert.deepEqual(target["deadLetterConfig"], { arn: `arn:mock:${queue.type}:${queue.name}` });
  });

  it("lets only the channel's own rules fill its queues", async () => {
    const made = await make([platform]);

    const policyOf = (end: string) =>
      statements(made.one("aws:sqs/queuePolicy:QueuePolicy", end).inputs["policy"]);
    const rule = arnOf("events", "rule/bailiwick/bailiwick-channel-platform");
    const alarms = ["rule/bailiwick/bailiwick-alarms-platform", "rule/bailiwick-alarms-platform"].map(
      (each) => arnOf("events", each),
    );
    assert.deepEqual(policyOf("-queue-policy")[0]?.["Condition"], {
      ArnEquals: { "aws:SourceArn": [rule, ...alarms] },
    });
    assert.deepEqual(policyOf("-dlq-policy")[0]?.["Condition"], {
      ArnEquals: { "aws:SourceArn": [rule, ...alarms, `${rule}-send`] },
    });
  });

  it("takes the hub's alarms from the default bus, and those of the accounts from the hub bus", async () => {
    const made = await make([platform, { ...audit, controls: ["s3-bucket-policy-not-public"] }]);

    const rules = made
      .of("aws:cloudwatch/eventRule:EventRule")
      .filter(({ name }) => name.endsWith("-alarms-rule"))
      .map(({ inputs }) => [inputs["name"], inputs["eventBusName"]]);
    assert.deepEqual(rules, [
      ["bailiwick-alarms-platform", "bailiwick"],
      ["bailiwick-alarms-platform", "default"],
    ]);
  });

  it("has the webhook's URL only in the destination", async () => {
    const made = await make();

    const holders = made.filter(({ inputs }) => JSON.stringify(inputs).includes("veryverysecret"));
    assert.deepEqual(
      holders.map(({ type }) => type),
      ["bailiwick:components:SlackDestination", "aws:cloudwatch/eventApiDestination:EventApiDestination"],
    );
  });

  it("deploys channels, names and titles in a file beside the notifier's code", async () => {
    const made = await make();

    const { inputs } = made.one("aws:lambda/function:Function");
    assert.equal(inputs["environment"], undefined);
    const assets = (await (inputs["code"] as pulumi.asset.AssetArchive).assets) as Record<
      string,
      pulumi.asset.StringAsset
    >;
    const settings = JSON.parse((await assets["settings.json"]?.text) ?? "") as Record<string, object>;
    assert.deepEqual(settings["channels"], {
      [arnOf("sqs", "bailiwick-channel-platform")]: { kind: "slack", name: "platform" },
      [arnOf("sqs", "bailiwick-channel-audit")]: {
        kind: "email",
        name: "audit",
        topicArn: arnOf("sns", "bailiwick-channel-audit"),
      },
    });
    assert.deepEqual(settings["accounts"], { "444444444444": "payments" });
    assert.deepEqual(Object.keys(settings["controls"] ?? {}), ["s3-bucket-policy-not-public"]);
  });

  it("deploys the notifier's code as a file, at a path that is the same on every machine", async () => {
    const { inputs } = (await make()).one("aws:lambda/function:Function");

    const assets = await (inputs["code"] as pulumi.asset.AssetArchive).assets;
    const code = assets["index.mjs"] as Partial<pulumi.asset.StringAsset & pulumi.asset.FileAsset>;
    assert.equal(code.text, undefined);
    const path = (await code.path) ?? "";
    assert(!isAbsolute(path), path);
    assert(readFileSync(path, "utf8") === (await bundleNotifier()), `${path} holds something else`);
  });

  it("sends e-mails to each address by a topic to which only the notifier may publish", async () => {
    const made = await make([audit]);

    const { inputs } = made.one("aws:sns/topicPolicy:TopicPolicy");
    assert.deepEqual(statements(inputs["policy"]), [
      {
        Sid: "NotifierPublishes",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::222222222222:role/bailiwick-notifier-fn" },
        Action: "sns:Publish",
        Resource: arnOf("sns", "bailiwick-channel-audit"),
      },
    ]);
    assert.equal(made.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"], "alias/aws/sns");
    assert.deepEqual(
      made
        .of("aws:sns/topicSubscription:TopicSubscription")
        .map(({ inputs: topic }) => [topic["protocol"], topic["endpoint"]]),
      [
        ["email", "audit@example.com"],
        ["email", "ciso@example.com"],
      ],
    );
    assert.equal(made.of("aws:cloudwatch/eventApiDestination:EventApiDestination").length, 0);
  });

  it("lets the notifier read its queues, pass on messages and publish to its topics, and do nothing else", async () => {
    const { inputs } = (await make()).one("aws:iam/rolePolicy:RolePolicy", "notifications-role-policy");

    assert.deepEqual(
      statements(inputs["policy"]).map(({ Sid, Resource }) => [Sid, Resource]),
      [
        ["Log", arnOf("logs", "log-group:/aws/lambda/bailiwick-notifier:log-stream:*")],
        ["ReadQueues", ["platform", "audit"].map((name) => arnOf("sqs", `bailiwick-channel-${name}`))],
        ["HandOver", arnOf("events", "event-bus/bailiwick")],
        ["Mail", [arnOf("sns", "bailiwick-channel-audit")]],
      ],
    );
  });

  it("lets only the channels' own rules use the role that calls destinations", async () => {
    const made = await make();

    const trust = statements(made.one("aws:iam/role:Role", "-slack-role").inputs["assumeRolePolicy"]);
    assert.deepEqual(trust[0]?.["Condition"], {
      StringEquals: { "aws:SourceAccount": "222222222222" },
      ArnLike: { "aws:SourceArn": arnOf("events", "rule/bailiwick/bailiwick-channel-*-send") },
    });
  });

  it("knows patterns and policies at preview", async () => {
    const made = await make([platform, audit], true);

    for (const { inputs } of made.of("aws:iam/rolePolicy:RolePolicy"))
      assert.doesNotThrow(() => statements(inputs["policy"]));
    for (const { inputs } of made.of("aws:cloudwatch/eventRule:EventRule"))
      assert.doesNotThrow(() => JSON.parse(inputs["eventPattern"] as string) as unknown);
  });
});
