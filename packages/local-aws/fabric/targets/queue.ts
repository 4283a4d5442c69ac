/** Queues of SQS as targets and as dead-letter queues. */
import type { Arn } from "../arn";
import { DeliveryFailure } from "../failure";
import { Memo } from "../../memo";
import { ANSWER_LIFETIME_MILLISECONDS, EVENTS_SERVICE } from "../permissions";
import type { DeployedQueue, DeployedRule, QueueMessage, Services } from "../services";
import { requireSamePlace } from "./place";
import type { Delivery, TargetContext, TargetKind } from "./target";

const LARGEST_BATCH = 10;
/** SQS accepts 1 MiB, for a message and for a batch. */
const LARGEST_BYTES = 1024 * 1024;

export class Queues {
  private readonly queues = new Memo<DeployedQueue | undefined>(ANSWER_LIFETIME_MILLISECONDS);

  constructor(private readonly services: Pick<Services, "queue" | "send" | "key" | "authorize">) {}

  forget(): void {
    this.queues.forget();
  }

  /** @throws DeliveryFailure NO_RESOURCE */
  async find(arn: string): Promise<DeployedQueue> {
    const queue = await this.queues.get(arn, () => this.services.queue(arn));
    if (!queue) throw new DeliveryFailure("NO_RESOURCE", `The queue ${arn} does not exist.`);
    return queue;
  }

  async send(arn: string, messages: QueueMessage[]): Promise<(Error | undefined)[]> {
    const { url } = await this.find(arn);
    try {
      return await this.services.send({ arn, url }, messages);
    } catch (error) {
      // It may have been deleted.
      this.queues.forget(arn);
      throw error;
    }
  }

  /**
   * A queue encrypted with a customer key accepts events only when the key's policy lets EventBridge use it
   * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html).
   * @throws DeliveryFailure NO_PERMISSIONS
   */
  async requireKey(rule: DeployedRule, arn: Arn, queue: DeployedQueue): Promise<void> {
    if (queue.kmsKey === undefined) return;
    const key = await this.services.key(arn.account, arn.region, queue.kmsKey);
    if (!key) {
      throw new DeliveryFailure(
        "NO_RESOURCE",
        `The key ${queue.kmsKey} of the queue ${arn.text} does not exist.`,
      );
    }
    for (const action of ["kms:GenerateDataKey", "kms:Decrypt"]) {
      const answer = await this.services.authorize({
        principal: { service: EVENTS_SERVICE },
        action,
        resource: key.arn,
        region: arn.region,
        policy: key.policy ?? "{}",
        owner: arn.account,
        context: { "aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account },
      });
      if (!answer.allowed) {
        throw new DeliveryFailure(
          "NO_PERMISSIONS",
          `The queue ${arn.text} is encrypted with ${key.arn}, whose policy does not allow ${action} by ${EVENTS_SERVICE}.`,
        );
      }
    }
  }
}

export function queueKind({ permissions }: TargetContext, queues: Queues): TargetKind {
  return {
    name: "queue",
    batch: (waiting) => fittingTogether(waiting.map(({ payload }) => payload)),
    async deliver(deliveries, arn) {
      const [first] = deliveries;
      if (!first) return [];
      const { rule, target } = first;
      requireSamePlace(rule, target, arn, "queue");
      const queue = await queues.find(arn.text);
      await permissions.requireEither(rule, target.RoleArn, {
        action: "sqs:SendMessage",
        arn: arn.text,
        region: arn.region,
        owner: arn.account,
        policy: queue.policy,
      });
      await queues.requireKey(rule, arn, queue);
      return queues.send(
        arn.text,
        deliveries.map((delivery) => messageOf(delivery, queue)),
      );
    },
  };
}

function messageOf({ payload, target, event }: Delivery, queue: DeployedQueue): QueueMessage {
  if (!queue.fifo) return { body: payload };
  const groupId = target.SqsParameters?.MessageGroupId;
  if (groupId === undefined) {
    throw new DeliveryFailure(
      "INVALID_PARAMETER",
      `The queue ${target.Arn} is a FIFO queue: the target needs SqsParameters.MessageGroupId.`,
    );
  }
  // A queue with content-based deduplication makes the id itself.
  return { body: payload, groupId, deduplicationId: queue.contentBasedDeduplication ? undefined : event.id };
}

/** How many of the texts, from the first on, SQS accepts in one batch. */
export function fittingTogether(bodies: readonly string[]): number {
  let bytes = 0;
  let count = 0;
  for (const body of bodies.slice(0, LARGEST_BATCH)) {
    bytes += Buffer.byteLength(body);
    if (count > 0 && bytes > LARGEST_BYTES) break;
    count++;
  }
  return count;
}
