/**
 * How fast a history is read with the whole catalogue, compared with unpacking the same files on the same cores without looking at
 * their content.
 */
import { Command } from "commander";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { backtest } from "../cli/history/backtest";
import { workerCode } from "../cli/history/backtest/pool";
import { History } from "./history";
import { median, print, type Measured } from "./measure";

interface BacktestBenchOptions {
  rounds?: number;
  files?: number;
  recordsPerFile?: number;
  /** A folder with log files to measure on instead of a generated history. */
  folder?: string;
}

async function measureBacktest(options: BacktestBenchOptions = {}): Promise<Measured> {
  const { rounds = 5, files = 10_000, recordsPerFile = 1000 } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "bailiwick-history-"));
  try {
    if (options.folder === undefined) makeHistory(folder, files, recordsPerFile);
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => path.endsWith(".gz"));
    const bare: Timed[] = [];
    const ours: Timed[] = [];
    let summary = await backtest([folder]);
    for (let round = 0; round < rounds; round++) {
      bare.push(await timed(() => unpackAll(paths)));
      ours.push(await timed(async () => (summary = await backtest([folder]))));
    }
    const text = summary.bytes.text;
    const memory = peakMemory(folder);
    return {
      title: "Backtest with the whole catalogue, all cores",
      setting: {
        cores: availableParallelism(),
        files: summary.files.read,
        records: summary.records.total,
        examined: summary.records.examined,
        fired: summary.controls.reduce((sum, { fired }) => sum + fired, 0),
        megabytesOnDisk: Math.round(summary.bytes.onDisk / 1e6),
        megabytesOfText: Math.round(text / 1e6),
        rounds,
      },
      figures: {
        "bare gunzip, MB of text a second": Math.round(text / medianOf(bare, "seconds") / 1e6),
        "backtest, MB of text a second": Math.round(text / medianOf(ours, "seconds") / 1e6),
        "bare gunzip, MB a second of processor": Math.round(text / medianOf(bare, "processor") / 1e6),
        "backtest, MB a second of processor": Math.round(text / medianOf(ours, "processor") / 1e6),
        "backtest, records a second": Math.round(summary.records.total / medianOf(ours, "seconds")),
        "backtest, peak memory in MB": memory,
      },
      targets: [
        {
          what: "part of bare gunzip's speed",
          figure: medianOf(bare, "seconds") / medianOf(ours, "seconds"),
          least: 0.8,
        },
        { what: "peak memory in MB", figure: memory, most: 300 },
      ],
    };
  } finally {
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

interface Timed {
  /** Wall-clock time. */
  seconds: number;
  /** Processor time of all threads, so that other load on the machine doesn't count. */
  processor: number;
}

async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const began = performance.now();
  const used = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(used);
  return { seconds: (performance.now() - began) / 1000, processor: (user + system) / 1e6 };
}

function medianOf(list: readonly Timed[], figure: keyof Timed): number {
  return median(list.map((timed) => timed[figure]));
}

/** Files as AWS lays them out in a trail's bucket. */
function makeHistory(folder: string, files: number, recordsPerFile: number): void {
  const history = new History(3);
  // Some files under several names: generating all of them would take minutes, and repetition doesn't change the speed.
  const different: string[] = [];
  for (let file = 0; file < files; file++) {
    const day = join(
      folder,
      "AWSLogs",
      "111111111111",
      "CloudTrail",
      "us-east-1",
      "2026",
      "06",
      String(1 + (file % 28)),
    );
    mkdirSync(day, { recursive: true });
    const name = `111111111111_CloudTrail_us-east-1_20260601T0000Z_${String(file).padStart(16, "0")}.json.gz`;
    const path = join(day, name);
    const same = different[file % 40];
    if (same !== undefined) {
      linkSync(same, path);
      continue;
    }
    const records = Array.from({ length: recordsPerFile }, () => JSON.stringify(history.record()));
    writeFileSync(path, gzipSync(`{"Records":[${records.join()}]}`));
    different.push(path);
  }
}

async function unpackAll(paths: readonly string[]): Promise<void> {
  const code = workerCode(`import "./gunzip";`, __dirname);
  let next = 0;
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      const worker = new Worker(code, { eval: true, execArgv: [] });
      while (next < paths.length) {
        worker.postMessage(paths.slice(next, (next += 8)));
        await once(worker, "message");
      }
      await worker.terminate();
    }),
  );
}

/** Peak memory of the command as people run it, in MB. */
function peakMemory(folder: string): number {
  const script = `
    process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS));
    process.argv.push("backtest", ${JSON.stringify(folder)}, "--json");
    require(${JSON.stringify(join(__dirname, "..", "cli", "bin.js"))});`;
  const { stderr } = spawnSync(process.execPath, ["-e", script, "bailiwick"], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  return Math.round(Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024);
}

export function backtestBench(): Command {
  return new Command("backtest")
    .description("backtest: speed compared with bare gunzip, and peak memory")
    .argument("[folder]", "log files to measure on (default: a generated history)")
    .option("--json", "print the figures as JSON")
    .option("--rounds <number>", "rounds; medians are shown", Number)
    .action(async (folder: string | undefined, { json, rounds }: { json?: boolean; rounds?: number }) =>
      print(
        await measureBacktest({
          ...(folder === undefined ? {} : { folder }),
          ...(rounds === undefined ? {} : { rounds }),
        }),
        json === true,
      ),
    );
}
