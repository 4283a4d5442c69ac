/** From a matched rule to its targets: attempts, retries, and in the end the dead-letter queue. */
import { renderInput } from "./input";
import { preciseNow, type Trace, type TraceNote } from "../trace";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { parseArn } from "./arn";
import type { DeliveryWeather } from "./delivery-weather";
import { DeliveryFailure, failureOf } from "./failure";
import { OrderedQueue, type Busy } from "./ordered-queue";
import type { Permissions } from "./permissions";
import type { RuleMetrics } from "./rule-metrics";
import { nextRetry, type NoMoreRetries } from "./retry";
import type { DeployedRule, DeployedTarget } from "./services";
import type { Queues } from "./targets/queue";
import type { Delivery, TargetKind } from "./targets/target";

/** A delivery with its earlier attempts. */
interface Attempted extends Delivery {
  retries: number;
  firstAt: number;
}

interface DeliveriesOptions {
  kindOf(target: DeployedTarget): TargetKind;
  queues: Queues;
  permissions: Permissions;
  trace: Trace;
  metrics: Pick<RuleMetrics, "count">;
  busy: Busy;
  /** How long a second of the retry policy lasts here. */
  millisecondsPerSecond: number;
  /** 0–1: the share of deliveries that are made twice, as AWS may do. Read at each delivery. */
  duplicates(): number;
  weather: DeliveryWeather | undefined;
}

export class Deliveries {
  private readonly queuesByTarget = new Map<string, OrderedQueue<Attempted>>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private closed = false;

  constructor(private readonly options: DeliveriesOptions) {}

  /** Sends the event to each of the rule's targets. */
  deliver(rule: DeployedRule, event: EventBridgeEvent, eventText: string, fromBus: boolean): void {
    for (const target of rule.targets) {
      const input = { shaped: false, payload: eventText };
      try {
        const shapedInput = renderInput(target, rule, event);
        if (shapedInput !== undefined) Object.assign(input, { shaped: true, payload: shapedInput });
      } catch (error) {
        const delivery = { event, rule, target, ...input, fromBus, retries: 0, firstAt: Date.now() };
        this.options.busy.begin();
        void this.giveUp(delivery, failureOf(error)).finally(() => this.options.busy.end());
        continue;
      }
      const delivery = { event, rule, target, ...input, fromBus, retries: 0, firstAt: Date.now() };
      const { weather } = this.options;
      this.enqueueLater(delivery, weather?.lateMilliseconds(target.Arn) ?? 0);
      if (weather?.duplicates(target.Arn) === true || Math.random() < this.options.duplicates())
        this.enqueueLater({ ...delivery }, weather?.lateMilliseconds(target.Arn) ?? 0);
    }
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) {
      clearTimeout(timer);
      this.options.busy.end();
    }
    this.timers.clear();
  }

  /** Without a delay at once, so that order is kept. */
  private enqueueLater(delivery: Attempted, milliseconds: number): void {
    if (milliseconds <= 0) return this.enqueue(delivery);
    this.options.busy.begin();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.enqueue(delivery);
      this.options.busy.end();
    }, milliseconds);
    this.timers.add(timer);
  }

  private enqueue(delivery: Attempted): void {
    this.options.busy.begin();
    const key = `${delivery.rule.arn} ${delivery.target.Id} ${delivery.target.Arn}`;
    let queue = this.queuesByTarget.get(key);
    if (!queue) {
      const kind = this.options.kindOf(delivery.target);
      queue = new OrderedQueue<Attempted>(
        (waiting) => kind.batch?.(waiting) ?? 1,
        (deliveries) => this.attempt(deliveries),
        kind.concurrency,
      );
      this.queuesByTarget.set(key, queue);
    }
    queue.push(delivery);
  }

  /** Never rejects. Deliveries that waited together may have been made before and after a change of the target: each version goes in a call of its own. */
  private async attempt(deliveries: Attempted[]): Promise<void> {
    const groups: Attempted[][] = [];
    for (const delivery of deliveries) {
      const last = groups.at(-1);
      if (last?.[0]?.target === delivery.target && last[0].fromBus === delivery.fromBus) last.push(delivery);
      else groups.push([delivery]);
    }
    for (const group of groups) await this.attemptGroup(group);
  }

  private async attemptGroup(group: Attempted[]): Promise<void> {
    const [first] = group;
    if (!first) return;
    let results: (Error | undefined)[];
    let kind: TargetKind | undefined;
    const startedAt = preciseNow();
    try {
      kind = this.options.kindOf(first.target);
      if (this.options.weather?.refuses(first.target.Arn) === true)
        throw new DeliveryFailure(
          "NO_PERMISSIONS",
          `${first.target.Arn} refuses: the permission was removed.`,
        );
      results = await kind.deliver(group, parseArn(first.target.Arn));
    } catch (error) {
      results = group.map(() => error as Error);
    }
    for (const [index, delivery] of group.entries()) {
      const error = results[index];
      try {
        if (error) await this.failed(delivery, failureOf(error));
        else this.delivered(delivery, kind?.name ?? "target", startedAt);
      } finally {
        this.options.busy.end();
      }
    }
  }

  private delivered(delivery: Attempted, to: string, startedAt: number): void {
    const { rule, target, retries } = delivery;
    this.options.metrics.count(rule, "Invocations");
    const after = retries === 0 ? "" : ` after ${retries} ${retries === 1 ? "retry" : "retries"}`;
    const how =
      to === "bus"
        ? `Forwarded to ${target.Arn} with ${target.RoleArn}`
        : `Delivered to the ${to} ${target.Arn}`;
    this.note(delivery, {
      stage: "target",
      text: `${how}${after}.`,
      // The other bus has noted its own steps by now: the forwarding came before them.
      at: to === "bus" ? startedAt : undefined,
      data: { to, target: target.Arn, rule: rule.arn },
    });
  }

  private async failed(delivery: Attempted, failure: DeliveryFailure): Promise<void> {
    if (!failure.retryable) return this.giveUp(delivery, failure);
    const { millisecondsPerSecond } = this.options;
    const age = (Date.now() - delivery.firstAt) / millisecondsPerSecond;
    const policy = delivery.target.RetryPolicy;
    const next = nextRetry(policy, delivery.retries, age, Math.random(), failure.retryAfterSeconds);
    if (!next.retry) return this.giveUp(delivery, failure, next);
    if (this.closed) return;
    this.note(delivery, {
      stage: "retry",
      text:
        `${delivery.target.Arn} did not accept it (${failure.code}: ${failure.message}); ` +
        `retry ${delivery.retries + 1} in ${next.afterSeconds.toFixed(1)} s of the organization's time.`,
    });
    const again = { ...delivery, retries: delivery.retries + 1 };
    this.enqueueLater(again, Math.max(1, next.afterSeconds * millisecondsPerSecond));
  }

  private async giveUp(
    delivery: Attempted,
    failure: DeliveryFailure,
    exhausted?: NoMoreRetries,
  ): Promise<void> {
    const { rule, target, retries } = delivery;
    const { metrics } = this.options;
    metrics.count(rule, "Invocations");
    metrics.count(rule, "FailedInvocations");
    const reason =
      `The rule ${rule.name} matched, but ${target.Arn} did not receive the event: ${failure.message} (${failure.code}` +
      `${exhausted ? `, given up after ${retries} retries because of ${exhausted.condition}` : ""})`;
    this.note(delivery, {
      stage: "target",
      text: `Not delivered to ${target.Arn}.`,
      stopped: reason,
      data: { code: failure.code, target: target.Arn, rule: rule.arn },
    });
    const deadLetters = target.DeadLetterConfig?.Arn;
    if (deadLetters === undefined) {
      this.note(delivery, {
        stage: "dead letter",
        text: "The target has no dead-letter queue: the event is lost.",
      });
      return;
    }
    try {
      await this.sendToDeadLetterQueue(delivery, deadLetters, failure, exhausted);
      metrics.count(rule, "InvocationsSentToDlq");
      this.note(delivery, { stage: "dead letter", text: `Sent to the dead-letter queue ${deadLetters}.` });
    } catch (error) {
      metrics.count(rule, "InvocationsFailedToBeSentToDlq");
      const { message } = failureOf(error);
      this.note(delivery, {
        stage: "dead letter",
        text: `Not sent to the dead-letter queue ${deadLetters} either: the event is lost.`,
        stopped: `The dead-letter queue did not receive it: ${message}`,
        data: { target: target.Arn, rule: rule.arn },
      });
    }
  }

  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
  private async sendToDeadLetterQueue(
    { rule, target, event, retries }: Attempted,
    deadLetters: string,
    failure: DeliveryFailure,
    exhausted: NoMoreRetries | undefined,
  ): Promise<void> {
    const { queues, permissions } = this.options;
    const arn = parseArn(deadLetters);
    if (arn.region !== rule.region) {
      throw new DeliveryFailure(
        "INVALID_PARAMETER",
        `${deadLetters} is in ${arn.region}: a dead-letter queue must be in the rule's region ${rule.region}.`,
      );
    }
    const queue = await queues.find(deadLetters);
    if (queue.fifo) {
      throw new DeliveryFailure(
        "INVALID_PARAMETER",
        `${deadLetters} is a FIFO queue: a dead-letter queue must be a standard one.`,
      );
    }
    const asked = { action: "sqs:SendMessage", arn: deadLetters, region: arn.region, owner: arn.account };
    await permissions.requireService(rule, { ...asked, policy: queue.policy });
    await queues.requireKey(rule, arn, queue);
    const attributes: Record<string, string> = {
      RULE_ARN: rule.arn,
      TARGET_ARN: target.Arn,
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: failure.message,
    };
    if (exhausted) {
      attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted.condition;
      attributes["RETRY_ATTEMPTS"] = String(retries);
    }
    const [error] = await queues.send(deadLetters, [{ body: JSON.stringify(event), attributes }]);
    if (error) throw error;
  }

  private note({ rule, event }: Delivery, note: TraceNote): void {
    this.options.trace.note({ eventId: event.id, account: rule.account, region: rule.region, ...note });
  }
}
