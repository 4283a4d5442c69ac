/** The dashboard as CloudWatch reads it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
import { METRICS_NAMESPACE } from "../../contract/names";

/** CloudWatch shows no more in one widget. */
const MOST_ALARMS = 100;
const OUTCOMES = ["compliant", "remediated", "notified", "exempted", "suppressed", "undone", "failed"];

interface Expression {
  expression: string;
  label: string;
  id: string;
}

const WIDTH = 12;
const HEIGHT = 6;

/** @param alarmArns in the order in which they are shown. */
export function dashboardBody(region: string, alarmArns: readonly string[]): string {
  const charts: [title: string, expressions: Expression[], stacked?: boolean][] = [
    [
      "Events in, by queue",
      [search("AWS/SQS,QueueName", "NumberOfMessagesSent", "Sum", "bailiwick NOT dlq")],
    ],
    ["Outcomes", OUTCOMES.map((outcome) => total(outcome, outcome)), true],
    [
      "From event to outcome, milliseconds",
      [
        {
          id: "p50",
          label: "p50",
          expression: `AVG(${searchText(`${METRICS_NAMESPACE},service`, "duration", "p50")})`,
        },
        {
          id: "p95",
          label: "p95 of the slowest control",
          expression: `MAX(${searchText(`${METRICS_NAMESPACE},service`, "duration", "p95")})`,
        },
      ],
    ],
    [
      "Dead letters",
      [search("AWS/SQS,QueueName", "ApproximateNumberOfMessagesVisible", "Maximum", "bailiwick dlq")],
    ],
    ["Circuit breakers opened", [total("breakerOpened", "opened")], true],
    [
      "Oldest message, seconds",
      [search("AWS/SQS,QueueName", "ApproximateAgeOfOldestMessage", "Maximum", "bailiwick NOT dlq")],
    ],
  ];
  const chartRows = charts.map(([title, expressions, stacked = false], index) => ({
    type: "metric",
    x: (index % 2) * WIDTH,
    y: HEIGHT + Math.floor(index / 2) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: {
      title,
      region,
      stacked,
      view: "timeSeries",
      period: 300,
      metrics: expressions.map((each) => [each]),
    },
  }));
  const alarms = {
    type: "alarm",
    x: 0,
    y: 0,
    width: 2 * WIDTH,
    height: HEIGHT,
    properties: { title: "Alarms", alarms: alarmArns.slice(0, MOST_ALARMS) },
  };
  return JSON.stringify({ widgets: [alarms, ...chartRows] });
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html */
const searchText = (schema: string, metric: string, statistic: string, terms = "") =>
  `SEARCH('{${schema}} MetricName="${metric}"${terms && ` ${terms}`}', '${statistic}', 300)`;

const search = (schema: string, metric: string, statistic: string, terms: string): Expression => ({
  id: "each",
  label: "",
  expression: searchText(schema, metric, statistic, terms),
});

/** The sum over all functions. */
const total = (metric: string, label: string): Expression => ({
  id: metric,
  label,
  expression: `SUM(${searchText(`${METRICS_NAMESPACE},service`, metric, "Sum")})`,
});
