/** Emulator, gateway and CloudTrail of a small organization, without fabric and program, to test which calls are recorded, and how. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from "@aws-sdk/client-cloudtrail";
import { S3Client } from "@aws-sdk/client-s3";
import type {
  CloudTrailEvent,
  CloudTrailRecord,
  EventBridgeEvent,
  JsonObject,
} from "@bailiwick/aws-events/record";
import { startEmulator, type Emulator } from "../../emulator/emulator";
import { installEmulator } from "../../emulator/install";
import { freePort, listenOnLoopback } from "../../loopback";
import { startGateway, type ApiCall, type Gateway } from "../../gateway";
import { createTrace, type Trace } from "../../trace";
import { createCloudTrail, signInEndpoint, type CloudTrail } from "..";
import type { InsightEvent } from "../insight-record";
import { makeTrailBucket, type TrailBucketOptions } from "./trail-bucket";

export const MANAGEMENT = "111111111111";
export const SECURITY = "222222222222";
export const MEMBER = "333333333333";
export const ORGANIZATION_ID = "o-exampleorg";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export const rootOf = (account: string): Credentials => ({ accessKeyId: account, secretAccessKey: "test" });

export interface Answer {
  output?: JsonObject;
  error?: string;
  message?: string;
}

export interface RecordedOrganization {
  emulator: Emulator;
  gateway: Gateway;
  cloudTrail: CloudTrail;
  trace: Trace;
  /** The events that were put on default buses, in order. */
  events: CloudTrailEvent[];
  calls: ApiCall[];
  /** Events that services send themselves, made from calls. */
  ownEvents: EventBridgeEvent[];
  /** Insights. */
  insights: InsightEvent[];
  /** Events that the emulator sent, such as those of S3. */
  nativeEvents: JsonObject[];
  /** For clients of the SDK for JavaScript. */
  config(account: string, region?: string): { region: string; endpoint: string; credentials: Credentials };
  /** Creates a bucket in the security account that CloudTrail accepts for the trails, by unrecorded calls. */
  trailBucket(options: TrailBucketOptions): Promise<void>;
  /** Makes a call with botocore. */
  call(
    service: string,
    operation: string,
    parameters?: object,
    options?: { region?: string; credentials?: Credentials; endpoint?: string },
  ): Promise<Answer>;
  /** The records of the calls in `work`, once all have been recorded. */
  recordsOf(work: () => Promise<unknown>): Promise<CloudTrailRecord[]>;
  stop(): Promise<void>;
}

export async function startRecordedOrganization(
  options: { trail?: boolean } = {},
): Promise<RecordedOrganization> {
  const installed = await installEmulator();
  const folder = await mkdtemp(path.join(tmpdir(), "recorded-"));
  let up: (emulator: Emulator) => void = () => undefined;
  const emulatorUp = new Promise<Emulator>((resolve) => (up = resolve));
  const events: CloudTrailEvent[] = [];
  const ownEvents: EventBridgeEvent[] = [];
  const insights: InsightEvent[] = [];
  const calls: ApiCall[] = [];
  const trace = createTrace();
  const accountIds = [MANAGEMENT, SECURITY, MEMBER];
  const cloudTrail = createCloudTrail({
    emulator: emulatorUp,
    organization: { id: ORGANIZATION_ID, managementAccountId: MANAGEMENT, accountIds },
    publish: (_account, _region, event) => {
      const { "detail-type": type } = event;
      const kind = type.startsWith("AWS Insight")
        ? insights
        : type.endsWith("via CloudTrail")
          ? events
          : ownEvents;
      kind.push(event as never);
    },
    trace,
    deliverEveryMilliseconds: 3_600_000,
  });
  const gateway = await startGateway({
    emulator: emulatorUp,
    modelsFolder: installed.modelsFolder,
    onCall: (call) => {
      calls.push(call);
      return cloudTrail.record(call);
    },
    signIn: signInEndpoint(cloudTrail),
  });
  const nativeEvents: JsonObject[] = [];
  const listener = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      nativeEvents.push(JSON.parse(text) as JsonObject);
      response.end("{}");
    });
  });
  const eventsPort = await listenOnLoopback(listener);
  const emulator = await startEmulator({
    installed,
    port: await freePort(),
    endpointUrl: gateway.url,
    eventsUrl: `http://127.0.0.1:${eventsPort}/events`,
    organization: {
      id: ORGANIZATION_ID,
      rootId: "r-exam",
      managementAccountId: MANAGEMENT,
      accounts: accountIds.map((id) => ({ id, name: `account-${id[0]}`, email: `${id}@example.com` })),
    },
    folder,
  });
  up(emulator);
  const python = new PythonClient(installed.python);
  const config = (account: string, region = "eu-west-1") => ({
    region,
    endpoint: gateway.url,
    credentials: rootOf(account),
  });
  const trailBucket = async (bucketOptions: TrailBucketOptions) => {
    const s3 = new S3Client({ ...config(SECURITY), endpoint: emulator.url, forcePathStyle: true });
    await makeTrailBucket(s3, bucketOptions);
    s3.destroy();
  };
  if (options.trail !== false) {
    const client = new CloudTrailClient(config(MANAGEMENT));
    const trails = [`arn:aws:cloudtrail:eu-west-1:${MANAGEMENT}:trail/organization`];
    const bucket = "logs-of-the-organization";
    await trailBucket({ bucket, trails, organizationId: ORGANIZATION_ID });
    const trail = {
      Name: "organization",
      S3BucketName: bucket,
      IsOrganizationTrail: true,
      IsMultiRegionTrail: true,
    };
    await client.send(new CreateTrailCommand(trail));
    await client.send(new StartLoggingCommand({ Name: trail.Name }));
    client.destroy();
  }
  return {
    emulator,
    gateway,
    cloudTrail,
    trace,
    events,
    calls,
    ownEvents,
    insights,
    nativeEvents,
    config,
    trailBucket,
    call: (
      service,
      operation,
      parameters = {},
      { region = "eu-west-1", credentials = rootOf(MEMBER), endpoint = gateway.url } = {},
    ) => python.ask({ service, operation, parameters, region, endpoint, ...credentials }),
    async recordsOf(work) {
      await gateway.allReported();
      const before = events.length;
      await work();
      await gateway.allReported();
      // Publishing begins in the next turn.
      await new Promise((resolve) => setImmediate(resolve));
      return events.slice(before).map(({ detail }) => detail);
    },
    async stop() {
      await python.stop();
      await cloudTrail.close();
      await gateway.close();
      await emulator.stop();
      listener.closeAllConnections();
      listener.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class PythonClient {
  private readonly child: ChildProcess;
  private readonly lines: Interface;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(python: string) {
    this.child = spawn(python, [path.join(__dirname, "client.py")], { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
  }

  /** Makes calls sequentially. */
  ask(call: object): Promise<Answer> {
    const answer = this.turn.then(async () => {
      const heard = once(this.lines, "line");
      this.child.stdin?.write(`${JSON.stringify(call)}\n`);
      const [line] = (await heard) as [string];
      return JSON.parse(line) as Answer;
    });
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.stdin?.end();
    await ended;
  }
}
