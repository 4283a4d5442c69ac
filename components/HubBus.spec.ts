import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { registrations } from "../tests/support/registrations";
import { HubBus } from "./HubBus";

const make = (protectEvidence?: boolean) =>
  registrations(
    () =>
      new HubBus("hub", {
        partition: "aws",
        organizationId: "o-a1b2c3d4e5",
        securityAccountId: "222222222222",
        region: "eu-west-1",
        deployers: ["arn:aws:iam::*:role/Deployment"],
        archiveRetentionDays: 30,
        logRetentionDays: 90,
        protectEvidence,
        provider: new aws.Provider("security", { region: "eu-west-1" }),
      }),
  );

describe("HubBus", () => {
  it("accepts events only from the forwarding roles of the organization, and rules only from those that deploy or restore them", async () => {
    const { inputs } = (await make()).one("aws:cloudwatch/eventBusPolicy:EventBusPolicy");

    const { Statement } = JSON.parse(inputs["policy"] as string) as { Statement: unknown[] };
    assert.deepEqual(Statement, [
      {
        Sid: "OrganizationForwards",
        Effect: "Allow",
        Principal: "*",
        Action: "events:PutEvents",
        Resource: "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick",
        Condition: {
          StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
          ArnLike: {
            "aws:PrincipalArn": [
              "arn:aws:iam::*:role/bailiwick-forwarding",
              "arn:aws:iam::*:role/bailiwick-guard-forwarding",
            ],
          },
        },
      },
      {
        Sid: "RulesAreMade",
        Effect: "Allow",
        Principal: "*",
        Action: "events:PutEvents",
        Resource: "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick",
        Condition: {
          StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
          ArnLike: {
            "aws:PrincipalArn": [
              "arn:aws:iam::*:role/Deployment",
              "arn:aws:iam::*:role/bailiwick-events-forwarding-intact",
            ],
          },
        },
      },
    ]);
  });

  it("logs what it can't deliver, without the events themselves, and lets the log's delivery write", async () => {
    const made = await make();

    const bus = made.one("aws:cloudwatch/eventBus:EventBus");
    assert.deepEqual(bus.inputs["logConfig"], { level: "ERROR", includeDetail: "NONE" });
    const group = made.one("aws:cloudwatch/logGroup:LogGroup").inputs;
    assert.deepEqual(
      [group["name"], group["retentionInDays"]],
      ["/aws/vendedlogs/events/event-bus/bailiwick", 90],
    );
    const source = made.one("aws:cloudwatch/logDeliverySource:LogDeliverySource").inputs;
    assert.deepEqual(
      [source["logType"], source["resourceArn"]],
      ["ERROR_LOGS", `arn:mock:${bus.type}:${bus.name}`],
    );
    const { dependencies } = made.one("aws:cloudwatch/logDelivery:LogDelivery");
    assert(dependencies.some((urn) => urn.includes("LogResourcePolicy")));
    const { Statement } = JSON.parse(
      made.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy").inputs["policyDocument"] as string,
    ) as { Statement: unknown[] };
    assert.deepEqual(Statement, [
      {
        Sid: "DeliveryWrites",
        Effect: "Allow",
        Principal: { Service: "delivery.logs.amazonaws.com" },
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource:
          "arn:aws:logs:eu-west-1:222222222222:log-group:/aws/vendedlogs/events/event-bus/bailiwick:log-stream:*",
        Condition: {
          StringEquals: { "aws:SourceAccount": "222222222222" },
          ArnLike: { "aws:SourceArn": "arn:aws:logs:eu-west-1:222222222222:*" },
        },
      },
    ]);
  });

  it("archives the accounts' events for replays, protected by default", async () => {
    const archive = (await make()).one("aws:cloudwatch/eventArchive:EventArchive");
    const open = (await make(false)).one("aws:cloudwatch/eventArchive:EventArchive");

    assert.equal(archive.inputs["retentionDays"], 30);
    // The functions' own events would notify people again.
    assert.deepEqual(JSON.parse(archive.inputs["eventPattern"] as string), {
      source: [{ "anything-but": { prefix: "bailiwick" } }],
    });
    assert.equal(archive.protect, true);
    assert.equal(open.protect, false);
  });
});
