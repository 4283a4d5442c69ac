/**
 * What the runtime of the controls costs, beside Cloud Custodian handling the same event against the same emulator: size, loading,
 * handling; and a burst of offending events through the whole local organization.
 */
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Command } from "commander";
import { zipSync } from "fflate";
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { entries } from "../cli/ledger-items";
import { descendantsOf } from "../cli/processes";
import { functionRoleName, LEDGER_TABLE_NAME } from "../components/naming";
import type { AwsClientConfig } from "../controls/control";
import { bundleControl } from "../functions/bundle";
import { engineFor } from "../local/deploy";
import { startOrganization, type Organization } from "../local/organization";
import { readStack, settingsOf } from "../local/stack";
import { controls } from "../controls";
import { median, print, type Measured } from "./measure";

const CONTROL = "s3-bucket-policy-not-public";
const CUSTODIAN = "0.9.53";
const WARM_UP = 10;
const FOLDER = join(__dirname, "..", ".bailiwick");

export interface RuntimeBenchOptions {
  /** Measured invocations of each. Default 30. */
  invocations?: number;
  /** Offending events at once; 0: none. Default 1,000. */
  burst?: number;
}

interface Answer {
  loaded: number;
  loadedProcessor: number;
  bytes: number;
  result: unknown;
  error?: string;
  milliseconds: number;
  /** While no AWS call was under way. */
  own: number;
  ownProcessor: number;
  processor: number;
  calls: number;
  megabytes: number;
}

export async function measureRuntime({
  invocations = 30,
  burst = 1000,
}: RuntimeBenchOptions): Promise<Measured> {
  const python = await installCustodian();
  const stack = readStack("local", {
    // The burst is no accident here.
    "bailiwick:breaker": { accountActions: 100_000 },
  });
  const settings = settingsOf(stack);
  const organization = await startOrganization({ settings });
  try {
    await engineFor(organization, stack).up();
    const account = settings.members[0]?.id ?? "";
    const ours = await measureOurs(organization, settings.security.id, account, invocations);
    const theirs = await measureCustodian(organization, python, account, invocations);
    const bursted = burst === 0 ? undefined : await measureBurst(organization, settings, burst);
    const codes = await Promise.all(controls.map(({ id }) => bundleControl(id)));
    const sizes = codes.map((code) => zipSync({ "index.mjs": Buffer.from(code) }).length);
    return {
      title: "Runtime of the controls, beside Cloud Custodian",
      setting: { node: process.version, custodian: CUSTODIAN, control: CONTROL, invocations, burst },
      figures: {
        "bailiwick: zip, KB": kilobytes(ours.bytes),
        "custodian: zip, KB": kilobytes(theirs.bytes),
        "bailiwick: import, ms": round(ours.loaded),
        "custodian: import, ms": round(theirs.loaded),
        "bailiwick: import, processor, ms": round(ours.loadedProcessor),
        "custodian: import, processor, ms": round(theirs.loadedProcessor),
        "bailiwick: one event, ms": round(median(ours.all.map(({ milliseconds }) => milliseconds))),
        "custodian: one event, ms": round(median(theirs.all.map(({ milliseconds }) => milliseconds))),
        "bailiwick: no call under way, ms": round(median(ours.all.map(({ own }) => own))),
        "bailiwick: processor time, ms": round(median(ours.all.map(({ processor }) => processor))),
        "custodian: processor time, ms": round(median(theirs.all.map(({ processor }) => processor))),
        "bailiwick: AWS calls an event": median(ours.all.map(({ calls }) => calls)),
        "bailiwick: memory, MB": round(Math.max(...ours.all.map(({ megabytes }) => megabytes))),
        ...bursted?.figures,
      },
      targets: [
        {
          what: "own time of a warm invocation over its AWS calls, ms",
          figure: median(ours.all.map(({ own }) => own)),
          most: 15,
        },
        { what: "largest zipped bundle, KB", figure: Math.max(...sizes) / 1024, most: 300 },
        { what: "import, ms", figure: ours.loaded, most: 150 },
        ...(bursted?.targets ?? []),
      ],
    };
  } finally {
    await organization.stop();
  }
}

/** A bucket that is public already, without an event that a deployed function would hear of: made past the gateway. */
async function offend(organization: Organization, account: string, Bucket: string): Promise<object> {
  const region = organization.homeRegion;
  const s3 = new S3Client({
    ...organization.aws(account, region),
    endpoint: organization.emulator.url,
    forcePathStyle: true,
  });
  await makeBucket(s3, Bucket, region);
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: publicPolicy(Bucket) }));
  s3.destroy();
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "AWS API Call via CloudTrail",
    source: "aws.s3",
    account,
    time: new Date().toISOString(),
    region,
    resources: [],
    detail: {
      eventVersion: "1.11",
      eventID: randomUUID(),
      eventSource: "s3.amazonaws.com",
      eventName: "PutBucketPolicy",
      awsRegion: region,
      recipientAccountId: account,
      userIdentity: { type: "Root", arn: `arn:aws:iam::${account}:root`, accountId: account },
      requestParameters: { bucketName: Bucket },
    },
  };
}

async function makeBucket(s3: S3Client, Bucket: string, region: string): Promise<void> {
  const place = { LocationConstraint: region as "eu-west-1" };
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: place }));
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
}

const publicPolicy = (bucket: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Anyone",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  });

async function isPublic(organization: Organization, account: string, Bucket: string): Promise<boolean> {
  const config = { ...organization.aws(account), endpoint: organization.emulator.url, forcePathStyle: true };
  const s3 = new S3Client(config);
  try {
    await s3.send(new GetBucketPolicyCommand({ Bucket }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchBucketPolicy") return false;
    throw error;
  } finally {
    s3.destroy();
  }
}

/** A program that answers lines with lines. */
function conversation(command: string, args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-4000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Answer> => {
    const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
    if (done) throw new Error(`${command} ${args[0] ?? ""} ended early. ${errors}`);
    return JSON.parse(value) as Answer;
  };
  return {
    next,
    ask: (question: object) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return next();
    },
    end: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

interface Run {
  loaded: number;
  loadedProcessor: number;
  bytes: number;
  all: Answer[];
}

async function measureOurs(
  organization: Organization,
  security: string,
  account: string,
  invocations: number,
): Promise<Run> {
  const folder = mkdtempSync(join(FOLDER, "bench-"));
  try {
    const code = await bundleControl(CONTROL);
    writeFileSync(join(folder, "index.mjs"), code);
    writeFileSync(join(folder, "settings.json"), JSON.stringify(functionSettings(organization, security)));
    const { credentials } = await functionCredentials(organization, security);
    const env = {
      PATH: process.env["PATH"],
      AWS_ENDPOINT_URL: organization.endpointUrl,
      AWS_REGION: organization.homeRegion,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      LAMBDA_TASK_ROOT: folder,
    };
    const invoke = join(__dirname, "runtime-invoke.cjs");
    const loads: Answer[] = [];
    for (let run = 0; run < 5; run++) {
      const child = conversation(process.execPath, [invoke], env);
      loads.push(await child.next());
      await child.end();
    }
    const child = conversation(process.execPath, [invoke], env);
    await child.next();
    const all: Answer[] = [];
    // The first few warm up.
    for (let number = -WARM_UP; number < invocations; number++) {
      const bucket = `bench-ours-${number + WARM_UP}`;
      const event = await offend(organization, account, bucket);
      const answer = await child.ask(batchOf(event, String(number)));
      const { batchItemFailures } = answer.result as { batchItemFailures: unknown[] };
      if (batchItemFailures.length > 0 || (await isPublic(organization, account, bucket)))
        throw new Error(`The runtime did not put ${bucket} right.`);
      if (number >= 0) all.push(answer);
    }
    await child.end();
    const bytes = zipSync({ "index.mjs": Buffer.from(code) }).length;
    return { ...loading(loads), bytes, all };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const loading = (loads: readonly Answer[]) => ({
  loaded: median(loads.map(({ loaded }) => loaded)),
  loadedProcessor: median(loads.map(({ loadedProcessor }) => loadedProcessor)),
});

const batchOf = (event: object, id: string) => ({
  Records: [
    {
      messageId: `bench-${id}`,
      receiptHandle: "none",
      body: JSON.stringify(event),
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: {},
      eventSource: "aws:sqs",
    },
  ],
});

function functionSettings({ homeRegion }: Organization, security: string) {
  return {
    mode: "enforce",
    partition: "aws",
    busName: "bailiwick",
    roleName: `bailiwick-${CONTROL}`,
    queueUrl: `https://sqs.${homeRegion}.amazonaws.com/${security}/bailiwick-${CONTROL}`,
    ledger: { table: LEDGER_TABLE_NAME, retentionDays: 400 },
    breaker: { resourceActions: 3, accountActions: 100_000, windowMinutes: 10, closeAfterMinutes: 60 },
  };
}

async function functionCredentials(organization: Organization, security: string): Promise<AwsClientConfig> {
  const root = organization.aws(security);
  const { Credentials: given } = await new STSClient(root).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${security}:role/${functionRoleName(CONTROL)}`,
      RoleSessionName: "bench",
    }),
  );
  return {
    ...root,
    credentials: {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    },
  };
}

async function measureCustodian(
  organization: Organization,
  python: string,
  account: string,
  invocations: number,
): Promise<Run> {
  const folder = mkdtempSync(join(FOLDER, "bench-"));
  try {
    const region = organization.homeRegion;
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({
        "execution-options": {
          region,
          account_id: account,
          output_dir: folder,
          cache: "memory",
          tracer: "default",
        },
        policies: [custodianPolicy(account)],
      }),
    );
    const env = {
      PATH: process.env["PATH"],
      HOME: folder,
      AWS_ENDPOINT_URL: organization.endpointUrl,
      AWS_DEFAULT_REGION: region,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: "test",
    };
    const args = [join(__dirname, "custodian.py"), folder];
    const loads: Answer[] = [];
    for (let run = 0; run < 3; run++) {
      const child = conversation(python, args, env);
      loads.push(await child.next());
      await child.end();
    }
    const child = conversation(python, args, env);
    const { bytes } = await child.next();
    const all: Answer[] = [];
    for (let number = -WARM_UP; number < invocations; number++) {
      const bucket = `bench-theirs-${number + WARM_UP}`;
      const answer = await child.ask(await offend(organization, account, bucket));
      if (answer.error !== undefined || (await isPublic(organization, account, bucket)))
        throw new Error(`Cloud Custodian did not put ${bucket} right. ${answer.error ?? ""}`);
      if (number >= 0) all.push(answer);
    }
    await child.end();
    return { ...loading(loads), bytes, all };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same event, the same required state, the same remedy. */
function custodianPolicy(account: string): object {
  return {
    name: "s3-bucket-policy-not-public",
    resource: "aws.s3",
    mode: {
      type: "cloudtrail",
      role: `arn:aws:iam::${account}:role/custodian`,
      events: [{ source: "s3.amazonaws.com", event: "PutBucketPolicy", ids: "requestParameters.bucketName" }],
    },
    filters: [{ type: "cross-account", everyone_only: true }],
    actions: [{ type: "remove-statements", statement_ids: "matched" }],
  };
}

/** In an environment of its own, once. */
async function installCustodian(): Promise<string> {
  const home = join(FOLDER, `custodian-${CUSTODIAN}`);
  const python = join(home, "bin", "python");
  if (existsSync(python)) return python;
  mkdirSync(FOLDER, { recursive: true });
  const workshop = `${home}-${process.pid}`;
  const run = promisify(execFile);
  try {
    process.stderr.write(`Installing Cloud Custodian ${CUSTODIAN} (once)\n`);
    await run("python3", ["-m", "venv", workshop]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `c7n==${CUSTODIAN}`];
    await run(join(workshop, "bin", "python"), pip, { maxBuffer: 1 << 24 });
    renameSync(workshop, home);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  return python;
}

/** Makes so many buckets public at once, in three accounts, and waits until the ledger has an end for each. */
async function measureBurst(
  organization: Organization,
  { members, homeRegion }: ReturnType<typeof settingsOf>,
  burst: number,
): Promise<Pick<Measured, "figures" | "targets">> {
  const buckets = Array.from({ length: burst }, (_, index) => ({
    name: `bench-burst-${index}`,
    account: members[index % 3]?.id ?? "",
  }));
  const clients = (endpoint: string) =>
    new Map(
      members.map(({ id }) => [
        id,
        new S3Client({ ...organization.aws(id, homeRegion), endpoint, forcePathStyle: true }),
      ]),
    );
  const direct = clients(organization.emulator.url);
  await inParallel(buckets, 20, async ({ name, account }) => {
    const s3 = direct.get(account);
    if (s3) await makeBucket(s3, name, homeRegion);
  });
  const gateway = clients(organization.endpointUrl);
  const began = performance.now();
  await inParallel(buckets, 50, ({ name, account }) =>
    Promise.resolve(
      gateway.get(account)?.send(new PutBucketPolicyCommand({ Bucket: name, Policy: publicPolicy(name) })),
    ),
  );
  const offended = performance.now() - began;
  const ledger = new DynamoDBClient({
    ...organization.aws(organizationSecurity(organization)),
    endpoint: organization.emulator.url,
  });
  const read = () =>
    entries(ledger, LEDGER_TABLE_NAME, { controls: [CONTROL], resource: "bench-burst-", limit: 10 * burst });
  const deadline = Date.now() + 600_000;
  let found = await read();
  while (found.filter(({ status }) => status === "done").length < burst && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    found = await read();
  }
  const took = performance.now() - began;
  const remediated = found.filter(({ outcome }) => outcome.outcome === "remediated");
  const different = new Set(remediated.map(({ outcome }) => outcome.resource?.arn)).size;
  const twice = found.filter(({ steps }) => steps.length > 1).length + remediated.length - different;
  return {
    figures: {
      "burst: events made, seconds": round(offended / 1000),
      "burst: all handled, seconds": round(took / 1000),
      "burst: tried more than once": found.filter(({ outcome }) => (outcome.attempt ?? 1) > 1).length,
      "burst: memory of the largest function, MB": round(largestFunction()),
    },
    targets: [
      { what: "burst: put right", figure: different, least: burst },
      { what: "burst: put right twice", figure: twice, most: 0 },
    ],
  };
}

const organizationSecurity = ({ accounts }: Organization) =>
  accounts.find(({ kind }) => kind === "security")?.id ?? "";

/** Peak memory of the Node.js processes in which the emulator runs functions; NaN where there is no /proc. */
function largestFunction(): number {
  const peaks = descendantsOf(process.pid).flatMap((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const isNode = /^Name:\s+(node|MainThread)/m.test(status);
      const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      return isNode && peak !== undefined ? [Number(peak) / 1000] : [];
    } catch {
      return [];
    }
  });
  return peaks.length === 0 ? Number.NaN : Math.max(...peaks);
}

async function inParallel<T>(
  items: readonly T[],
  at: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: at }, worker));
}

const round = (number: number) => Math.round(number * 10) / 10;
const kilobytes = (bytes: number) => Math.round(bytes / 1024);

export function runtimeBench(): Command {
  return new Command("runtime")
    .description(
      "Size, import and handling time of a control's function beside Cloud Custodian's with the same event and emulator, and a burst " +
        "of offending events across three accounts.",
    )
    .option("--invocations <number>", "measured invocations of each", Number, 30)
    .option("--burst <number>", "offending events at once; 0: none", Number, 1000)
    .option("--json", "print JSON")
    .action(async (options: { invocations: number; burst: number; json?: boolean }) => {
      print(await measureRuntime(options), options.json === true);
    });
}
