/** Archives: the emulator stores the events and replays them (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html). */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Trace } from "../trace";
import { OrderedQueue, type Busy } from "./ordered-queue";
import { Memo } from "../memo";
import type { Services } from "./services";

const ARCHIVED_TOGETHER = 100;

export class Archives {
  private readonly hasArchive = new Memo<boolean>();
  private readonly writers = new Map<string, OrderedQueue<EventBridgeEvent>>();

  constructor(
    private readonly services: Pick<Services, "hasArchive" | "archive" | "replayFilter">,
    private readonly trace: Pick<Trace, "note">,
    private readonly busy: Busy,
  ) {}

  forget(prefix = ""): void {
    this.hasArchive.forget(prefix);
  }

  /** Puts an event into the archives of its bus, unless it is a replay from one. */
  async keep(account: string, region: string, bus: string, event: EventBridgeEvent): Promise<void> {
    if (replayName(event) !== undefined) return;
    const key = `${account}/${region}/${bus}`;
    if (!(await this.hasArchive.get(key, () => this.services.hasArchive(account, region, bus)))) return;
    let writer = this.writers.get(key);
    if (!writer) {
      const together = (waiting: readonly EventBridgeEvent[]) => Math.min(waiting.length, ARCHIVED_TOGETHER);
      writer = new OrderedQueue(together, (events) => this.write(account, region, bus, events));
      this.writers.set(key, writer);
    }
    this.busy.begin();
    writer.push(event);
  }

  /** @returns ARNs of the rules that a replay is limited to; undefined if it is not limited, or the event is not a replay. */
  async replayFilter(
    account: string,
    region: string,
    event: EventBridgeEvent,
  ): Promise<string[] | undefined> {
    const name = replayName(event);
    if (name === undefined) return undefined;
    const rules = await this.services.replayFilter(account, region, name);
    return rules === undefined || rules.length === 0 ? undefined : rules;
  }

  private async write(
    account: string,
    region: string,
    bus: string,
    events: EventBridgeEvent[],
  ): Promise<void> {
    try {
      await this.services.archive(account, region, bus, events);
    } catch (error) {
      const text = `Not archived: ${(error as Error).message}`;
      for (const { id: eventId } of events)
        this.trace.note({ eventId, stage: "archive", account, region, text });
    }
    events.forEach(() => this.busy.end());
  }
}

/** Set on events that are replayed from an archive. */
function replayName(event: EventBridgeEvent): string | undefined {
  const name = (event as EventBridgeEvent & { "replay-name"?: unknown })["replay-name"];
  return typeof name === "string" ? name : undefined;
}
