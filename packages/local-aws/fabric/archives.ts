/** Archives: events go into them in the emulator, and come back as replays (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html). */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Trace } from "../trace";
import { OrderedQueue, type Busy } from "./ordered-queue";
import { Memo } from "./memo";
import type { Services } from "./services";

const ARCHIVED_TOGETHER = 100;

export class Archives {
  private readonly archived = new Memo<boolean>();
  private readonly lanes = new Map<string, OrderedQueue<EventBridgeEvent>>();

  constructor(
    private readonly services: Pick<Services, "archived" | "archive" | "replayFilter">,
    private readonly trace: Pick<Trace, "note">,
    private readonly busy: Busy,
  ) {}

  forget(prefix = ""): void {
    this.archived.forget(prefix);
  }

  /** Into the archives of the bus, unless it comes from one. */
  async keep(account: string, region: string, bus: string, event: EventBridgeEvent): Promise<void> {
    if (replayName(event) !== undefined) return;
    const key = `${account}/${region}/${bus}`;
    if (!(await this.archived.get(key, () => this.services.archived(account, region, bus)))) return;
    let lane = this.lanes.get(key);
    if (!lane) {
      const together = (waiting: readonly EventBridgeEvent[]) => Math.min(waiting.length, ARCHIVED_TOGETHER);
      lane = new OrderedQueue(together, (events) => this.write(account, region, bus, events));
      this.lanes.set(key, lane);
    }
    this.busy.begin();
    lane.push(event);
  }

  /** ARNs of the only rules that a replay is for; undefined: it is for all, or no replay. */
  async replayFilter(
    account: string,
    region: string,
    event: EventBridgeEvent,
  ): Promise<string[] | undefined> {
    const name = replayName(event);
    if (name === undefined) return undefined;
    const wanted = await this.services.replayFilter(account, region, name);
    return wanted === undefined || wanted.length === 0 ? undefined : wanted;
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

/** Set on events that come out of an archive. */
function replayName(event: EventBridgeEvent): string | undefined {
  const name = (event as EventBridgeEvent & { "replay-name"?: unknown })["replay-name"];
  return typeof name === "string" ? name : undefined;
}
