/**
 * The lifecycle of one run: its temporary folder, its cleanups, and its end. However it ends (done, failed, Ctrl-C, SIGTERM, a crash
 * of our own), it leaves nothing: no process, no listening port, no folder.
 */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import * as path from "node:path";
import { ExitCode, exitCodeOf, explainError } from "./errors";
import { killDescendants, isAlive } from "./processes";

const PREFIX = "bailiwick-";
const OWNER = "owner.json";
/** Longest time for an orderly end; what is left then is killed. */
const TEARDOWN_MILLISECONDS = 8_000;
/** npm forwards Ctrl-C although the terminal has already sent it to the whole group: only a later one counts as a second. */
const SECOND_SIGNAL_MILLISECONDS = 700;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface RunContext {
  /** Aborted when the run must end early. */
  readonly signal: AbortSignal;
  /** The run's own folder for temporary files; removed at the end. */
  readonly folder: string;
  /** Registers a cleanup; the last one runs first. @returns a function that removes it again. */
  defer(cleanup: () => Promise<void> | void): () => void;
}

interface RunOptions {
  verbose: boolean;
  /** Writes messages about an early end. Default: to standard error. */
  write?: (message: string) => void;
}

/**
 * Runs `work` and then ends this process with the exit code that it returns. Handles signals and crashes from now on, so call it
 * once, around everything else that a command does.
 */
export async function runToEnd(
  work: (run: RunContext) => Promise<number>,
  options: RunOptions,
): Promise<never> {
  const write = options.write ?? ((message: string) => void process.stderr.write(`${message}\n`));
  const cleanups: (() => Promise<void> | void)[] = [];
  const abort = new AbortController();
  const folder = makeRunFolder();
  // All temporary files of this run, those of child processes included, are made where they are removed.
  process.env["TMPDIR"] = folder;
  let ending: number | undefined;

  const end = async (exitCode: number): Promise<never> => {
    ending ??= performance.now();
    // A cleanup that hangs must not keep the run alive.
    const deadline = setTimeout(() => leave(exitCode), TEARDOWN_MILLISECONDS);
    for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) {
      try {
        await next();
      } catch (error) {
        write(explainError(error, options.verbose));
      }
    }
    clearTimeout(deadline);
    return leave(exitCode);
  };
  const leave = (exitCode: number): never => process.exit(exitCode);
  process.once("exit", () => {
    killDescendants();
    // The cursor may have been hidden by the progress display.
    if (process.stderr.isTTY) process.stderr.write("\u001b[?25h");
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  const endEarly = (message: string, exitCode: number) => {
    if (ending !== undefined) {
      if (performance.now() - ending > SECOND_SIGNAL_MILLISECONDS) leave(exitCode);
      return;
    }
    ending = performance.now();
    write(message);
    abort.abort(new Error(message));
    void end(exitCode);
  };
  for (const [signal, exitCode] of Object.entries(SIGNALS))
    process.on(signal, () => endEarly(`\nInterrupted (${signal}): tearing everything down…`, exitCode));
  process.on("uncaughtException", (error) =>
    endEarly(explainError(error, options.verbose), ExitCode.internal),
  );
  process.on("unhandledRejection", (error) =>
    endEarly(explainError(error, options.verbose), ExitCode.internal),
  );
  // A closed terminal or `| head`: nobody reads the output any more.
  process.stdout.on("error", () => leave(ExitCode.failed));
  watchParent(() => endEarly("npm has ended: tearing everything down…", SIGNALS.SIGTERM));

  const run: RunContext = {
    signal: abort.signal,
    folder,
    defer(cleanup) {
      cleanups.push(cleanup);
      return () => {
        const index = cleanups.indexOf(cleanup);
        if (index >= 0) cleanups.splice(index, 1);
      };
    },
  };
  let exitCode: number;
  try {
    exitCode = await work(run);
  } catch (error) {
    if (abort.signal.aborted) return new Promise(() => undefined);
    write(explainError(error, options.verbose));
    exitCode = exitCodeOf(error);
  }
  // An early end is under way and exits the process.
  if (abort.signal.aborted) return new Promise(() => undefined);
  return end(exitCode);
}

/** npm's shell may end on a signal without forwarding it; then nothing could end this run any more. */
function watchParent(ended: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) ended();
  }, 500).unref();
}

/** Makes this run's folder, and removes the folders of killed runs on this machine. */
function makeRunFolder(): string {
  const base = realpathSync(tmpdir());
  for (const name of readdirSync(base)) {
    if (!name.startsWith(PREFIX)) continue;
    try {
      const owner = JSON.parse(readFileSync(path.join(base, name, OWNER), "utf8")) as Record<string, unknown>;
      // Another host's folder (a shared disk, a container) can't be judged from here.
      if (owner["host"] !== hostname() || typeof owner["pid"] !== "number" || isAlive(owner["pid"])) continue;
      rmSync(path.join(base, name), { recursive: true, force: true });
    } catch {
      // It is somebody else's, or is just being made or removed.
    }
  }
  const folder = mkdtempSync(path.join(base, PREFIX));
  writeFileSync(path.join(folder, OWNER), JSON.stringify({ pid: process.pid, host: hostname() }));
  return folder;
}
