/** What CloudWatch knows of each rule. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
import type { Metric } from "../emulator/emulator";
import type { DeployedRule, Services } from "./services";

type RuleMetric =
  | "MatchedEvents"
  | "Invocations"
  | "FailedInvocations"
  | "InvocationsSentToDlq"
  | "InvocationsFailedToBeSentToDlq";

/** How long counts are collected before they are published. */
const COLLECTED_MILLISECONDS = 100;

export class RuleMetrics {
  private readonly counts = new Map<string, Metric>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly services: Pick<Services, "metrics">) {}

  count(rule: DeployedRule, name: RuleMetric): void {
    const { account, region, bus, name: RuleName } = rule;
    const key = `${name} ${rule.arn}`;
    // Metrics of the default bus's rules name no bus.
    const dimensions: Metric["dimensions"] =
      bus === "default" ? { RuleName } : { EventBusName: bus, RuleName };
    const known = this.counts.get(key) ?? {
      account,
      region,
      namespace: "AWS/Events",
      name,
      value: 0,
      dimensions,
    };
    this.counts.set(key, { ...known, value: known.value + 1 });
    this.timer ??= setTimeout(() => this.publish(), COLLECTED_MILLISECONDS);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private publish(): void {
    const metrics = [...this.counts.values()];
    this.counts.clear();
    this.timer = undefined;
    // Metrics are best effort on AWS too; an emulator that ended says so elsewhere.
    this.services.metrics(metrics).catch(() => undefined);
  }
}
