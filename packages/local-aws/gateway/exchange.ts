/** Passes one HTTP exchange on, unchanged, and keeps of it what decoding needs. */
import { request, type Agent, type IncomingMessage, type ServerResponse } from "node:http";
import { Keeper } from "./body";

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

export interface PassOnOptions {
  agent: Agent;
  port: number;
  /** Bytes of each body that are kept. */
  keepRequest: number;
  keepResponse: number;
  /** Called when the answer is whole, before its end is passed on. */
  ended(exchange: Exchange): void;
  /** Keeps the answer back until this resolves. Undefined: the answer streams through. */
  hold?(): Promise<void>;
}

/** Hop by hop: between the client and us, or between us and the emulator. Expect is answered here. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "upgrade", "expect"]);

export const preciseNow = (): number => performance.timeOrigin + performance.now();

/** Resolves when the exchange is over, however it ended: true if there was an answer. */
export function passOn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: PassOnOptions,
): Promise<boolean> {
  const receivedAt = preciseNow();
  const asked = new Keeper(options.keepRequest);
  const answered = new Keeper(options.keepResponse);
  return new Promise((resolve) => {
    const fail = (error: Error) => {
      if (!outgoing.headersSent) {
        outgoing.writeHead(502, { "content-type": "text/plain" });
        outgoing.end(`The gateway got no answer from the emulator: ${error.message}\n`);
      } else outgoing.destroy(error);
      resolve(false);
    };
    const upstream = request({
      agent: options.agent,
      host: "127.0.0.1",
      port: options.port,
      method: incoming.method,
      path: incoming.url,
      // The signature covers Host, so it goes on as it came.
      setHost: false,
      headers: endToEnd(incoming.rawHeaders),
    });
    upstream.on("error", fail);
    upstream.on("response", (reply) => {
      const status = reply.statusCode ?? 502;
      const send = () => outgoing.writeHead(status, reply.statusMessage, endToEnd(reply.rawHeaders));
      const held: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => answered.add(chunk));
      if (options.hold) reply.on("data", (chunk: Buffer) => held.push(chunk));
      else {
        send();
        reply.pipe(outgoing, { end: false });
      }
      reply.on("error", fail);
      reply.on("end", () => {
        options.ended({
          receivedAt,
          endedAt: preciseNow(),
          method: incoming.method ?? "",
          url: incoming.url ?? "/",
          requestHeaders: flat(incoming.headers),
          requestBody: asked.whole(),
          bytesIn: asked.total,
          status,
          responseHeaders: flat(reply.headers),
          responseBody: answered.whole(),
          bytesOut: answered.total,
          sourceAddress: incoming.socket.remoteAddress ?? "127.0.0.1",
        });
        if (!options.hold) {
          outgoing.end();
          resolve(true);
          return;
        }
        void options.hold().finally(() => {
          send();
          outgoing.end(Buffer.concat(held));
          resolve(true);
        });
      });
    });
    incoming.on("data", (chunk: Buffer) => asked.add(chunk));
    incoming.pipe(upstream);
    outgoing.on("close", () => {
      // A client that no longer waits has made its call all the same, if the call was whole.
      if (!outgoing.writableEnded && !incoming.complete) upstream.destroy(new Error("the client went away"));
    });
  });
}

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
