/** A control's queue, its dead-letter queue and its schedules, as SQS and EventBridge Scheduler keep them, with a clock that runs ahead. */
import { CreateScheduleCommand } from "@aws-sdk/client-scheduler";
import type { SendMessageCommandInput } from "@aws-sdk/client-sqs";
import { SETTINGS } from "../../contract/testing";

export interface Message {
  id: string;
  body: string;
  received: number;
}

interface Waiting extends Message {
  /** Milliseconds since 1970. */
  visibleAt: number;
}

export class SimulatedQueue {
  private waiting: Waiting[] = [];
  private readonly scheduled = new Set<string>();
  private serial = 0;
  readonly deadLetters: Message[] = [];
  /** Seconds, of each message that a function sent to its own queue. */
  readonly delays: number[] = [];

  constructor(private readonly time: { now: number }) {}

  add(body: string, delayMilliseconds = 0): void {
    const id = `m${this.serial++}`;
    this.waiting.push({ id, body, received: 0, visibleAt: this.time.now + delayMilliseconds });
  }

  return(message: Message, afterMilliseconds: number): void {
    this.waiting.push({ ...message, visibleAt: this.time.now + afterMilliseconds });
  }

  /** The messages that are visible, in the order in which they became so. */
  take(): Message[] {
    const taken = this.waiting.filter(({ visibleAt }) => visibleAt <= this.time.now);
    this.waiting = this.waiting.filter(({ visibleAt }) => visibleAt > this.time.now);
    return taken.sort((a, b) => a.visibleAt - b.visibleAt);
  }

  /** When the next message becomes visible; undefined: there is none. */
  next(): number | undefined {
    return this.waiting.length === 0
      ? undefined
      : Math.min(...this.waiting.map(({ visibleAt }) => visibleAt));
  }

  /** The looks that haven't been taken yet: their reasons, in the order in which they are due. */
  get looks(): string[] {
    return [...this.waiting]
      .sort((a, b) => a.visibleAt - b.visibleAt)
      .map(({ body }) => (JSON.parse(body) as { look?: { reason: string } }).look?.reason ?? "event");
  }

  readonly sqs = {
    send: ({ input }: { input: SendMessageCommandInput }) => {
      const { QueueUrl: url, MessageBody: body = "", DelaySeconds: seconds = 0 } = input;
      if (url === SETTINGS.deadLetterQueueUrl)
        this.deadLetters.push({ id: `d${this.serial++}`, body, received: 0 });
      else {
        this.delays.push(seconds);
        this.add(body, seconds * 1000);
      }
      return Promise.resolve({});
    },
  };

  readonly scheduler = {
    send: ({ input }: CreateScheduleCommand) => {
      const { Name: name = "", ScheduleExpression: expression = "", Target: target } = input;
      if (this.scheduled.has(name))
        return Promise.reject(Object.assign(new Error("It exists."), { name: "ConflictException" }));
      this.scheduled.add(name);
      const at = Date.parse(`${expression.slice("at(".length, -1)}Z`);
      this.add(target?.Input ?? "", at - this.time.now);
      return Promise.resolve({});
    },
  };
}
