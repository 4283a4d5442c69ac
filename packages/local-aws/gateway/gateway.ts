/**
 * The gateway: every client of the local organization goes through it. It forwards requests to the emulator unchanged and reports each
 * API call, decoded, in the order in which the calls ended.
 */
import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { CallerIdentity, Emulator } from "../emulator/emulator";
import { closeHttpServer, listenOnLoopback } from "../loopback";
import type { ApiCall } from "./api-call";
import { BoundedBody, MAXIMUM_KEPT_BYTES } from "./body";
import { decodeCall, splitUrl } from "./decode";
import { forward, type Exchange } from "./exchange";
import { meet, type CallWeather } from "./forecast";
import { rememberIdentities, type Identities } from "./identities";
import { serviceModels, type ServiceModels } from "./models";
import { changesRecording, isApiCall, isEmulatorPath, isNoCallAfterAll, isSignInForm } from "./request-kind";
import { readSignature, type Signature } from "./signature";

interface GatewayOptions {
  emulator: Promise<Emulator>;
  /** botocore's `data` folder. */
  modelsFolder: string;
  /** Receives every API call, one after the other. If it throws, the gateway counts and shows that, and reports the next call. */
  onCall: (call: ApiCall) => void | Promise<void>;
  /** Answers the sign-in page's form, if there is one. */
  signIn?: SignInEndpoint;
  /** What befalls calls. Default: nothing. */
  weather?: CallWeather;
}

/** The endpoint for people instead of programs. */
interface SignInEndpoint {
  path: string;
  /** @returns the answer, sent as JSON; undefined if the form is not a sign-in. */
  submit(form: URLSearchParams, sourceAddress: string, userAgent: string): Promise<object> | undefined;
}

/** Why a call was not completely decoded, or not recorded. */
export interface GatewayProblem {
  /** Milliseconds since 1970. */
  at: number;
  /** `s3:PutBucketPolicy`, or method and path if no model has the operation. */
  call: string;
  problem: string;
}

export interface GatewayStatistics {
  /** API calls that passed. */
  calls: number;
  /** Of them, those that were not completely decoded. */
  undecoded: number;
  /** The last problems, oldest first. */
  problems: GatewayProblem[];
  /** Requests that are no API calls: function URLs, API Gateway stages, health checks. */
  others: number;
  /** Requests for the emulator's own paths. */
  refused: number;
  /** Requests without an answer from the emulator. */
  unanswered: number;
  /** Calls whose listener threw. */
  unreported: number;
}

export interface Gateway {
  /** http://127.0.0.1:<port> */
  url: string;
  port: number;
  statistics: GatewayStatistics;
  /** Calls `listener` with each problem from now on. */
  watchProblems(listener: (problem: GatewayProblem) => void): void;
  /** Resolves when every call that has ended by now has been reported. */
  allReported(): Promise<void>;
  close(): Promise<void>;
}

/** The emulator closes idle connections after 75 s: ours end earlier, so that no request meets a closing one. */
const IDLE_CONNECTION_MILLISECONDS = 30_000;
const CLIENT_IDLE_MILLISECONDS = 120_000;
/** S3 stores longer bodies; its parameters are shorter. Bytes. */
const KEEP_OF_S3_REQUEST = 4 * 2 ** 20;
const KEEP_OF_S3_RESPONSE = 2 ** 20;
const KEEP_OF_RESPONSE = 4 * 2 ** 20;
const KEEP_OF_FORM = 16 * 1024;
const PROBLEMS_SHOWN = 50;
/** Longest time for which an answer is held back until its call has been reported. */
const MAXIMUM_HOLD_MILLISECONDS = 5_000;

/** Listens on 127.0.0.1, on a free port. Requests wait until the emulator is up. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new HttpGateway(options);
  await gateway.listen();
  return gateway;
}

class HttpGateway implements Gateway {
  /** Both are known once it listens. */
  url = "";
  port = 0;
  readonly statistics: GatewayStatistics = {
    calls: 0,
    undecoded: 0,
    problems: [],
    others: 0,
    refused: 0,
    unanswered: 0,
    unreported: 0,
  };
  private readonly models: ServiceModels;
  private readonly identities: Identities;
  private readonly agent = new Agent({
    keepAlive: true,
    timeout: IDLE_CONNECTION_MILLISECONDS,
    scheduling: "lifo",
  });
  private readonly server = createServer((incoming, outgoing) => this.serve(incoming, outgoing));
  private readonly problemListeners: ((problem: GatewayProblem) => void)[] = [];
  private readonly preloaded = new Set<string>();
  /** Reports are made one after the other: this one has the last call so far. Never rejects. */
  private lastReport: Promise<void> = Promise.resolve();

  constructor(private readonly options: GatewayOptions) {
    this.models = serviceModels(options.modelsFolder);
    this.identities = rememberIdentities(options.emulator);
    this.server.keepAliveTimeout = CLIENT_IDLE_MILLISECONDS;
    // An upload may take any time.
    this.server.requestTimeout = 0;
  }

  async listen(): Promise<void> {
    this.port = await listenOnLoopback(this.server);
    this.url = `http://127.0.0.1:${this.port}`;
  }

  watchProblems(listener: (problem: GatewayProblem) => void): void {
    this.problemListeners.push(listener);
  }

  allReported(): Promise<void> {
    return this.lastReport;
  }

  async close(): Promise<void> {
    await closeHttpServer(this.server);
    this.agent.destroy();
    await atMost(this.lastReport);
  }

  private serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.handle(incoming, outgoing).catch((error: unknown) => {
      this.statistics.unanswered += 1;
      if (!outgoing.headersSent) outgoing.writeHead(503, { "content-type": "text/plain" });
      outgoing.end(`The local organization can't answer: ${String(error)}\n`);
    });
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [path, query] = splitUrl(incoming.url ?? "/");
    if (isEmulatorPath(path)) {
      this.statistics.refused += 1;
      refuse(outgoing, 403, "This path is the emulator's own and closed to clients.");
    } else if (isSignInForm(incoming, this.options.signIn?.path)) {
      await this.signIn(incoming, outgoing);
    } else {
      const signature = readSignature(incoming.headers as Record<string, string>, query);
      const answered = isApiCall(path, signature, incoming)
        ? await this.forwardCall(incoming, outgoing, signature)
        : await this.forwardOther(incoming, outgoing);
      if (!answered) this.statistics.unanswered += 1;
    }
  }

  private async signIn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await formText(incoming));
    const address = incoming.socket.remoteAddress ?? "127.0.0.1";
    const answer = this.options.signIn?.submit(form, address, incoming.headers["user-agent"] ?? "");
    if (answer === undefined) {
      refuse(outgoing, 400, "This form is not a sign-in.");
    } else {
      const result = JSON.stringify(await answer);
      outgoing.writeHead(200, { "content-type": "application/json" }).end(result);
    }
  }

  private async forwardOther(incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> {
    const { port } = await this.options.emulator;
    return forward(incoming, outgoing, {
      agent: this.agent,
      port,
      keepRequest: 0,
      keepResponse: 0,
      ended: () => {
        this.statistics.others += 1;
      },
    });
  }

  private async forwardCall(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    signature: Signature | undefined,
  ): Promise<boolean> {
    const headers = incoming.headers as Record<string, string>;
    const { port } = await this.options.emulator;
    // Asked now, while the key exists and the emulator works on the call.
    const identity = this.identities.of(signature?.accessKeyId);
    identity.catch(() => undefined);
    if (signature) this.preloadModel(signature.signingName);
    const { weather } = this.options;
    const [path, query] = splitUrl(incoming.url ?? "/");
    const request = { method: incoming.method ?? "", path, query, headers };
    const met =
      weather?.changesCalls === true && signature
        ? await meet(weather, this.models, incoming, request, signature, (await identity).accountId ?? "")
        : undefined;
    return forward(incoming, outgoing, {
      agent: this.agent,
      port,
      met,
      ...keptBytes(signature, headers),
      ended: (exchange) => {
        if (isNoCallAfterAll(signature, exchange)) this.statistics.others += 1;
        else this.report(exchange, signature, identity);
      },
      hold: changesRecording(signature, headers) ? () => atMost(this.lastReport) : undefined,
    });
  }

  /** The first call of a service need not wait for its model. */
  private preloadModel(signingName: string): void {
    if (this.preloaded.has(signingName)) return;
    this.preloaded.add(signingName);
    void this.models
      .signedAs(signingName)
      .then(([first]) => first && this.models.service(first.name))
      .catch(() => undefined);
  }

  private report(
    exchange: Exchange,
    signature: Signature | undefined,
    identity: Promise<CallerIdentity>,
  ): void {
    this.statistics.calls += 1;
    const sequence = this.statistics.calls;
    const decoded = identity
      .catch(() => ({}))
      .then((caller) => decodeCall(this.models, exchange, signature, caller, sequence));
    this.lastReport = this.lastReport.then(async () => this.reportCall(await decoded));
  }

  private async reportCall(call: ApiCall): Promise<void> {
    const name = `${call.service}:${call.operation ?? `${call.http.method} ${call.http.path}`}`;
    if (call.problem !== undefined) {
      this.statistics.undecoded += 1;
      this.noteProblem(name, call.problem);
    }
    if (call.service === "iam" && !call.readOnly) this.identities.forgetUsers();
    try {
      await this.options.onCall(call);
    } catch (error) {
      this.statistics.unreported += 1;
      this.noteProblem(name, `not recorded: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }

  private noteProblem(call: string, problem: string): void {
    const noted = { at: Date.now(), call, problem };
    const { problems } = this.statistics;
    problems.push(noted);
    if (problems.length > PROBLEMS_SHOWN) problems.shift();
    for (const listener of this.problemListeners) listener(noted);
  }
}

/** How much of a call's bodies is kept for decoding. */
function keptBytes(
  signature: Signature | undefined,
  headers: Record<string, string>,
): { keepRequest: number; keepResponse: number } {
  if (signature?.signingName !== "s3")
    return { keepRequest: MAXIMUM_KEPT_BYTES, keepResponse: KEEP_OF_RESPONSE };
  const length = Number(headers["x-amz-decoded-content-length"] ?? headers["content-length"] ?? 0);
  return {
    keepRequest: length > KEEP_OF_S3_REQUEST ? 0 : KEEP_OF_S3_REQUEST,
    keepResponse: KEEP_OF_S3_RESPONSE,
  };
}

function refuse(outgoing: ServerResponse, status: number, why: string): void {
  outgoing.writeHead(status, { "content-type": "text/plain", connection: "close" });
  outgoing.end(`${why}\n`);
}

async function formText(incoming: IncomingMessage): Promise<string> {
  const body = new BoundedBody(KEEP_OF_FORM);
  for await (const chunk of incoming) body.add(chunk as Buffer);
  return body.whole()?.toString() ?? "";
}

/** Waits, but not for ever. */
async function atMost(waited: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, MAXIMUM_HOLD_MILLISECONDS)));
  await Promise.race([waited, limit]);
  clearTimeout(timer);
}
