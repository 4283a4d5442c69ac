/**
 * The whole message of every control, as it is mailed: event → function → outcome → message, with AWS's answers made up. What each is to
 * say stands in messages/<control>.txt, under the name of the control's event.
 */
import {
  CloudTrailClient,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
} from "@aws-sdk/client-cloudtrail";
import { DescribeTableCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVolumesCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetUserPolicyCommand, IAMClient, ListMFADevicesCommand } from "@aws-sdk/client-iam";
import { GetEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Context, SQSEvent } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { controlById, controls } from "../../controls";
import { isReportOnly } from "../../controls/lib/control";
import type { Outcome } from "../../controls/lib/outcome";
import { remediations } from "../../controls/remediations";
import { eventsOf, sdkError } from "../../controls/lib/testing";
import { WATCH_PREFIX, watchControl, watchId } from "../../controls/lib/watch";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { createHandler } from "../control";
import { memoryStore } from "../control/ledger/memory";
import { SETTINGS } from "../control/spec-support";
import { emailOf } from "./email";
import { messageOf, worthNotifying, type Message } from "./message";
import type { NotifierSettings } from "../../contract/notifier-settings";
import { slackPayload } from "./slack";

const CONTROLS = join(__dirname, "..", "..", "controls");
const WATCH_FILE = join(__dirname, "watch-message.txt");
/** A minute after the events. */
const NOW = Date.parse("2026-03-17T08:42:27Z");
const INSTANCE = "i-0a1b2c3d4e5f60718";

const cloudTrail = mockClient(CloudTrailClient);
const dynamoDb = mockClient(DynamoDBClient);
const ec2 = mockClient(EC2Client);
const iam = mockClient(IAMClient);
const lambda = mockClient(LambdaClient);
const s3 = mockClient(S3Client);
const ssm = mockClient(SSMClient);
const sts = mockClient(STSClient);
const bus = mockClient(EventBridgeClient);
const mocks = [cloudTrail, dynamoDb, ec2, iam, lambda, s3, ssm, sts, bus];

interface Case {
  /** How AWS answers the function. */
  aws?: () => void;
  /** As a stack may set them. */
  parameters?: object;
  /** The event comes so often, and its last message counts. */
  times?: number;
}

const watch = { event: "iam:CreateUser", channel: "platform", severity: "medium" as const };
const WATCH = watchId(watch);
const PIPELINES = { principals: ["arn:aws:iam::*:role/*-pipeline"] };

/** By control and event. Of controls that aren't here all matching events are told as they are. */
const CASES: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  [WATCH]: { "matching-create": {} },
  "cloudtrail-trail-logging": {
    "matching-stop-by-name": {
      aws: () => {
        cloudTrail
          .on(GetTrailCommand)
          .resolves({ Trail: { IsMultiRegionTrail: true, LogFileValidationEnabled: true } });
        cloudTrail.on(GetTrailStatusCommand).resolves({ IsLogging: false });
        const everything = { ReadWriteType: "All" as const, IncludeManagementEvents: true };
        cloudTrail.on(GetEventSelectorsCommand).resolves({ EventSelectors: [everything] });
      },
    },
    "matching-delete": {
      aws: () => {
        cloudTrail.on(GetTrailCommand).rejects(sdkError("TrailNotFoundException"));
      },
    },
  },
  "dynamodb-table-created-by-pipeline": {
    "matching-by-hand": { aws: () => table(0), parameters: PIPELINES },
    "matching-by-hand with items": { aws: () => table(3), parameters: PIPELINES },
  },
  "ec2-instance-owner-tagged": {
    "matching-run-by-role": {
      aws: () => {
        instances({ Tags: [{ Key: "Name", Value: "crane" }] });
        const Attachments = [{ InstanceId: INSTANCE }];
        ec2.on(DescribeVolumesCommand).resolves({ Volumes: [{ VolumeId: "vol-0a1b2c3d", Attachments }] });
        ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces: [] });
      },
    },
  },
  "ec2-instance-protected-running": {
    "matching-stopped": { aws: () => protectedInstance("stopped") },
    "matching-terminated": { aws: () => protectedInstance("terminated") },
  },
  "ec2-security-group-admin-ports-closed": {
    "matching-flat": {
      aws: () => {
        const opening = {
          IsEgress: false,
          IpProtocol: "tcp",
          FromPort: 3389,
          ToPort: 3389,
          CidrIpv4: "0.0.0.0/0",
        };
        const SecurityGroupRules = [{ ...opening, SecurityGroupRuleId: "sgr-0e9b6a41c7d2f3580" }];
        ec2.on(DescribeSecurityGroupRulesCommand).resolves({ SecurityGroupRules });
      },
    },
  },
  "iam-user-mfa-required": {
    "matching-create": {
      aws: () => {
        iam.on(ListMFADevicesCommand).resolves({ MFADevices: [] });
        iam.on(GetUserPolicyCommand).rejects(sdkError("NoSuchEntityException"));
      },
    },
  },
  "lambda-event-source-enabled": {
    "matching-disable": {
      aws: () => {
        lambda.on(GetEventSourceMappingCommand).resolves({
          State: "Disabled",
          FunctionArn: "arn:aws:lambda:eu-west-1:210987654321:function:book-order",
          EventSourceArn: "arn:aws:sqs:eu-west-1:210987654321:harbour-orders",
        });
      },
    },
    "matching-delete": {
      aws: () => {
        lambda.on(GetEventSourceMappingCommand).rejects(sdkError("ResourceNotFoundException"));
      },
    },
  },
  "s3-bucket-policy-not-public": {
    "matching-public-read": {
      aws: () => {
        const Resource = "arn:aws:s3:::harbour-brochures/*";
        const Statement = [{ Sid: "Web", Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource }];
        s3.on(GetBucketPolicyCommand).resolves({
          Policy: JSON.stringify({ Version: "2012-10-17", Statement }),
        });
      },
    },
  },
  "signin-console-login-expected": {
    "matching-root": {},
    "matching-user-without-mfa": {},
    "matching-user-with-mfa from elsewhere": { parameters: { networks: ["198.51.100.0/24"] } },
    "matching-identity-center from elsewhere": { parameters: { networks: ["198.51.100.0/24"] } },
    "matching-wrong-password for the third time": { times: 3 },
    "matching-unknown-user for the third time": { times: 3 },
  },
  "ssm-parameter-change-reported": {
    "matching-update": {
      aws: () => {
        const told = { Type: "SecureString" as const, Tier: "Standard" as const, Version: 4 };
        const LastModifiedUser = "arn:aws:sts::210987654321:assumed-role/Developer/maria.lindqvist";
        const Parameters = [{ Name: "/harbour/db/password", ...told, LastModifiedUser }];
        ssm.on(DescribeParametersCommand).resolves({ Parameters });
      },
    },
    "matching-delete": {
      aws: () => {
        ssm.on(DescribeParametersCommand).resolves({ Parameters: [] });
      },
    },
  },
};

function instances(change: object, state = "running"): void {
  const found = {
    InstanceId: INSTANCE,
    InstanceType: "t3.micro" as const,
    State: { Name: state as "running" },
  };
  ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [{ ...found, ...change }] }] });
}

function protectedInstance(state: string): void {
  const Tags = [
    { Key: "keep-running", Value: "true" },
    { Key: "Name", Value: "licence-server" },
  ];
  const StateTransitionReason = "User initiated (2026-03-17 08:41:27 GMT)";
  instances({ Tags, StateTransitionReason, LaunchTime: new Date("2026-01-09T06:00:00Z") }, state);
}

function table(Count: number): void {
  const CreationDateTime = new Date("2026-03-17T08:41:27Z");
  const Table = { TableName: "berths", TableStatus: "ACTIVE" as const, CreationDateTime };
  dynamoDb.on(DescribeTableCommand).resolves({ Table });
  dynamoDb.on(ScanCommand).resolves({ Count });
}

/** As components/NotificationChannels.ts writes them. */
const settings: NotifierSettings = {
  channels: {},
  accounts: { "210987654321": "payments" },
  controls: Object.fromEntries(
    [...controls, watchControl(watch)].map((control) => [
      control.id,
      {
        title: control.title,
        severity: control.severity,
        steps: control.remediationSteps,
        reportsOnly: isReportOnly(control),
      },
    ]),
  ),
  busName: "bailiwick",
};

/** The message of the last of so many events that are alike; undefined when there is none. */
async function messageFor(
  id: string,
  event: EventBridgeEvent,
  { parameters = {}, times = 1 }: Case,
): Promise<Message | undefined> {
  sts.on(AssumeRoleCommand).resolves({
    Credentials: {
      AccessKeyId: "ASIA",
      SecretAccessKey: "secret",
      SessionToken: "token",
      Expiration: new Date(NOW),
    },
  });
  bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
  process.env["BAILIWICK_SETTINGS"] = JSON.stringify({ ...SETTINGS, mode: "notify", parameters });
  const control = id.startsWith(WATCH_PREFIX) ? watchControl(watch) : controlById(id);
  const handler = createHandler(control, remediations.get(id), {
    sts: new STSClient({ region: "eu-west-1" }),
    eventBridge: new EventBridgeClient({ region: "eu-west-1" }),
    store: memoryStore(),
    clock: () => NOW,
    logger: { info: () => undefined, error: () => undefined },
    metrics: { addMetric: () => undefined, publishStoredMetrics: () => undefined } as never,
  });
  const Records = Array.from({ length: times }, (_, index) => ({
    messageId: `${index}`,
    body: JSON.stringify({
      ...event,
      id: `event-${index}`,
      detail: { ...event.detail, eventID: `record-${index}` },
    }),
    attributes: { ApproximateReceiveCount: "1" },
    eventSource: "aws:sqs",
  }));
  const realNow = Date.now;
  Date.now = () => NOW;
  try {
    await handler({ Records } as unknown as SQSEvent, { getRemainingTimeInMillis: () => 120_000 } as Context);
  } finally {
    Date.now = realNow;
  }
  const outcomes = bus
    .commandCalls(PutEventsCommand)
    .map(({ args }) => JSON.parse(args[0].input.Entries?.[0]?.Detail ?? "") as Outcome);
  const outcome = outcomes.filter(worthNotifying).at(-1);
  return outcome && messageOf([outcome], settings);
}

/** The expected mails of a control, subject first, by the name of the event. */
function expected(id: string): Map<string, string> {
  const sections = readFileSync(id === WATCH ? WATCH_FILE : join(CONTROLS, id, "message.txt"), "utf8")
    .split(/^=== (.+)\n/m)
    .slice(1);
  const texts = new Map<string, string>();
  for (let index = 0; index < sections.length; index += 2)
    texts.set(sections[index] ?? "", (sections[index + 1] ?? "").trimEnd());
  return texts;
}

/** Everything a message says, apart from its layout. */
function saying({ items, headline, steps, exempt }: Message): string[] {
  const texts = items.flatMap((item) => [
    ...item.findings,
    ...item.remedies,
    ...item.remaining,
    ...Object.entries(item.facts).flat(),
    ...[item.account?.name, item.account?.id, item.region, item.resource?.id, item.resource?.url],
    ...[item.who, item.from, item.eventName, item.time],
  ]);
  return [headline, ...texts, steps, exempt].filter((text) => text !== undefined);
}

describe("the whole message of", () => {
  beforeEach(() => mocks.forEach((mock) => mock.reset()));
  after(() => {
    mocks.forEach((mock) => mock.restore());
    delete process.env["BAILIWICK_SETTINGS"];
  });

  for (const id of [...controls.map((control) => control.id), WATCH]) {
    describe(id, () => {
      const cases = CASES[id];
      const events = eventsOf(id === WATCH ? "iam-user-mfa-required" : id);
      const names = Object.keys(cases ?? {});
      if (names.length === 0) names.push(...[...events.keys()].filter((name) => name.startsWith("matching")));

      it("is written down for each of its events", () => {
        assert.deepEqual([...expected(id).keys()].sort(), [...names].sort());
      });

      for (const name of names)
        it(`${name} is as it is written down, and no less in Slack`, async () => {
          cases?.[name]?.aws?.();

          const event = events.get(name.split(" ")[0] ?? name);
          const message = await messageFor(id, event!, cases?.[name] ?? {});

          const mail = message && emailOf(message);
          assert.equal(mail ? `${mail.subject}\n\n${mail.text}` : "(none)", expected(id).get(name));
          const slack = message ? plain(JSON.stringify(slackPayload(message).blocks)) : "";
          for (const text of message ? saying(message) : [])
            assert(slack.includes(plain(JSON.stringify(text))), text);
        });
    });
  }

  it("no other control is written down", () => {
    const written = readdirSync(CONTROLS).filter((name) => existsSync(join(CONTROLS, name, "message.txt")));
    assert.deepEqual(written.sort(), controls.map((control) => control.id).sort());
  });
});

/** JSON without its quotes and Slack's escapes. */
const plain = (json: string): string =>
  json.replace(/^"|"$/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
