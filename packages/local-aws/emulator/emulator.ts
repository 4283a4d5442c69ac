/** The emulator as a child process, and what only its insides know: whose a key is, what IAM allows. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { Agent, request } from "node:http";
import * as path from "node:path";
import type { EventBridgeEvent, JsonObject } from "@bailiwick/aws-events/record";
import type { InstalledEmulator } from "./install";

export interface OrganizationAccount {
  id: string;
  name: string;
  email: string;
}

export interface EmulatorOptions {
  installed: InstalledEmulator;
  port: number;
  /** Where AWS SDK clients, functions included, are to go: the gateway. */
  endpointUrl: string;
  /** Where events of every bus are posted. */
  eventsUrl: string;
  organization: { id: string; rootId: string; managementAccountId: string; accounts: OrganizationAccount[] };
  /** For its log and temporary files; removed by whoever made it. */
  folder: string;
}

/** Who a key belongs to. `type` undefined: nobody's key. */
export interface CallerIdentity {
  type?: "Root" | "IAMUser" | "AssumedRole" | "FederatedUser";
  arn?: string;
  accountId?: string;
  principalId?: string;
  userName?: string;
  /** Seconds since 1970. */
  issuedAt?: number;
  role?: { arn: string; id: string; name: string };
  /** Of a federated user's session: who asked for it. Root has no name. */
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

/** What became of a trail's deliveries of one kind, for GetTrailStatus. Times in seconds since 1970, with fractions. */
export interface DeliveryAttempt {
  /** ARN. */
  trail: string;
  /** Whose records, and of which region. */
  account: string;
  region: string;
  /** As in the names of GetTrailStatus: `Latest…Time`, `Latest…Error`. */
  kind: "Delivery" | "DigestDelivery" | "CloudWatchLogsDelivery" | "Notification";
  attempted: number;
  succeeded?: number;
  /** In AWS's words; absent when the last attempt succeeded. */
  error?: string;
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

/** Whose the bucket is, and the key to encrypt with; or the error that S3 would answer, and what is missing. */
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
  /** Of its process, whose group holds the functions' workers too. */
  pid: number;
  identity(accessKeyId: string): Promise<CallerIdentity>;
  authorize(asked: AuthorizationRequest): Promise<Authorization>;
  /** Keeps events that came to a bus in the archives of that bus which take them. */
  archive(account: string, region: string, bus: string, events: EventBridgeEvent[]): Promise<void>;
  /** A connection of EventBridge with its secrets, which the API does not tell; undefined if there is none. */
  connection(account: string, region: string, name: string): Promise<EmulatedConnection | undefined>;
  /** Whether the policies of bucket and key let CloudTrail write a trail's file. CreateTrail and UpdateTrail ask the same. */
  mayDeliver(file: FileToDeliver): Promise<Deliverable>;
  /** Tells clients that ask for a trail's status what became of its deliveries. */
  delivered(attempts: readonly DeliveryAttempt[]): Promise<void>;
  /** Whose bucket it is, and where; undefined if there is none of that name. */
  bucketHome(bucket: string): Promise<BucketHome | undefined>;
  /** Whoever posts events must show it. */
  token: string;
  logFile: string;
  /** Resolves with a sentence when the process ends without having been asked to. */
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
    // A process group of its own: Ctrl-C goes to us alone, and stop() reaches the function workers too.
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
  const ask = <Answer>(door: string, question: object) =>
    post(agent, `${url}/_local-aws/${door}`, token, question) as Promise<Answer>;
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
  if (pid === undefined) throw new Error("The emulator answers, but has no process of its own.");
  return {
    url,
    port: options.port,
    pid,
    token,
    logFile,
    died,
    stop,
    identity: (accessKeyId) => ask<CallerIdentity>("identity", { accessKeyId }),
    authorize: (asked) => ask<Authorization>("authorize", asked),
    connection: async (account, region, name) => {
      const asked = { account, region, name };
      const { connection } = await ask<{ connection: EmulatedConnection | null }>("connection", asked);
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
