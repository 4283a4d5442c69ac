/** The fabric's HTTP side: events come in from the emulator, traces go out to people. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Trace } from "../trace";
import type { RefusableCall, Refusal } from "./refusal";

/** What the emulator posts. */
export interface DispatchedEvent {
  bus: string;
  account: string;
  region: string;
  event: EventBridgeEvent;
  /** Only for this target of this rule, whose time has come. */
  rule?: string;
  target?: string;
}

export interface ServerOptions {
  /** Who posts events must show it. */
  token: Promise<string>;
  trace: Trace;
  onEvent(event: DispatchedEvent): void;
  refuse(call: RefusableCall): Promise<Refusal | undefined>;
}

export async function listen(options: ServerOptions): Promise<{ url: string; close(): Promise<void> }> {
  options.token.catch(() => undefined);
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: Error) => {
      if (!response.headersSent) reply(response, 500, { error: error.message });
    });
  });
  // The emulator posts over one connection that may rest for long.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
): Promise<void> {
  // A page in somebody's browser must not get in by a name of its own for 127.0.0.1.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? "")) {
    reply(response, 403, { error: "Ask for 127.0.0.1." });
    return;
  }
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  if (request.method === "POST" && (pathname === "/events" || pathname === "/refuse")) {
    const body = await read(request);
    if (request.headers["x-local-aws-token"] !== (await options.token)) {
      reply(response, 403, { error: "This door is the emulator's." });
    } else if (pathname === "/refuse") {
      reply(response, 200, (await options.refuse(JSON.parse(body) as RefusableCall)) ?? {});
    } else {
      options.onEvent(JSON.parse(body) as DispatchedEvent);
      reply(response, 202, {});
    }
    return;
  }
  if (request.method === "GET" && pathname.startsWith("/trace/")) {
    const id = decodeURIComponent(pathname.slice("/trace/".length));
    const explanation = options.trace.explain(id);
    if (explanation) reply(response, 200, explanation);
    else reply(response, 404, { error: `Nothing is known of an event ${id}.` });
    return;
  }
  if (request.method === "GET" && pathname === "/trace") {
    const { since, ...query } = Object.fromEntries(searchParams);
    reply(
      response,
      200,
      options.trace.find({ ...query, since: since === undefined ? undefined : Number(since) }),
    );
    return;
  }
  reply(response, 404, { error: "There is nothing here." });
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
