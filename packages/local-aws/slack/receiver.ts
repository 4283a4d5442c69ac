/**
 * Slack on this machine, as far as incoming webhooks go, and a mailbox for topics: loopback HTTP that keeps what it takes. It refuses what
 * Slack refuses, with Slack's status codes, and can be told to fail.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
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
  /** Slack's word and the reason. */
  why: string;
  at: number;
}

/** What happens to the next request of a webhook. */
export type PlannedFault =
  /** Answers so, 429 with Retry-After in seconds. */
  { status: number; retryAfterSeconds?: number } | { slowMilliseconds: number };

export interface Receiver {
  /** `http://127.0.0.1:port`. Webhooks are below /services/, the mailbox is /mail. */
  url: string;
  messages: readonly ReceivedMessage[];
  mails: readonly ReceivedMail[];
  refused: readonly RefusedRequest[];
  /** The next requests of this webhook fare so, one after the other. */
  plan(path: string, misfortunes: readonly PlannedFault[]): void;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** Confirms the subscription of the mailbox to a topic. Default: nothing is confirmed. */
  confirm?: (topicArn: string, token: string) => Promise<void>;
  /** Milliseconds. */
  now?: () => number;
}

/** Slack allows short bursts above one message a second. */
const BURST = 3;
const PATH = /^\/services\/[\w-]+\/[\w-]+\/[\w-]+$/;

export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const now = options.now ?? Date.now;
  const messages: ReceivedMessage[] = [];
  const mails: ReceivedMail[] = [];
  const refused: RefusedRequest[] = [];
  const plans = new Map<string, PlannedFault[]>();
  const paces = new Map<string, { tokens: number; at: number }>();

  /** A bucket that fills by one a second. */
  const tooFast = (path: string): boolean => {
    const pace = paces.get(path) ?? { tokens: BURST, at: now() };
    const tokens = Math.min(BURST, pace.tokens + (now() - pace.at) / 1000);
    paces.set(path, { tokens: tokens < 1 ? tokens : tokens - 1, at: now() });
    return tokens < 1;
  };

  const refuse = (response: ServerResponse, path: string, status: number, why: string, headers = {}) => {
    refused.push({ path, status, why, at: now() });
    const word = /^[a-z_]+/.exec(why)?.[0] ?? "error";
    response.writeHead(status, { "content-type": "text/plain", ...headers }).end(word);
  };

  const webhook = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const body = await read(request);
    const misfortune = plans.get(path)?.shift();
    if (misfortune && "slowMilliseconds" in misfortune)
      await new Promise((resolve) => setTimeout(resolve, misfortune.slowMilliseconds).unref());
    else if (misfortune) {
      const { status, retryAfterSeconds } = misfortune;
      const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
      refuse(response, path, status, `planned: the test wants ${status}`, headers);
      return;
    }
    // Who asked may have given up waiting; Slack would have posted the message all the same.
    if (!PATH.test(path)) refuse(response, path, 404, "no_service: there is no such webhook");
    else if (!/^application\/json/.test(request.headers["content-type"] ?? ""))
      refuse(response, path, 400, "invalid_payload: the content type is not application/json");
    else if (tooFast(path))
      refuse(response, path, 429, "rate_limited: more than one message a second", { "retry-after": "1" });
    else {
      const message = checkMessage(body);
      if ("error" in message) refuse(response, path, 400, `${message.error}: ${message.why}`);
      else {
        messages.push({ kind: "slack", path, message, at: now() });
        response.writeHead(200, { "content-type": "text/html" }).end("ok");
      }
    }
  };

  const mail = async (request: IncomingMessage, response: ServerResponse) => {
    const given = JSON.parse(await read(request)) as Record<string, string | undefined>;
    const { Type, TopicArn = "", Token = "", Subject = "", Message = "" } = given;
    if (Type === "SubscriptionConfirmation") await options.confirm?.(TopicArn, Token);
    else mails.push({ kind: "email", topicArn: TopicArn, subject: Subject, text: Message, at: now() });
    response.writeHead(200).end();
  };

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    const answer =
      request.method !== "POST"
        ? Promise.resolve(refuse(response, path, 405, "method_not_allowed: webhooks take POST"))
        : path === "/mail"
          ? mail(request, response)
          : webhook(request, response, path);
    answer.catch((error: Error) => {
      if (!response.headersSent) refuse(response, path, 500, `fatal_error: ${error.message}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    mails,
    refused,
    plan: (path, misfortunes) => plans.set(path, [...(plans.get(path) ?? []), ...misfortunes]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
