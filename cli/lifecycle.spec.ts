import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { isAlive } from "./processes";

const PROJECT = path.join(__dirname, "..");

/** What each kind of run does once its folder and its child exist. */
const ENDINGS = {
  success: "return 0;",
  failure: "return 1;",
  error: "throw new Error('the emulator did not start');",
  crash: "setTimeout(() => { throw new TypeError('a fault of our own'); }, 1); await new Promise(() => {});",
  wait: "await new Promise(() => setInterval(() => {}, 1000));",
  hang: "run.defer(() => new Promise(() => setInterval(() => {}, 1000))); await new Promise(() => {});",
};

interface Run {
  child: ChildProcess;
  /** Its temporary folder. */
  folder: string;
  /** The process that it started, in its own process group, like the emulator. */
  grandchild: number;
  stderr: () => string;
  ended: Promise<number | null>;
}

describe("the lifecycle of a run", () => {
  let base: string;
  beforeEach(async () => (base = await mkdtemp(path.join(tmpdir(), "lifecycle-"))));
  const started: number[] = [];
  afterEach(async () => {
    // Only what failed tests leave.
    for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    await rm(base, { recursive: true, force: true });
  });

  async function start(ending: keyof typeof ENDINGS): Promise<Run> {
    const code = `
      require(${JSON.stringify(path.join(__dirname, "register"))});
      const { runToEnd } = require(${JSON.stringify(path.join(__dirname, "lifecycle"))});
      void runToEnd(async (run) => {
        const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true });
        run.defer(() => console.error("torn down"));
        console.log(run.folder + "\\n" + child.pid);
        ${ENDINGS[ending]}
      }, { verbose: false });`;
    const child = spawn(process.execPath, ["-e", code], {
      cwd: PROJECT,
      env: { ...process.env, TMPDIR: base },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, "close").then(([code]) => code as number | null);
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    const [folder = "", grandchild = ""] = first.toString().split("\n");
    started.push(child.pid ?? 0, Number(grandchild));
    return { child, folder, grandchild: Number(grandchild), stderr: () => output, ended };
  }

  const endings: [keyof typeof ENDINGS, NodeJS.Signals | undefined, number, RegExp][] = [
    ["success", undefined, 0, /^torn down\n$/],
    ["failure", undefined, 1, /^torn down\n$/],
    ["error", undefined, 70, /^error: the emulator did not start\n[^\n]*--verbose[^\n]*\ntorn down\n$/],
    ["crash", undefined, 70, /^error: a fault of our own\n[^\n]*--verbose[^\n]*\ntorn down\n$/],
    ["wait", "SIGINT", 130, /Interrupted \(SIGINT\): tearing everything down…\ntorn down\n$/],
    ["wait", "SIGTERM", 143, /Interrupted \(SIGTERM\)/],
    ["wait", "SIGHUP", 129, /Interrupted \(SIGHUP\)/],
  ];
  for (const [ending, signal, code, output] of endings) {
    it(`leaves neither folder nor process, and ends with ${code}, after ${signal ?? ending}`, async () => {
      const run = await start(ending);

      if (signal) run.child.kill(signal);

      assert.equal(await run.ended, code);
      assert.match(run.stderr(), output);
      assert.equal(isAlive(run.grandchild), false);
      assert.equal(existsSync(run.folder), false);
    });
  }

  it("ends at a second Ctrl-C even if a cleanup hangs", async () => {
    const run = await start("hang");

    run.child.kill("SIGINT");
    const again = setInterval(() => run.child.kill("SIGINT"), 200);
    const code = await run.ended;
    clearInterval(again);

    assert.equal(code, 130);
    assert.equal(isAlive(run.grandchild), false);
  });

  it("removes the folder of an earlier run that was killed, and not of one that is running", async () => {
    const killed = await start("wait");
    killed.child.kill("SIGKILL");
    await killed.ended;
    process.kill(killed.grandchild, "SIGKILL");
    const running = await start("wait");

    const next = await start("success");
    await next.ended;

    const left = (await readdir(base)).filter((name) => /^(bailiwick|local-aws)-/.test(name));
    assert.deepEqual(left, [path.basename(running.folder)]);
    running.child.kill("SIGTERM");
    await running.ended;
  });
});
