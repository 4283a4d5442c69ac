import assert from "node:assert/strict";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { startOrganization, type Organization } from "../organization";

const ACCOUNT = "111111111111";

describe("CloudWatch", function () {
  this.timeout(120_000);
  let organization: Organization;
  let cloudWatch: CloudWatchClient;
  const events: EventBridgeEvent[] = [];
  before(async () => {
    organization = await startOrganization({
      accounts: [{ id: ACCOUNT, name: "management", kind: "management" }],
      homeRegion: "eu-west-1",
      metricMinuteMilliseconds: 300,
      onArrival: (event) => void (event.source === "aws.cloudwatch" && events.push(event)),
    });
    cloudWatch = new CloudWatchClient(organization.aws(ACCOUNT));
  });
  after(async () => {
    cloudWatch.destroy();
    await organization.stop();
  });

  const putAlarm = (AlarmName: string, change: Partial<PutMetricAlarmCommandInput> = {}) =>
    cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: "Test",
        MetricName: "m",
        Dimensions: [{ Name: "Of", Value: AlarmName }],
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 2,
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "notBreaching",
        ...change,
      }),
    );
  const putData = (of: string, ...values: number[]) =>
    cloudWatch.send(
      new PutMetricDataCommand({
        Namespace: "Test",
        MetricData: values.map((Value) => ({
          MetricName: "m",
          Value,
          Dimensions: [{ Name: "Of", Value: of }],
        })),
      }),
    );
  /** The changes of an alarm so far. */
  const changesOf = (name: string) =>
    events
      .filter(({ detail }) => detail["alarmName"] === name)
      .map(({ detail }) => {
        const { state, previousState } = detail as unknown as Record<
          "state" | "previousState",
          { value: string }
        >;
        return `${previousState.value} → ${state.value}`;
      });
  async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (const deadline = Date.now() + 20_000; !(await holds());) {
      if (Date.now() > deadline) assert.fail(`Not within 20 s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  const untilChanges = (name: string, ...changes: string[]) =>
    until(
      () => changesOf(name).join() === changes.join(),
      `${changes.join()}, but: ${changesOf(name).join()}`,
    );

  it("judges an alarm by the metric of its own dimensions, with and without data, and says each change on the default bus", async () => {
    await putAlarm("one");
    await putAlarm("other");
    await untilChanges("one", "INSUFFICIENT_DATA → OK");

    await putData("one", 2, 1);
    await untilChanges("one", "INSUFFICIENT_DATA → OK", "OK → ALARM", "ALARM → OK");

    assert.deepEqual(changesOf("other"), ["INSUFFICIENT_DATA → OK"]);
    const event = events.find(({ detail }) => (detail["state"] as { value?: string }).value === "ALARM");
    assert.deepEqual(
      [event?.["detail-type"], event?.account, event?.region, event?.resources],
      [
        "CloudWatch Alarm State Change",
        ACCOUNT,
        "eu-west-1",
        [`arn:aws:cloudwatch:eu-west-1:${ACCOUNT}:alarm:one`],
      ],
    );
    assert.equal(
      (event?.detail["state"] as { reason?: string }).reason,
      "Threshold Crossed: 1 datapoint [3.0] was greater than the threshold (2.0).",
    );
  });

  it("judges missing data as the alarm says", async () => {
    await putAlarm("breaching", { TreatMissingData: "breaching" });
    await putAlarm("missing", { TreatMissingData: "missing" });
    await untilChanges("breaching", "INSUFFICIENT_DATA → ALARM");

    await putData("missing", 1);
    await untilChanges("missing", "INSUFFICIENT_DATA → OK", "OK → INSUFFICIENT_DATA");
  });

  it("says what SetAlarmState does, until the next evaluation", async () => {
    await putAlarm("set");
    await untilChanges("set", "INSUFFICIENT_DATA → OK");

    const state = { AlarmName: "set", StateValue: "ALARM", StateReason: "a test" } as const;
    await cloudWatch.send(new SetAlarmStateCommand(state));

    await untilChanges("set", "INSUFFICIENT_DATA → OK", "OK → ALARM", "ALARM → OK");
  });

  it("counts a queue's visible messages, not the delayed ones, which have an age all the same", async () => {
    const sqs = new SQSClient({ ...organization.aws(ACCOUNT), useQueueUrlAsEndpoint: false });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "delayed" }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", DelaySeconds: 600 }));
    sqs.destroy();

    const pointsOf = async (MetricName: string) => {
      const { Datapoints = [] } = await cloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: "AWS/SQS",
          MetricName,
          Dimensions: [{ Name: "QueueName", Value: "delayed" }],
          StartTime: new Date(Date.now() - 300_000),
          EndTime: new Date(Date.now() + 60_000),
          Period: 3600,
          Statistics: ["Maximum"],
        }),
      );
      return Datapoints[0]?.Maximum;
    };
    await until(
      async () => ((await pointsOf("ApproximateAgeOfOldestMessage")) ?? 0) >= 1,
      "an age of a second",
    );
    assert.equal(await pointsOf("ApproximateNumberOfMessagesDelayed"), 1);
    assert.equal(await pointsOf("NumberOfMessagesSent"), 1);
    assert.equal(await pointsOf("ApproximateNumberOfMessagesVisible"), undefined);
  });

  it("keeps an alarm's state", async () => {
    const { MetricAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNames: ["breaching"] }),
    );
    assert.equal(MetricAlarms[0]?.StateValue, "ALARM");
  });
});
