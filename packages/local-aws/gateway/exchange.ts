/** Forwards one HTTP exchange unchanged, and keeps the parts that decoding needs. */
import {
  request,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { preciseNow } from "../trace";
import { BoundedBody } from "./body";
import { WEATHER_HEADER, type Met } from "./forecast";

export interface Exchange {
  /** Milliseconds since 1970, with fractions. */
  receivedAt: number;
  endedAt: number;
  method: string;
  url: string;
  requestHeaders: Record<string, string>;
  /** Undefined if it was too long to keep. */
  requestBody: Buffer | undefined;
  bytesIn: number;
  status: number;
  responseHeaders: Record<string, string>;
  responseBody: Buffer | undefined;
  bytesOut: number;
  sourceAddress: string;
}

interface ForwardOptions {
  agent: Agent;
  port: number;
  /** Longest bodies that are kept. Bytes. */
  keepRequest: number;
  keepResponse: number;
  /** Called when the answer is complete, before its end is forwarded. */
  ended(exchange: Exchange): void;
  /** Holds the answer back until this resolves. Default: the answer streams through. */
  hold?: () => Promise<void>;
  /** The weather that it has met. */
  met?: Met;
}

/** Headers of one connection, to the client or to the emulator. Expect is answered here; the weather's is between gateway and emulator. */
const HOP_BY_HOP = new Set([
  ...["connection", "keep-alive", "proxy-connection", "te", "upgrade", "expect"],
  WEATHER_HEADER,
]);

/** Resolves when the exchange is over, however it ended. @returns whether there was an answer. */
export function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: ForwardOptions,
): Promise<boolean> {
  const receivedAt = preciseNow();
  const { body, forecast } = options.met ?? {};
  if (forecast?.refusal) return refuse(incoming, outgoing, { ...options, receivedAt });
  const requestBody = new BoundedBody(options.keepRequest);
  const responseBody = new BoundedBody(options.keepResponse);
  const upstream = requestToEmulator(incoming, options);
  return new Promise((resolve) => {
    const fail = (error: Error) => {
      if (!outgoing.headersSent) {
        outgoing.writeHead(502, { "content-type": "text/plain" });
        outgoing.end(`The gateway received no answer from the emulator: ${error.message}\n`);
      } else outgoing.destroy(error);
      resolve(false);
    };
    upstream.on("error", fail);
    upstream.on("response", (reply) => {
      reply.on("data", (chunk: Buffer) => responseBody.add(chunk));
      const finish = answerClient(reply, outgoing, options.hold);
      reply.on("error", fail);
      reply.on("end", () => {
        options.ended({
          ...headsOf(incoming, reply),
          receivedAt,
          endedAt: preciseNow(),
          requestBody: requestBody.whole(),
          bytesIn: requestBody.total,
          responseBody: responseBody.whole(),
          bytesOut: responseBody.total,
        });
        void finish().then(() => resolve(true));
      });
    });
    if (body) {
      requestBody.add(body);
      upstream.end(body);
    } else {
      incoming.on("data", (chunk: Buffer) => requestBody.add(chunk));
      incoming.pipe(upstream);
    }
    outgoing.on("close", () => {
      // A client that stopped waiting has still made its call, if the request was complete.
      if (!outgoing.writableEnded && !incoming.complete) upstream.destroy(new Error("the client went away"));
    });
  });
}

/** The weather's answer, instead of the emulator's. */
function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: ForwardOptions & { receivedAt: number },
): Promise<boolean> {
  const { met, receivedAt } = options;
  const { status = 503, headers = {}, body = Buffer.alloc(0) } = met?.forecast?.refusal ?? {};
  // A body that nobody has read yet.
  incoming.resume();
  const answer = incoming.method === "HEAD" ? Buffer.alloc(0) : body;
  options.ended({
    method: incoming.method ?? "",
    url: incoming.url ?? "/",
    requestHeaders: flat(incoming.headers),
    sourceAddress: incoming.socket.remoteAddress ?? "127.0.0.1",
    status,
    responseHeaders: headers,
    receivedAt,
    endedAt: preciseNow(),
    requestBody: met?.body ?? Buffer.alloc(0),
    bytesIn: met?.body?.length ?? 0,
    responseBody: answer,
    bytesOut: answer.length,
  });
  outgoing.writeHead(status, { ...headers, "content-length": answer.length }).end(answer);
  return Promise.resolve(true);
}

const requestToEmulator = (incoming: IncomingMessage, { agent, port, met }: ForwardOptions): ClientRequest =>
  request({
    agent,
    host: "127.0.0.1",
    port,
    method: incoming.method,
    path: incoming.url,
    // The signature covers Host, so it must not change.
    setHost: false,
    headers: [
      ...endToEnd(incoming.rawHeaders),
      ...(met?.forecast?.inside === undefined ? [] : [WEATHER_HEADER, met.forecast.inside]),
    ],
  });

/** @returns what ends the answer, once the emulator has sent all of it. */
function answerClient(
  reply: IncomingMessage,
  outgoing: ServerResponse,
  hold: ForwardOptions["hold"],
): () => Promise<void> {
  const sendHead = () => outgoing.writeHead(statusOf(reply), reply.statusMessage, endToEnd(reply.rawHeaders));
  if (!hold) {
    sendHead();
    reply.pipe(outgoing, { end: false });
    return async () => void outgoing.end();
  }
  const held: Buffer[] = [];
  reply.on("data", (chunk: Buffer) => held.push(chunk));
  return async () => {
    await hold();
    sendHead();
    outgoing.end(Buffer.concat(held));
  };
}

const headsOf = (incoming: IncomingMessage, reply: IncomingMessage) => ({
  method: incoming.method ?? "",
  url: incoming.url ?? "/",
  requestHeaders: flat(incoming.headers),
  sourceAddress: incoming.socket.remoteAddress ?? "127.0.0.1",
  status: statusOf(reply),
  responseHeaders: flat(reply.headers),
});

const statusOf = (reply: IncomingMessage): number => reply.statusCode ?? 502;

function endToEnd(rawHeaders: string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, rawHeaders[index + 1] ?? "");
  }
  return kept;
}

const flat = (headers: IncomingMessage["headers"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
