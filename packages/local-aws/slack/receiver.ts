/**
 * Slack's incoming webhooks on this machine, and a mailbox for topics: an HTTP server on 127.0.0.1 that keeps what it accepts. It refuses
 * what Slack refuses, with Slack's status codes, and fails as planned.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeHttpServer, listenOnLoopback, readText } from "../loopback";
import { checkMessage, type SlackMessage } from "./check";

export interface ReceivedMessage {
  kind: "slack";
  /** The path of the webhook, which stands for a channel. */
  path: string;
  message: SlackMessage;
  /** Milliseconds since 1970. */
  at: number;
}

export interface ReceivedMail {
  kind: "email";
  topicArn: string;
  subject: string;
  text: string;
  at: number;
}

export interface RefusedRequest {
  path: string;
  status: number;
  /** Slack's error code and the reason. */
  why: string;
  at: number;
}

/** What happens to the next request of a webhook. */
export type PlannedFault =
  /** The answer has this status; 429 also has Retry-After, in seconds. */
  { status: number; retryAfterSeconds?: number } | { slowMilliseconds: number };

export interface Receiver {
  /** `http://127.0.0.1:port`. Webhooks are below /services/, the mailbox is /mail. */
  url: string;
  messages: readonly ReceivedMessage[];
  mails: readonly ReceivedMail[];
  refused: readonly RefusedRequest[];
  /** Applies one fault each to the next requests of this webhook, in this order. */
  plan(path: string, faults: readonly PlannedFault[]): void;
  close(): Promise<void>;
}

interface ReceiverOptions {
  /** Confirms the subscription of the mailbox to a topic. Default: nothing is confirmed. */
  confirm?: (topicArn: string, token: string) => Promise<void>;
  /** Milliseconds. */
  now?: () => number;
}

/** Slack allows short bursts above one message a second. */
const BURST = 3;
const PATH = /^\/services\/[\w-]+\/[\w-]+\/[\w-]+$/;

export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const receiver = new HttpReceiver(options);
  await receiver.listen();
  return receiver;
}

class HttpReceiver implements Receiver {
  /** Known once it listens. */
  url = "";
  readonly messages: ReceivedMessage[] = [];
  readonly mails: ReceivedMail[] = [];
  readonly refused: RefusedRequest[] = [];
  private readonly plans = new Map<string, PlannedFault[]>();
  /** By webhook: how many messages it may send at once, as of a time. */
  private readonly allowances = new Map<string, { messages: number; at: number }>();
  private readonly server = createServer((request, response) => this.serve(request, response));
  private readonly now: () => number;

  constructor(private readonly options: ReceiverOptions) {
    this.now = options.now ?? Date.now;
  }

  async listen(): Promise<void> {
    this.url = `http://127.0.0.1:${await listenOnLoopback(this.server)}`;
  }

  plan(path: string, faults: readonly PlannedFault[]): void {
    this.plans.set(path, [...(this.plans.get(path) ?? []), ...faults]);
  }

  close(): Promise<void> {
    return closeHttpServer(this.server);
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    this.handle(request, response, path).catch((error: Error) => {
      if (!response.headersSent) this.refuse(response, path, 500, `fatal_error: ${error.message}`);
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== "POST") this.refuse(response, path, 405, "method_not_allowed: webhooks take POST");
    else if (path === "/mail") await this.takeMail(request, response);
    else await this.takeMessage(request, response, path);
  }

  private async takeMessage(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const body = await readText(request);
    const fault = this.plans.get(path)?.shift();
    if (fault && "slowMilliseconds" in fault)
      await new Promise((resolve) => setTimeout(resolve, fault.slowMilliseconds).unref());
    else if (fault) {
      const { status, retryAfterSeconds } = fault;
      const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
      this.refuse(response, path, status, `planned: the test wants ${status}`, headers);
      return;
    }
    // The sender may have stopped waiting; Slack would post the message even then.
    if (!PATH.test(path)) this.refuse(response, path, 404, "no_service: there is no such webhook");
    else if (!/^application\/json/.test(request.headers["content-type"] ?? ""))
      this.refuse(response, path, 400, "invalid_payload: the content type is not application/json");
    else if (!this.withinRate(path))
      this.refuse(response, path, 429, "rate_limited: more than one message a second", {
        "retry-after": "1",
      });
    else {
      const message = checkMessage(body);
      if ("error" in message) this.refuse(response, path, 400, `${message.error}: ${message.why}`);
      else {
        this.messages.push({ kind: "slack", path, message, at: this.now() });
        response.writeHead(200, { "content-type": "text/html" }).end("ok");
      }
    }
  }

  private async takeMail(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = JSON.parse(await readText(request)) as Record<string, string | undefined>;
    const { Type, TopicArn = "", Token = "", Subject = "", Message = "" } = sent;
    if (Type === "SubscriptionConfirmation") await this.options.confirm?.(TopicArn, Token);
    else
      this.mails.push({ kind: "email", topicArn: TopicArn, subject: Subject, text: Message, at: this.now() });
    response.writeHead(200).end();
  }

  /** A webhook's allowance grows by one message a second, up to a burst. */
  private withinRate(path: string): boolean {
    const now = this.now();
    const last = this.allowances.get(path) ?? { messages: BURST, at: now };
    const messages = Math.min(BURST, last.messages + (now - last.at) / 1000);
    const allowed = messages >= 1;
    this.allowances.set(path, { messages: allowed ? messages - 1 : messages, at: now });
    return allowed;
  }

  private refuse(response: ServerResponse, path: string, status: number, why: string, headers = {}): void {
    this.refused.push({ path, status, why, at: this.now() });
    const code = /^[a-z_]+/.exec(why)?.[0] ?? "error";
    response.writeHead(status, { "content-type": "text/plain", ...headers }).end(code);
  }
}
