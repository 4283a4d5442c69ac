/** The emulator as a child process, and its internal knowledge: who owns a key, what IAM allows. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { Agent, request } from "node:http";
import * as path from "node:path";
import type { EventBridgeEvent, JsonObject } from "@bailiwick/aws-events/record";
import type { InstalledEmulator } from "./install";

interface OrganizationAccount {
  id: string;
  name: string;
  email: string;
}

interface EmulatorOptions {
  installed: InstalledEmulator;
  port: number;
  /** The endpoint for AWS SDK clients, including functions: the gateway. */
  endpointUrl: string;
  /** The address to which the events of every bus are posted. */
  eventsUrl: string;
  organization: { id: string; rootId: string; managementAccountId: string; accounts: OrganizationAccount[] };
  /** How long a minute of CloudWatch's periods lasts. @default 1,000 */
  metricMinuteMilliseconds?: number;
  /** For its log and temporary files. Its creator removes it. */
  folder: string;
}

/** The owner of a key. `type` undefined: an unknown key. */
export interface CallerIdentity {
  type?: "Root" | "IAMUser" | "AssumedRole" | "FederatedUser";
  arn?: string;
  accountId?: string;
  principalId?: string;
  userName?: string;
  /** Seconds since 1970. */
  issuedAt?: number;
  role?: { arn: string; id: string; name: string };
  /** The caller that requested a federated user's session. Root has no name. */
  issuer?: {
    type: "Root" | "IAMUser";
    principalId: string;
    arn: string;
    accountId: string;
    userName?: string;
  };
  tags?: { Key: string; Value: string }[];
}

export interface AuthorizationRequest {
  /** `arn` with `policyOnly`: a user, a session, an account's root. */
  principal: { service: string } | { role: string } | { arn: string };
  action: string;
  resource: string;
  region?: string;
  context?: Record<string, string>;
  /** The resource's own policy, as JSON text. */
  policy?: string;
  /** The account that owns the resource. */
  owner?: string;
  /** Asks whether the role `resource` may be assumed. */
  trust?: boolean;
  /** Asks what the resource's policy says of the principal, whatever its own policies allow. */
  policyOnly?: boolean;
}

export type Authorization = { allowed: true } | { allowed: false; reason: string };

/** In the terms of CreateConnection. */
export interface EmulatedConnection {
  ConnectionState: string;
  AuthorizationType: string;
  AuthParameters: JsonObject | null;
}

/** The results of a trail's deliveries of one kind, for GetTrailStatus. Times in seconds since 1970, with fractions. */
export interface DeliveryAttempt {
  /** ARN. */
  trail: string;
  /** Account and region of the records. */
  account: string;
  region: string;
  /** As in the names of GetTrailStatus: `Latest…Time`, `Latest…Error`. */
  kind: "Delivery" | "DigestDelivery" | "CloudWatchLogsDelivery" | "Notification";
  attempted: number;
  succeeded?: number;
  /** In AWS's words. Absent when the last attempt succeeded. */
  error?: string;
}

/** A count in CloudWatch. */
export interface Metric {
  account: string;
  region: string;
  namespace: string;
  name: string;
  value: number;
  dimensions: Record<string, string>;
}

/** A file that CloudTrail is about to write. */
export interface FileToDeliver {
  /** ARN. */
  trail: string;
  bucket: string;
  /** The file's key. */
  key: string;
  /** The trail's KMS key. */
  kmsKeyId?: string;
}

/** The bucket's account and region, and the key to encrypt with; or S3's error, and what is missing. */
export type Deliverable =
  { account: string; region: string; kmsKeyArn?: string } | { code: string; message: string };

/** Where a bucket is. */
export interface BucketHome {
  account: string;
  region: string;
}

export interface Emulator {
  url: string;
  port: number;
  /** Id of its process, whose group includes the functions' workers. */
  pid: number;
  identity(accessKeyId: string): Promise<CallerIdentity>;
  authorize(request: AuthorizationRequest): Promise<Authorization>;
  /** Stores events that arrived on a bus in the bus's archives that accept them. */
  archive(account: string, region: string, bus: string, events: EventBridgeEvent[]): Promise<void>;
  /** A connection of EventBridge with its secrets, which the API doesn't return; undefined if there is none. */
  connection(account: string, region: string, name: string): Promise<EmulatedConnection | undefined>;
  /** Whether the policies of bucket and key let CloudTrail write a trail's file. CreateTrail and UpdateTrail check the same. */
  mayDeliver(file: FileToDeliver): Promise<Deliverable>;
  /** Sets the results of deliveries for clients that request a trail's status. */
  delivered(attempts: readonly DeliveryAttempt[]): Promise<void>;
  /** The bucket's account and region; undefined if there is no such bucket. */
  bucketHome(bucket: string): Promise<BucketHome | undefined>;
  /** Adds points to metrics, at this moment. */
  metrics(metrics: readonly Metric[]): Promise<void>;
  /** The secret that events must be posted with. */
  token: string;
  logFile: string;
  /** Resolves with a sentence when the process ends unexpectedly. */
  died: Promise<string>;
  stop(): Promise<void>;
}

const START_TIMEOUT_MILLISECONDS = 30_000;

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const token = randomBytes(16).toString("hex");
  const logFile = path.join(options.folder, "emulator.log");
  await mkdir(options.folder, { recursive: true });
  const child = spawn(options.installed.python, [path.join(__dirname, "launch.py")], {
    cwd: options.folder,
    // Its own process group, so that Ctrl-C only reaches this process, and stop() also the functions' workers.
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      HOME: options.folder,
      TMPDIR: options.folder,
      AUTH: "true",
      GATEWAY_PORT: String(options.port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      MINISTACK_ACCOUNT_ID: options.organization.managementAccountId,
      AWS_ENDPOINT_URL: options.endpointUrl,
      PYTHONDONTWRITEBYTECODE: "1",
      LOG_LEVEL: process.env["LOCAL_AWS_LOG_LEVEL"] ?? "WARNING",
      LOCAL_AWS_ORGANIZATION: JSON.stringify(options.organization),
      LOCAL_AWS_EVENTS_URL: options.eventsUrl,
      LOCAL_AWS_TOKEN: token,
      LOCAL_AWS_METRIC_MINUTE_MILLISECONDS: String(options.metricMinuteMilliseconds ?? 1000),
    },
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  let stopping = false;
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) =>
      resolve(`ended with ${signal ?? `exit code ${code}`}; its log: ${logFile}`),
    );
  });
  const died = new Promise<string>((resolve) => {
    void exited.then((how) => {
      log.end();
      if (!stopping) resolve(`The emulator ${how}`);
    });
  });
  const url = `http://127.0.0.1:${options.port}`;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const ask = <Answer>(endpoint: string, question: object) =>
    post(agent, `${url}/_local-aws/${endpoint}`, token, question) as Promise<Answer>;
  const stop = async () => {
    stopping = true;
    agent.destroy();
    killGroup(child);
    await exited;
  };
  try {
    await Promise.race([answers(url), died.then((how) => Promise.reject(new Error(how)))]);
  } catch (error) {
    await stop();
    throw error;
  }
  const { pid } = child;
  if (pid === undefined) throw new Error("The emulator answers, but its process has no id.");
  return {
    url,
    port: options.port,
    pid,
    token,
    logFile,
    died,
    stop,
    identity: (accessKeyId) => ask<CallerIdentity>("identity", { accessKeyId }),
    authorize: (request) => ask<Authorization>("authorize", request),
    connection: async (account, region, name) => {
      const named = { account, region, name };
      const { connection } = await ask<{ connection: EmulatedConnection | null }>("connection", named);
      return connection ?? undefined;
    },
    mayDeliver: (file) => ask<Deliverable>("may-deliver", file),
    delivered: async (attempts) => {
      await ask("delivered", { attempts });
    },
    bucketHome: async (bucket) => {
      const { account, region } = await ask<Partial<BucketHome>>("bucket-home", { bucket });
      return account !== undefined && region !== undefined ? { account, region } : undefined;
    },
    metrics: async (metrics) => {
      await ask("metrics", { metrics });
    },
    archive: async (account, region, bus, events) => {
      await ask("archive", { account, region, bus, events });
    },
  };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function answers(url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MILLISECONDS;
  for (;;) {
    try {
      if ((await fetch(`${url}/_ministack/health`)).ok) return;
    } catch {
      // Not yet listening.
    }
    if (Date.now() > deadline)
      throw new Error(`The emulator did not answer within ${START_TIMEOUT_MILLISECONDS / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function post(agent: Agent, url: string, token: string, question: object): Promise<JsonObject> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { method: "POST", agent, headers: { "x-local-aws-token": token } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(JSON.parse(text) as JsonObject);
          else reject(new Error(`The emulator answered ${response.statusCode} to ${url}: ${text}`));
        });
      },
    );
    call.on("error", reject);
    call.end(JSON.stringify(question));
  });
}
