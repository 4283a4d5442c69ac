/** The fabric's HTTP endpoints: the emulator posts events, people ask for traces. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { closeHttpServer, listenOnLoopback, readText } from "../loopback";
import type { Trace } from "../trace";
import type { RefusableCall, Refusal } from "./refusal";

/** An event as the emulator posts it. */
export interface DispatchedEvent {
  bus: string;
  account: string;
  region: string;
  event: EventBridgeEvent;
  /** For a schedule that is due: the only rule and target that receive the event. */
  rule?: string;
  target?: string;
}

interface ServerOptions {
  /** Required of the emulator. */
  token: Promise<string>;
  trace: Trace;
  onEvent(event: DispatchedEvent): void;
  refuse(call: RefusableCall): Promise<Refusal | undefined>;
}

export interface EventServer {
  /** `http://127.0.0.1:port` */
  url: string;
  close(): Promise<void>;
}

export async function listen(options: ServerOptions): Promise<EventServer> {
  options.token.catch(() => undefined);
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: Error) => {
      if (!response.headersSent) reply(response, 500, { error: error.message });
    });
  });
  // The emulator posts over one connection that may be idle for long.
  server.keepAliveTimeout = 0;
  const port = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, close: () => closeHttpServer(server) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
): Promise<void> {
  // A page in a browser must not reach this server through its own name for 127.0.0.1.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? "")) {
    reply(response, 403, { error: "Ask for 127.0.0.1." });
    return;
  }
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  if (request.method === "POST" && (pathname === "/events" || pathname === "/refuse")) {
    const body = await readText(request);
    if (request.headers["x-local-aws-token"] !== (await options.token)) {
      reply(response, 403, { error: "Only the emulator may post here." });
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
    else reply(response, 404, { error: `No event ${id} is known.` });
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
  reply(response, 404, { error: "There is no such path." });
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
