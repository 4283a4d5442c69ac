import assert from "node:assert/strict";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DeleteQueueCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startReceiver, type Receiver } from "@bailiwick/local-aws/slack";
import { accountAccess } from "../cli/hub/account-access";
import { forwardingLetters, resendForwarded } from "../cli/hub/forwarding-letters";
import { hubAlarmKinds, hubAlarmName, type HubAlarmKind } from "../contract/alarms";
import { deployedOrganization, eventually } from "./support/local";

const PATH = "/services/T/B/platform";
const SECURED = "bailiwick-s3-bucket-policy-not-public";
const DYNAMO = { TableName: "bailiwick-ledger" };
const GROUP = { ScheduleGroup: "bailiwick" };

describe("alarms", function () {
  this.timeout(120_000);
  let receiver: Receiver;
  const channels: Record<string, unknown> = {};
  before(async () => {
    receiver = await startReceiver({ confirm: () => Promise.resolve() });
    channels["platform"] = { slack: { webhookUrl: `${receiver.url}${PATH}` }, groupSeconds: 1 };
  });
  after(() => receiver.close());
  const local = deployedOrganization({ "bailiwick:regions": [], "bailiwick:channels": channels });

  const security = () => local().organization.aws(local().settings.security.id);
  const payments = () => local().organization.aws(local().account("payments"));
  const urlOf = (account: string, queue: string) => `${local().organization.endpointUrl}/${account}/${queue}`;
  const hubQueue = (queue: string) => urlOf(local().settings.security.id, queue);

  /** The message with this beginning, once it is there. */
  const told = (beginning: string) =>
    eventually(
      () =>
        Promise.resolve(
          receiver.messages.find(({ message }) => message.text?.startsWith(beginning))?.message,
        ),
      `a message "${beginning}"; there are: ${receiver.messages.map(({ message }) => message.text).join(" | ")}`,
      30_000,
    );
  async function using<Client extends { destroy(): void }, Answer>(
    client: Client,
    work: (client: Client) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  }
  const drilled = new Set<HubAlarmKind>();
  const drill = (kind: HubAlarmKind) => drilled.add(kind);

  it("are all good after a deployment, and nobody is notified of that", async () => {
    const alarms = await using(new CloudWatchClient(security()), (client) =>
      eventually(async () => {
        const { MetricAlarms = [] } = await client.send(
          new DescribeAlarmsCommand({ AlarmNamePrefix: "bailiwick-hub-" }),
        );
        return MetricAlarms.length > 0 && MetricAlarms.every(({ StateValue }) => StateValue === "OK")
          ? MetricAlarms
          : undefined;
      }, "alarms that are OK"),
    );

    assert(alarms.length > 20);
    await local().organization.fabric.idle();
    assert.deepEqual(receiver.messages, []);
  });

  it("notify of a message in a control's dead-letter queue, and when it is gone", async () => {
    drill("dead-letters");
    const QueueUrl = hubQueue(`${SECURED}-dlq`);
    await using(new SQSClient(security()), async (sqs) => {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));
      const message = await told(`[high] Alarm: ${SECURED}-dlq has messages that could not be processed`);
      const text = JSON.stringify(message.blocks);
      for (const part of [
        "Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (0.0).",
        "bailiwick dead-letters",
        "alarmsV2:alarm/bailiwick-hub-dead-letters-",
        "security",
      ])
        assert(text.includes(part), `${part} is missing in ${text}`);
      assert(!text.includes("To leave it alone"));

      await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    });
    await told(`[high] Over: ${SECURED}-dlq has messages that could not be processed`);
  });

  it("notify of an account whose events don't reach the hub; once it is mended, they are resent to the controls", async () => {
    const { settings, organization } = local();
    const account = local().account("payments");
    const place = { account, region: settings.homeRegion };
    const access = accountAccess({ endpoint: organization.endpointUrl, table: "" }, settings);
    const policy = { RoleName: "bailiwick-forwarding", PolicyName: "forward" };
    const bucket = "forwarding-fails";
    await withCredentialsOf(settings.credentialsAccountId, async () => {
      await using(new IAMClient(payments()), (iam) => iam.send(new DeleteRolePolicyCommand(policy)));
      await using(new S3Client({ ...payments(), forcePathStyle: true }), (s3) => openBucket(s3, bucket));
      await eventually(
        () => forwardingLetters(place, settings, access),
        "dead letters of the forwarding",
        20_000,
      );

      await using(new IAMClient(payments()), (iam) =>
        iam.send(
          new PutRolePolicyCommand({
            ...policy,
            PolicyDocument: JSON.stringify({
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Action: "events:PutEvents",
                  Resource: `arn:aws:events:${settings.homeRegion}:${settings.security.id}:event-bus/bailiwick`,
                },
              ],
            }),
          }),
        ),
      );
      const resent = await resendForwarded(place, settings, access);

      assert(resent && resent.sent > 0 && resent.foreign === 0, JSON.stringify(resent));
      await using(new S3Client({ ...payments(), forcePathStyle: true }), (s3) =>
        eventually(
          () =>
            s3.send(new GetBucketPolicyCommand({ Bucket: bucket })).then(
              () => undefined,
              (error: Error) => {
                if (error.name !== "NoSuchBucketPolicy") throw error;
                return true;
              },
            ),
          "the bucket's remediation",
          30_000,
        ),
      );
    });

    // The alarm's change could not be forwarded while forwarding failed: the next one is.
    await using(new SQSClient(payments()), (sqs) =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl: urlOf(account, "bailiwick-forwarding-dlq"),
          MessageBody: '{"forged":true}',
        }),
      ),
    );
    const message = await told("[critical] Alarm: Events of this account and region don't reach the hub");
    assert(JSON.stringify(message.blocks).includes("payments"));
    await withCredentialsOf(settings.credentialsAccountId, async () => {
      const resent = await resendForwarded(place, settings, access);
      assert.deepEqual([resent?.sent, resent?.foreign], [0, 1]);
    });
  });

  it("notify of a function that fails, and of one that is throttled", async () => {
    drill("function-errors");
    drill("function-throttles");
    await using(new LambdaClient(security()), async (lambda) => {
      const { FunctionError } = await lambda.send(
        new InvokeCommand({ FunctionName: SECURED, Payload: "{}" }),
      );
      assert(FunctionError, "The function took an event without records.");
      await told(`[high] Alarm: The function ${SECURED} fails`);

      await lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: SECURED, ReservedConcurrentExecutions: 0 }),
      );
      await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: SECURED, Payload: "{}" })));
      await told(`[medium] Alarm: The function ${SECURED} is throttled`);
    });
  });

  it("notify of a queue that nothing works off", async () => {
    drill("oldest-message");
    const name = hubAlarmName("oldest-message", SECURED);
    await using(new CloudWatchClient(security()), async (client) => {
      const { MetricAlarms: [alarm] = [] } = await client.send(
        new DescribeAlarmsCommand({ AlarmNames: [name] }),
      );
      assert.equal(alarm?.Threshold, 1800);
      // Half an hour is too long for a test, so the same alarm counts from one second on.
      await client.send(
        new PutMetricAlarmCommand({
          AlarmName: name,
          AlarmDescription: alarm.AlarmDescription,
          Namespace: alarm.Namespace,
          MetricName: alarm.MetricName,
          Dimensions: alarm.Dimensions,
          Statistic: alarm.Statistic,
          Period: alarm.Period,
          EvaluationPeriods: alarm.EvaluationPeriods,
          ComparisonOperator: alarm.ComparisonOperator,
          TreatMissingData: alarm.TreatMissingData,
          Threshold: 1,
        }),
      );
    });
    // The function is throttled, so the message stays.
    await using(new SQSClient(security()), (sqs) =>
      sqs.send(new SendMessageCommand({ QueueUrl: hubQueue(SECURED), MessageBody: "{}" })),
    );

    await told(`[high] Alarm: ${SECURED} is not being worked off`);

    await using(new LambdaClient(security()), (lambda) =>
      lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: SECURED, ReservedConcurrentExecutions: 10 }),
      ),
    );
  });

  it("notify of a rule whose target is missing, and of one whose dead-letter queue is missing too", async () => {
    drill("delivery-failed");
    drill("events-lost");
    await using(new SQSClient(security()), async (sqs) => {
      await sqs.send(new DeleteQueueCommand({ QueueUrl: hubQueue(SECURED) }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl: hubQueue(`${SECURED}-dlq`) }));
    });

    await using(new S3Client({ ...payments(), forcePathStyle: true }), (s3) =>
      openBucket(s3, "target-missing"),
    );

    await told(`[critical] Alarm: The rule ${SECURED} can't deliver events to its target`);
    await told(`[critical] Alarm: The rule ${SECURED} loses events`);
  });

  // The emulator's tables are never throttled, and its schedules never fail.
  for (const [kind, Namespace, MetricName, dimensions, text] of [
    [
      "ledger-reads-throttled",
      "AWS/DynamoDB",
      "ReadThrottleEvents",
      DYNAMO,
      "[high] Alarm: DynamoDB throttles reads",
    ],
    [
      "ledger-writes-throttled",
      "AWS/DynamoDB",
      "WriteThrottleEvents",
      DYNAMO,
      "[high] Alarm: DynamoDB throttles writes",
    ],
    [
      "look-failed",
      "AWS/Scheduler",
      "TargetErrorCount",
      GROUP,
      "[high] Alarm: EventBridge Scheduler can't put looks",
    ],
    [
      "look-lost",
      "AWS/Scheduler",
      "InvocationDroppedCount",
      GROUP,
      "[critical] Alarm: EventBridge Scheduler gave up looks",
    ],
  ] as const)
    it(`notify of ${MetricName}`, async () => {
      drill(kind);
      const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
      await using(new CloudWatchClient(security()), (client) =>
        client.send(
          new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName, Dimensions, Value: 1 }] }),
        ),
      );

      await told(text);
    });

  it("are all drilled here", () => {
    assert.deepEqual([...drilled].sort(), [...hubAlarmKinds].sort());
  });

  async function openBucket(s3: S3Client, Bucket: string): Promise<void> {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    const Statement = [
      { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` },
    ];
    await s3.send(
      new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
    );
  }

  /** The command takes credentials from the environment, as the AWS CLI does. */
  async function withCredentialsOf(account: string, work: () => Promise<void>): Promise<void> {
    const before = { ...process.env };
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: "test" });
    try {
      await work();
    } finally {
      for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
    }
  }
});
