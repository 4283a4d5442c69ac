import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { registrations } from "../tests/support/registrations";
import { EventForwarding } from "./EventForwarding";
import { forwarding, type ForwardingArgs } from "./member-side";

const hubBusArn = "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick";
const forward = (preview = false, changes: Partial<ForwardingArgs> = {}) =>
  registrations(
    () =>
      new EventForwarding("payments-forwarding", {
        forwarding: forwarding({
          partition: "aws",
          accountId: "444444444444",
          regions: ["eu-west-1", "us-east-1"],
          patterns: ['{"source":["aws.s3"]}', '{"source":["aws.ec2"]}'],
          hubBusArn,
          ...changes,
        }),
        provider: new aws.Provider("payments", { region: "eu-west-1" }),
      }),
    { preview },
  );
const parsed = (text: unknown) => JSON.parse(text as string) as { Statement: Record<string, unknown>[] };

describe("EventForwarding", () => {
  it("has a rule for every pattern in every region, straight to the hub bus", async () => {
    const made = await forward();

    const rules = made.of("aws:cloudwatch/eventRule:EventRule");
    assert.deepEqual(
      rules.map(({ inputs }) => [inputs["region"], inputs["name"], inputs["eventPattern"]]),
      [
        ["eu-west-1", "bailiwick-forwarding-1", '{"source":["aws.s3"]}'],
        ["eu-west-1", "bailiwick-forwarding-2", '{"source":["aws.ec2"]}'],
        ["us-east-1", "bailiwick-forwarding-1", '{"source":["aws.s3"]}'],
        ["us-east-1", "bailiwick-forwarding-2", '{"source":["aws.ec2"]}'],
      ],
    );
    const targets = made.of("aws:cloudwatch/eventTarget:EventTarget");
    assert.equal(targets.length, 4);
    assert(targets.every(({ inputs }) => inputs["arn"] === hubBusArn));
  });

  it("lets only the rules of such patterns receive read-only events", async () => {
    const made = await forward(false, {
      regions: ["eu-west-1"],
      patterns: ['{"source":["aws.s3"]}'],
      readPatterns: ['{"source":["aws.secretsmanager"]}'],
    });

    const rules = made.of("aws:cloudwatch/eventRule:EventRule");
    assert.deepEqual(
      rules.map(({ inputs }) => [inputs["name"], inputs["eventPattern"], inputs["state"]]),
      [
        ["bailiwick-forwarding-1", '{"source":["aws.s3"]}', "ENABLED"],
        [
          "bailiwick-forwarding-reads-1",
          '{"source":["aws.secretsmanager"]}',
          "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        ],
      ],
    );
    assert.match(made.one("aws:iam/role:Role").inputs["assumeRolePolicy"] as string, /forwarding-reads-1/);
    assert.match(
      made.one("aws:sqs/queuePolicy:QueuePolicy").inputs["policy"] as string,
      /forwarding-reads-1/,
    );
  });

  it("trusts EventBridge only on behalf of these rules of this account", async () => {
    const role = (await forward()).one("aws:iam/role:Role");

    assert.deepEqual(parsed(role.inputs["assumeRolePolicy"]).Statement, [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "events.amazonaws.com" },
        Condition: {
          StringEquals: { "aws:SourceAccount": "444444444444" },
          ArnLike: {
            "aws:SourceArn": [
              "arn:aws:events:*:444444444444:rule/bailiwick-forwarding-1",
              "arn:aws:events:*:444444444444:rule/bailiwick-forwarding-2",
            ],
          },
        },
      },
    ]);
  });

  it("stays within IAM's limits, however many regions there are", async () => {
    const made = await forward(false, {
      regions: Array.from({ length: 34 }, (_, index) => `ap-southeast-${index + 1}`),
      readPatterns: ['{"source":["aws.secretsmanager"]}'],
    });

    assert((made.one("aws:iam/role:Role").inputs["assumeRolePolicy"] as string).length <= 2048);
  });

  it("lets the role put events on the hub bus and do nothing else", async () => {
    const policy = (await forward()).one("aws:iam/rolePolicy:RolePolicy");

    assert.deepEqual(parsed(policy.inputs["policy"]).Statement, [
      { Effect: "Allow", Action: "events:PutEvents", Resource: hubBusArn },
    ]);
  });

  it("keeps undeliverable events in an encrypted queue of the rule's own region, to which its rules may send", async () => {
    const made = await forward();

    const queues = made.of("aws:sqs/queue:Queue");
    assert.deepEqual(
      queues.map(({ inputs }) => [
        inputs["region"],
        inputs["sqsManagedSseEnabled"],
        inputs["messageRetentionSeconds"],
      ]),
      [
        ["eu-west-1", true, 1_209_600],
        ["us-east-1", true, 1_209_600],
      ],
    );
    const policy = made.one("aws:sqs/queuePolicy:QueuePolicy", "us-east-1-dlq-policy");
    assert.deepEqual(parsed(policy.inputs["policy"]).Statement[0]?.["Condition"], {
      ArnEquals: {
        "aws:SourceArn": [
          "arn:aws:events:us-east-1:444444444444:rule/bailiwick-forwarding-1",
          "arn:aws:events:us-east-1:444444444444:rule/bailiwick-forwarding-2",
        ],
      },
    });
  });

  it("knows every policy and pattern at preview, before anything exists", async () => {
    const made = await forward(true);

    const texts = [
      ...made.of("aws:iam/role:Role").map(({ inputs }) => inputs["assumeRolePolicy"]),
      ...made.of("aws:iam/rolePolicy:RolePolicy").map(({ inputs }) => inputs["policy"]),
      ...made.of("aws:sqs/queuePolicy:QueuePolicy").map(({ inputs }) => inputs["policy"]),
      ...made.of("aws:cloudwatch/eventRule:EventRule").map(({ inputs }) => inputs["eventPattern"]),
    ];
    assert.equal(texts.length, 8);
    for (const text of texts) assert.doesNotThrow(() => JSON.parse(text as string) as unknown);
  });
});
