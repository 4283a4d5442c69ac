import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { alarmOf } from "../contract/alarms";
import { registrations } from "../tests/support/registrations";
import type { Watched } from "./lib/alarms";
import { Monitoring } from "./Monitoring";

const watched: Watched = {
  queues: ["bailiwick-x"],
  functions: ["bailiwick-x"],
  hubRules: ["bailiwick-x"],
  defaultBusRules: ["bailiwick-alarms-platform"],
};

const make = () =>
  registrations(
    () =>
      new Monitoring("monitoring", {
        partition: "aws",
        securityAccountId: "222222222222",
        region: "eu-west-1",
        watched,
        provider: new aws.Provider("security", { region: "eu-west-1" }),
      }),
  );

describe("Monitoring", () => {
  it("has an alarm for each way in which an event can be lost", async () => {
    const alarms = (await make()).of("aws:cloudwatch/metricAlarm:MetricAlarm");

    const table = alarms.map(({ inputs }) => [
      inputs["name"],
      `${String(inputs["namespace"])} ${String(inputs["metricName"])} ${JSON.stringify(inputs["dimensions"])}`,
      `${String(inputs["statistic"])} of ${String(inputs["period"])} s > ${String(inputs["threshold"])}`,
    ]);
    const byName = (rows: unknown[][]) => rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    const onHub = '{"EventBusName":"bailiwick","RuleName":"bailiwick-x"}';
    const onDefault = '{"RuleName":"bailiwick-alarms-platform"}';
    const group = '{"ScheduleGroup":"bailiwick"}';
    const ledger = '{"TableName":"bailiwick-ledger"}';
    const [now, soon] = ["Maximum of 60 s > 0", "Sum of 300 s > 0"];
    assert.deepEqual(
      byName(table),
      byName([
        [
          "bailiwick-hub-dead-letters-bailiwick-x-dlq",
          'AWS/SQS ApproximateNumberOfMessagesVisible {"QueueName":"bailiwick-x-dlq"}',
          now,
        ],
        [
          "bailiwick-hub-oldest-message-bailiwick-x",
          'AWS/SQS ApproximateAgeOfOldestMessage {"QueueName":"bailiwick-x"}',
          "Maximum of 60 s > 1800",
        ],
        [
          "bailiwick-hub-function-errors-bailiwick-x",
          'AWS/Lambda Errors {"FunctionName":"bailiwick-x"}',
          soon,
        ],
        [
          "bailiwick-hub-function-throttles-bailiwick-x",
          'AWS/Lambda Throttles {"FunctionName":"bailiwick-x"}',
          soon,
        ],
        ["bailiwick-hub-delivery-failed-bailiwick-x", `AWS/Events FailedInvocations ${onHub}`, soon],
        [
          "bailiwick-hub-delivery-failed-default/bailiwick-alarms-platform",
          `AWS/Events FailedInvocations ${onDefault}`,
          soon,
        ],
        ["bailiwick-hub-events-lost-bailiwick-x", `AWS/Events InvocationsFailedToBeSentToDlq ${onHub}`, soon],
        [
          "bailiwick-hub-events-lost-default/bailiwick-alarms-platform",
          `AWS/Events InvocationsFailedToBeSentToDlq ${onDefault}`,
          soon,
        ],
        [
          "bailiwick-hub-ledger-reads-throttled-bailiwick-ledger",
          `AWS/DynamoDB ReadThrottleEvents ${ledger}`,
          soon,
        ],
        [
          "bailiwick-hub-ledger-writes-throttled-bailiwick-ledger",
          `AWS/DynamoDB WriteThrottleEvents ${ledger}`,
          soon,
        ],
        ["bailiwick-hub-look-failed-bailiwick", `AWS/Scheduler TargetErrorCount ${group}`, soon],
        ["bailiwick-hub-look-lost-bailiwick", `AWS/Scheduler InvocationDroppedCount ${group}`, soon],
      ]),
    );
  });

  it("has alarms that are good without data, act on nothing, and say what to do", async () => {
    for (const { inputs } of (await make()).of("aws:cloudwatch/metricAlarm:MetricAlarm")) {
      assert.equal(inputs["treatMissingData"], "notBreaching");
      assert.equal(inputs["comparisonOperator"], "GreaterThanThreshold");
      assert.equal(inputs["evaluationPeriods"], 1);
      assert.equal(inputs["alarmActions"], undefined);
      const { title = "", steps = "", subject = "" } = alarmOf(inputs["name"] as string) ?? {};
      assert.equal(inputs["alarmDescription"], `${title.replace("{subject}", subject)}. ${steps}`);
      assert(inputs["alarmDescription"].length <= 1024);
    }
  });

  it("has one dashboard of alarms, events, outcomes, durations, dead letters, breakers and ages", async () => {
    const { inputs } = (await make()).one("aws:cloudwatch/dashboard:Dashboard");

    assert.equal(inputs["dashboardName"], "bailiwick");
    const { widgets } = JSON.parse(inputs["dashboardBody"] as string) as {
      widgets: { type: string; x: number; y: number; properties: Record<string, unknown> }[];
    };
    assert.deepEqual(
      widgets.map(({ properties }) => properties["title"]),
      [
        "Alarms",
        "Events in, by queue",
        "Outcomes",
        "From event to outcome, milliseconds",
        "Dead letters",
        "Circuit breakers opened",
        "Oldest message, seconds",
      ],
    );
    assert.equal(new Set(widgets.map(({ x, y }) => `${x} ${y}`)).size, widgets.length);
    assert.equal((widgets[0]?.properties["alarms"] as string[]).length, 12);
    assert.deepEqual((widgets[2]?.properties["metrics"] as unknown[][])[1], [
      {
        id: "remediated",
        label: "remediated",
        expression: "SUM(SEARCH('{Bailiwick,service} MetricName=\"remediated\"', 'Sum', 300))",
      },
    ]);
  });
});
