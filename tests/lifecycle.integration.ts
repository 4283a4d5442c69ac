import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { installEmulator } from "@bailiwick/local-aws/emulator";
import type { DrillReport } from "../rehearsal/drill/report/report";
import { openPorts, survivors, watchProcess } from "./support/processes";
import { eventually } from "./support/local";

const PROJECT = path.join(__dirname, "..");
const BIN = path.join(PROJECT, "cli", "bin.js");
/** One drill is enough to interrupt it, and to watch two runs side by side. */
const ONE_DRILL = ["s3-bucket-policy-not-public", "--account", "web", "--region", "eu-central-1"];
/** On a busy machine. */
const START_MILLISECONDS = 240_000;

interface Run {
  child: ChildProcess;
  watch: ReturnType<typeof watchProcess>;
  /** The output so far. */
  said: () => string;
  stdout: () => string;
  /** Resolves once this is in the output. */
  says: (text: string) => Promise<void>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

// What processes listen on is read from /proc.
const onLinux = process.platform === "linux" ? describe : describe.skip;

onLinux("a run of the main job", function () {
  this.timeout(400_000);
  let base: string;
  const runs: Run[] = [];

  before(async () => {
    // Once, so that the tests interrupt the run and not the installation.
    await installEmulator();
  });
  beforeEach(async () => (base = await mkdtemp(path.join(tmpdir(), "lifecycle-"))));
  afterEach(async () => {
    for (const { child, watch } of runs.splice(0)) {
      watch.end();
      child.kill("SIGKILL");
    }
    await rm(base, { recursive: true, force: true, maxRetries: 5 });
  });

  function start(command: string, args: readonly string[]): Run {
    // A process group of its own, so that it can be interrupted as by a terminal.
    const child = spawn(command, args, {
      cwd: PROJECT,
      detached: true,
      env: { ...process.env, TMPDIR: base },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(child, "exit").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    let over = false;
    void ended.then(() => (over = true));
    const says = (text: string) =>
      eventually(
        async () => {
          if (said.includes(text)) return true;
          if (over) throw new Error(`It ended before it said "${text}":\n${said}`);
          return undefined;
        },
        `it says "${text}"`,
        START_MILLISECONDS,
      ).then(() => undefined);
    const run = {
      child,
      watch: watchProcess(child.pid!),
      said: () => said,
      stdout: () => stdout,
      says,
      ended,
    };
    runs.push(run);
    return run;
  }

  const drill = (...more: string[]) =>
    start(process.execPath, [
      BIN,
      "drill",
      ...ONE_DRILL,
      "--report",
      path.join(base, "report.html"),
      ...more,
    ]);

  /** The run has left no process, port or folder. */
  async function leftNothing({ watch }: Run): Promise<void> {
    watch.end();
    assert(watch.processes.length > 1, "it had started other processes");
    assert(watch.ports.size > 0, "it had listened on ports");
    assert.deepEqual(survivors(watch.processes), []);
    assert.deepEqual(await openPorts(watch.ports), []);
    assert.deepEqual(await temporary(), []);
  }

  const temporary = async () => (await readdir(base)).filter((name) => /^(bailiwick|local-aws)-/.test(name));

  /** Resolves once it has started a process with this in its command, and listens. */
  const started = (command: string) => (run: Run) =>
    eventually(
      async () =>
        run.watch.ports.size > 0 && run.watch.processes.some((each) => each.command.includes(command))
          ? true
          : undefined,
      `${command} runs`,
      START_MILLISECONDS,
    ).then(() => undefined);
  const programRuns = started("pulumi/cmd/run");
  const moments: [string, (run: Run) => Promise<void>, NodeJS.Signals, number][] = [
    ["while the emulator starts", started("emulator/launch.py"), "SIGINT", 130],
    ["while the program runs", programRuns, "SIGTERM", 143],
    ["while controls are drilled", ({ says }) => says("❯ Drill"), "SIGINT", 130],
  ];
  for (const [when, moment, signal, code] of moments) {
    it(`leaves nothing when it is interrupted (${signal}) ${when}`, async () => {
      const run = drill();
      await moment(run);

      run.child.kill(signal);

      assert.equal((await run.ended).code, code, run.said());
      await leftNothing(run);
    });
  }

  it("leaves nothing when Ctrl-C reaches npm and everything under it at once", async () => {
    const run = start("npm", ["start", "--", ...ONE_DRILL, "--report", path.join(base, "report.html")]);
    await run.says("❯ Deploy the program");

    process.kill(-run.child.pid!, "SIGINT");

    assert.notEqual((await run.ended).code, 0);
    // npm doesn't wait for its children.
    await eventually(
      async () => (survivors(run.watch.processes).length === 0 ? true : undefined),
      "all ended",
    );
    await leftNothing(run);
  });

  it("leaves no process and no port even when it is killed, and the next run removes its folder", async () => {
    const run = drill();
    await programRuns(run);

    run.child.kill("SIGKILL");

    assert.equal((await run.ended).signal, "SIGKILL");
    run.watch.end();
    await eventually(
      async () => (survivors(run.watch.processes).length === 0 ? true : undefined),
      "all it had started ends",
    );
    assert.deepEqual(await openPorts(run.watch.ports), []);
    const [folder] = await temporary();
    assert(folder !== undefined);
    const next = drill();
    await next.says("Starting the emulator");
    assert.equal(existsSync(path.join(base, folder)), false);
    next.child.kill("SIGTERM");
    await next.ended;
  });

  it("holds beside another one, each with its own report, and leaves nothing", async () => {
    const both = [1, 2].map((number) =>
      start(process.execPath, [
        BIN,
        "drill",
        ...ONE_DRILL,
        "--json",
        "--report",
        path.join(base, `report-${number}.html`),
      ]),
    );

    const codes = await Promise.all(both.map(async ({ ended }) => (await ended).code));

    assert.deepEqual(codes, [0, 0], both.map(({ said }) => said()).join("\n"));
    for (const [index, run] of both.entries()) {
      const report = JSON.parse(run.stdout()) as DrillReport;
      assert.deepEqual([report.summary.total, report.summary.held], [1, 1]);
      const page = await readFile(path.join(base, `report-${index + 1}.html`), "utf8");
      assert.match(page, /1 of 1 drill held/);
      await leftNothing(run);
    }
  });

  it("of `up` ends by `down`, which returns when nothing is left", async () => {
    const run = start(process.execPath, [BIN, "up", "--json"]);
    await run.says('"endpointUrl"');
    const { id } = JSON.parse(run.stdout().split("\n")[0]!) as { id: string };

    const { stdout } = await promisify(execFile)(process.execPath, [BIN, "down", id]);

    assert.match(stdout, new RegExp(`^${id} .* ended\n$`));
    assert.equal((await run.ended).code, 0, run.said());
    await leftNothing(run);
  });
});
