import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { installEmulator } from "./emulator/install";

const MOST_LINES = 20;

/** The README's code by the file name in the comment above it. */
async function examples(): Promise<Map<string, string>> {
  const readme = await readFile(path.join(__dirname, "README.md"), "utf8");
  const blocks = readme.matchAll(/<!-- (\S+) -->\n\n```\w+\n([^]*?)```/g);
  return new Map([...blocks].map(([, file = "", code = ""]) => [file, code]));
}

describe("the README's first example", function () {
  this.timeout(180_000);
  let folder: string;
  let started: ChildProcess | undefined;
  before(async () => {
    // Inside the package, so that its name resolves as it does for those who installed it.
    const cache = path.join(__dirname, ".cache");
    await mkdir(cache, { recursive: true });
    folder = await mkdtemp(path.join(cache, "readme-"));
  });
  after(async () => {
    started?.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  it("fits into twenty lines, and shows the program as it is", async () => {
    const code = await examples();
    assert.deepEqual([...code.keys()], ["start.ts", "examples/bucket-events/index.ts", "client.py"]);
    for (const [file, text] of code) assert(text.trimEnd().split("\n").length <= MOST_LINES, file);
    const file = "examples/bucket-events/index.ts";
    assert.equal(code.get(file), await readFile(path.join(__dirname, file), "utf8"));
  });

  it("starts an organization, deploys a program, and the event of a client's call arrives at its rule's queue", async () => {
    const code = await examples();
    for (const file of ["start.ts", "client.py"]) await writeFile(path.join(folder, file), code.get(file)!);
    const { python } = await installEmulator();
    const command = ["-r", "ts-node/register/transpile-only", path.join(folder, "start.ts")];
    const environment = { ...process.env, TMPDIR: folder };
    started = spawn(process.execPath, command, {
      cwd: __dirname,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    started.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const ended = once(started, "exit") as Promise<[number | null]>;
    const variables = new Map<string, string>();
    for await (const line of createInterface({ input: started.stdout! })) {
      for (const [, name = "", value = ""] of line.matchAll(/(AWS_\w+)=(\S+)/g)) variables.set(name, value);
      if (variables.has("AWS_ACCESS_KEY_ID")) break;
    }
    assert.equal(variables.size, 4, errors);

    const { stdout } = await promisify(execFile)(python, [path.join(folder, "client.py")], {
      env: { PATH: process.env["PATH"], HOME: folder, ...Object.fromEntries(variables) },
    });

    const event = JSON.parse(stdout) as { account: string; region: string; detail: Record<string, unknown> };
    assert.deepEqual([event.account, event.region], ["222222222222", "us-east-1"]);
    assert.equal(event.detail["eventName"], "CreateBucket");
    const { bucketName } = event.detail["requestParameters"] as Record<string, unknown>;
    assert.equal(bucketName, "my-first-bucket");
    started.kill("SIGINT");
    assert.deepEqual(await ended, [0, null], errors);
    const left = (await readdir(folder)).filter((name) => name.startsWith("local-aws-"));
    assert.deepEqual(left, []);
  });
});
