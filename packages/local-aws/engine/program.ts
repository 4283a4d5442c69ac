/** Runs a Pulumi program as the real CLI's language host would, and ensures that its process ends. */
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { createInterface } from "node:readline";

interface ProgramRun {
  folder: string;
  project: string;
  stack: string;
  organization: string;
  config: Record<string, string>;
  secretConfigKeys: readonly string[];
  environment: Record<string, string | undefined>;
  preview: boolean;
  /** host:port of the monitor and engine services. */
  address: string;
  onLine: (line: string, stream: "stdout" | "stderr") => void;
}

interface RunningProgram {
  /** Resolves when the process has ended. `code` is undefined if a signal ended it. */
  ended: Promise<{ code: number | undefined; errors: string }>;
  /** Ends the process. */
  kill(): void;
}

/** The number of last lines on stderr that an error shows. */
const SHOWN_LINES = 20;
/** As many operations as the program's order allows. The engine limits its own concurrency. */
const PARALLEL = 1024;

export function startProgram(run: ProgramRun): RunningProgram {
  // The SDK of the program's folder: another one might have another version of the protocol.
  const entry = createRequire(path.join(run.folder, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const tsconfig = "tsconfig.pulumi.json";
  const child = fork(
    entry,
    [
      `--monitor=${run.address}`,
      `--engine=${run.address}`,
      `--project=${run.project}`,
      `--stack=${run.stack}`,
      `--organization=${run.organization}`,
      `--root-directory=${run.folder}`,
      `--parallel=${PARALLEL}`,
      `--pwd=${run.folder}`,
      ...(run.preview ? ["--dry-run"] : []),
      ".",
    ],
    {
      cwd: run.folder,
      execArgv: ["--require", path.join(__dirname, "preload.cjs")],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        TMPDIR: process.env["TMPDIR"],
        // The SDK's advice when a program leaves promises behind.
        PULUMI_DEBUG_PROMISE_LEAKS: process.env["PULUMI_DEBUG_PROMISE_LEAKS"],
        ...run.environment,
        PULUMI_CONFIG: JSON.stringify(run.config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.secretConfigKeys),
        PULUMI_NODEJS_TYPESCRIPT: "true",
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        ...(existsSync(path.join(run.folder, tsconfig)) ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
      },
    },
  );
  const tail: string[] = [];
  const read = (stream: "stdout" | "stderr") => {
    const input = child[stream];
    if (input === null) return Promise.resolve();
    const lines = createInterface({ input });
    lines.on("line", (line) => {
      if (stream === "stderr") tail.push(line);
      if (tail.length > SHOWN_LINES) tail.shift();
      run.onLine(line, stream);
    });
    return new Promise<void>((resolve) => lines.once("close", resolve));
  };
  const drained = Promise.all([read("stdout"), read("stderr")]);
  const exited = new Promise<number | undefined>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? undefined));
  });
  return {
    ended: exited.then(async (code) => {
      await drained;
      return { code, errors: tail.join("\n").trim() };
    }),
    kill: () => void child.kill("SIGKILL"),
  };
}
