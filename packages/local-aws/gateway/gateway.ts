/**
 * The gateway: every client of the local organization goes through it. It passes requests on to the emulator unchanged and tells of
 * each API call, decoded, in the order in which the calls ended.
 */
import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Emulator } from "../emulator/emulator";
import type { ApiCall } from "./api-call";
import { Keeper, MAXIMUM_KEPT_BYTES } from "./body";
import { decodeCall, splitUrl } from "./decode";
import { passOn, type Exchange } from "./exchange";
import { rememberIdentities } from "./identities";
import { serviceModels } from "./models";
import { isReadOnly } from "./read-only";
import { readSignature, type Signature } from "./signature";

export interface GatewayOptions {
  emulator: Promise<Emulator>;
  /** botocore's `data` folder. */
  modelsFolder: string;
  /** Hears of every API call, one after the other. What it throws is counted and shown, and stops nothing. */
  onCall: (call: ApiCall) => void | Promise<void>;
  /** Answers the sign-in page's form, if there is one. */
  signIn?: SignInDoor;
}

/** What people, not programs, go through. */
export interface SignInDoor {
  path: string;
  /** @returns what is answered as JSON, or undefined if the form is another's. */
  enter(form: URLSearchParams, sourceAddress: string, userAgent: string): Promise<object> | undefined;
}

/** A call that was not wholly decoded, or not recorded, and why. */
export interface GatewayProblem {
  /** Milliseconds since 1970. */
  at: number;
  /** `s3:PutBucketPolicy`, or method and path of what no model knows. */
  call: string;
  problem: string;
}

export interface GatewayStatistics {
  /** API calls that passed. */
  calls: number;
  /** Of them, those not wholly decoded, and why the last ones were not. */
  undecoded: number;
  problems: GatewayProblem[];
  /** Requests that are no API calls: function URLs, API Gateway stages, health checks. */
  others: number;
  /** Requests to the emulator's own doors. */
  refused: number;
  /** Requests without an answer from the emulator. */
  unanswered: number;
  /** Calls whose listener threw. */
  untold: number;
}

export interface Gateway {
  /** http://127.0.0.1:<port> */
  url: string;
  port: number;
  statistics: GatewayStatistics;
  /** Is told each problem from now on. */
  watchProblems(listener: (problem: GatewayProblem) => void): void;
  /** Resolves when every call that has ended by now has been told. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** The emulator closes idle connections after 75 s: ours go before, so that no request meets a closing one. */
const IDLE_CONNECTION_MILLISECONDS = 30_000;
const CLIENT_IDLE_MILLISECONDS = 120_000;
/** S3 stores what is longer, and asks with less. Bytes. */
const KEEP_OF_S3_REQUEST = 4 * 2 ** 20;
const KEEP_OF_S3_RESPONSE = 2 ** 20;
const KEEP_OF_RESPONSE = 4 * 2 ** 20;
const KEEP_OF_FORM = 16 * 1024;
const PROBLEMS_SHOWN = 50;
/** Longest time for which an answer is kept back until its call has been told. */
const MAXIMUM_HOLD_MILLISECONDS = 5_000;

/** The emulator's own doors: its reset, its configuration, and ours. Not what it hands out URLs of. */
const DOORS = /^\/_(?:bailiwick|ministack|localstack)(?:\/|$)/;
const HANDED_OUT = /^\/_ministack\/(?:lambda-code|lambda-layers|cfn-response|cfn-signal)\//;
/** What is signed but is no call of AWS's own API. */
const NOT_AWS = new Set(["execute-api", "vpc-lattice-svcs", "iotdevicegateway", "rds-db"]);
/** After these, what is recorded and where it goes may be different: their answers wait until that is known. */
const HELD = new Set(["cloudtrail", "events"]);
const changesRecording = (signature: Signature | undefined, headers: Record<string, string>): boolean => {
  const operation = headers["x-amz-target"]?.split(".").at(-1);
  if (signature === undefined || !HELD.has(signature.signingName) || operation === "PutEvents") return false;
  return !isReadOnly(signature.signingName, operation);
};

/** Listens on 127.0.0.1, on a free port. Requests wait until the emulator is up. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { emulator } = options;
  const models = serviceModels(options.modelsFolder);
  const identities = rememberIdentities(emulator);
  const agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MILLISECONDS, scheduling: "lifo" });
  const statistics: GatewayStatistics = {
    calls: 0,
    undecoded: 0,
    problems: [],
    others: 0,
    refused: 0,
    unanswered: 0,
    untold: 0,
  };
  let told: Promise<void> = Promise.resolve();

  const listeners: ((problem: GatewayProblem) => void)[] = [];
  const note = (call: string, problem: string) => {
    const noted = { at: Date.now(), call, problem };
    statistics.problems.push(noted);
    if (statistics.problems.length > PROBLEMS_SHOWN) statistics.problems.shift();
    for (const listener of listeners) listener(noted);
  };

  const tell = (
    exchange: Exchange,
    signature: Signature | undefined,
    identity: ReturnType<typeof identities.of>,
  ) => {
    statistics.calls += 1;
    const sequence = statistics.calls;
    const decoded = identity
      .catch(() => ({}))
      .then((who) => decodeCall(models, exchange, signature, who, sequence));
    told = told.then(async () => {
      const call = await decoded;
      const name = `${call.service}:${call.operation ?? `${call.http.method} ${call.http.path}`}`;
      if (call.problem !== undefined) {
        statistics.undecoded += 1;
        note(name, call.problem);
      }
      if (call.service === "iam" && !call.readOnly) identities.forgetUsers();
      try {
        await options.onCall(call);
      } catch (error) {
        statistics.untold += 1;
        note(name, `not recorded: ${error instanceof Error ? error.stack : String(error)}`);
      }
    });
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const [path, query] = splitUrl(incoming.url ?? "/");
    if (isDoor(path)) {
      statistics.refused += 1;
      outgoing.writeHead(403, { "content-type": "text/plain", connection: "close" });
      outgoing.end("This path is the emulator's own and closed to clients.\n");
      return;
    }
    const headers = incoming.headers as Record<string, string>;
    if (isForm(incoming, options.signIn?.path)) return await enter(incoming, outgoing);
    const signature = readSignature(headers, query);
    const { port } = await emulator;
    const isCall = isApiCall(path, signature, incoming);
    // Asked now, while the key exists and the emulator works on the call.
    const identity = isCall ? identities.of(signature?.accessKeyId) : Promise.resolve({});
    identity.catch(() => undefined);
    if (isCall && signature) warmUp(signature.signingName);
    const storing = signature?.signingName === "s3";
    const long = Number(headers["x-amz-decoded-content-length"] ?? headers["content-length"] ?? 0);
    const keepRequest = storing ? (long > KEEP_OF_S3_REQUEST ? 0 : KEEP_OF_S3_REQUEST) : MAXIMUM_KEPT_BYTES;
    const answered = await passOn(incoming, outgoing, {
      agent,
      port,
      keepRequest: isCall ? keepRequest : 0,
      keepResponse: isCall ? (storing ? KEEP_OF_S3_RESPONSE : KEEP_OF_RESPONSE) : 0,
      ended: (exchange) => {
        if (isCall && !isStrayAnswer(signature, exchange)) tell(exchange, signature, identity);
        else statistics.others += 1;
      },
      hold: isCall && changesRecording(signature, headers) ? () => atMost(told) : undefined,
    });
    if (!answered) statistics.unanswered += 1;
  };

  const enter = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(incoming));
    const address = incoming.socket.remoteAddress ?? "127.0.0.1";
    const answer = options.signIn?.enter(form, address, incoming.headers["user-agent"] ?? "");
    if (answer === undefined) {
      outgoing.writeHead(400, { "content-type": "text/plain", connection: "close" });
      outgoing.end("This is no sign-in.\n");
    } else {
      const result = JSON.stringify(await answer);
      outgoing.writeHead(200, { "content-type": "application/json" }).end(result);
    }
  };

  const warm = new Set<string>();
  const warmUp = (signingName: string) => {
    if (warm.has(signingName)) return;
    warm.add(signingName);
    void models
      .signedAs(signingName)
      .then(([first]) => first && models.service(first.name))
      .catch(() => undefined);
  };

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) => {
      statistics.unanswered += 1;
      if (!outgoing.headersSent) outgoing.writeHead(503, { "content-type": "text/plain" });
      outgoing.end(`The local organization can't answer: ${String(error)}\n`);
    });
  });
  server.keepAliveTimeout = CLIENT_IDLE_MILLISECONDS;
  // Uploads may take as long as they take.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    statistics,
    watchProblems: (listener) => void listeners.push(listener),
    settled: () => told,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      agent.destroy();
      await atMost(told);
    },
  };
}

const isForm = (incoming: IncomingMessage, path: string | undefined): boolean =>
  path !== undefined &&
  incoming.method === "POST" &&
  incoming.url === path &&
  incoming.headers.authorization === undefined &&
  incoming.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;

async function text(incoming: IncomingMessage): Promise<string> {
  const keeper = new Keeper(KEEP_OF_FORM);
  for await (const chunk of incoming) keeper.add(chunk as Buffer);
  return keeper.whole()?.toString() ?? "";
}

function isDoor(path: string): boolean {
  let decoded = path.replace(/^https?:\/\/[^/]*/i, "");
  try {
    // As the emulator's server decodes it.
    decoded = decodeURIComponent(decoded);
  } catch {
    // Then the emulator can't either.
  }
  return DOORS.test(decoded) && !HANDED_OUT.test(decoded);
}

function isApiCall(path: string, signature: Signature | undefined, incoming: IncomingMessage): boolean {
  if (path.startsWith("/_") || path === "/health") return false;
  if (signature)
    return !NOT_AWS.has(signature.signingName) && !/\.lambda-url\./.test(incoming.headers.host ?? "");
  // Unsigned: STS with a token of somebody else's, and anonymous S3. The answer shows which it was.
  return true;
}

/** An unsigned request that no AWS service answered as an API call. */
const isStrayAnswer = (signature: Signature | undefined, exchange: Exchange): boolean =>
  signature === undefined &&
  exchange.responseHeaders["x-amz-id-2"] === undefined &&
  !/Action=AssumeRoleWith/.test(exchange.requestBody?.toString("latin1") ?? exchange.url);

/** Waits, but not for ever. */
async function atMost(waited: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, MAXIMUM_HOLD_MILLISECONDS)));
  await Promise.race([waited, limit]);
  clearTimeout(timer);
}
