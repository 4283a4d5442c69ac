/** `bailiwick backtest`: what each control would have done, from CloudTrail's log files. */
import { Command, InvalidArgumentError } from "commander";
import { stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { controlById, controls } from "../../controls";
import { timeOf } from "@bailiwick/aws-events/cloudtrail";
import { logFiles, type Listing } from "./backtest/files";
import { readFiles } from "./backtest/pool";
import { summaryPage } from "./backtest/page";
import { Summarizer, type Summary } from "./backtest/summary";
import { count, megabytes, summaryText } from "./backtest/text";
import { CommandError, ExitCode } from "../errors";
import { suggestion } from "../suggestion";

interface BacktestOptions {
  /** Milliseconds since 1970, inclusive. */
  since?: number;
  /** Exclusive. */
  until?: number;
  /** Ids; default all. */
  control?: string[];
  /** 12 digits each; default all. */
  account?: string[];
  json?: boolean;
  /** Where to write the page. */
  html?: string;
  threads?: number;
}

/** Exit code 0: everything was read. 1: something could not be read, and the answer covers the rest. 2: wrong arguments. */
export function backtestCommand(): Command {
  return new Command("backtest")
    .description(
      "Reports what each control would have done, from CloudTrail's log files: how often it would have fired, where, on which resources, " +
        "because of whom.\n" +
        "Reads a local copy of the trail's bucket, and also plain JSON, JSON lines and EventBridge events, gzipped or not.",
    )
    .argument("<path...>", "log files, or folders with log files")
    .option(
      "--since <time>",
      "only events from this time on (2026-03-01, or with a time: 2026-03-01T12:00Z)",
      time,
    )
    .option("--until <time>", "only events before this time", time)
    .option("--control <id>", "only this control; may be repeated", collect)
    .option("--account <id>", "only events of this account; may be repeated", collectAccounts)
    .option("--json", "print the answer as JSON")
    .option("--html <file>", "write the answer as a page with a timeline")
    .option("--threads <number>", "threads to read with (default: one per core)", positive)
    .action(async (paths: string[], options: BacktestOptions) => {
      const summary = await backtest(paths, options);
      process.stdout.write(
        options.json === true ? `${JSON.stringify(summary, null, 2)}\n` : summaryText(summary),
      );
      if (options.html !== undefined) await writeFile(options.html, await summaryPage(summary));
      if (summary.files.withProblems > 0) process.exitCode = ExitCode.failed;
    });
}

/** Reads the files under the paths. Progress goes to standard error. */
export async function backtest(paths: readonly string[], options: BacktestOptions = {}): Promise<Summary> {
  const chosen = options.control === undefined ? [...controls] : options.control.map(chosenControl);
  const ids = [...new Set(chosen.map(({ id }) => id))];
  const { since, until } = options;
  if (since !== undefined && until !== undefined && since >= until) {
    throw new CommandError("--since must be before --until", ExitCode.usage);
  }
  if (options.html !== undefined) {
    const folder = dirname(resolve(options.html));
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true)
      throw new CommandError(`--html: there is no folder ${folder}`, ExitCode.usage);
  }
  const listing: Listing = { ignored: new Map(), unreadable: new Map() };
  const summarizer = new Summarizer(ids.map(controlById));
  const began = performance.now();
  const progress = showProgress(summarizer, began);
  try {
    await readFiles(
      logFiles(paths, listing),
      {
        controls: ids,
        accounts: options.account ?? [],
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(options.threads === undefined ? {} : { threads: options.threads }),
      },
      (result) => {
        summarizer.add(result);
        progress.tick();
      },
    );
  } finally {
    progress.end();
  }
  for (const [folder, reason] of listing.unreadable) {
    summarizer.addProblems(folder, [{ kind: "can't be read", example: reason, count: 1 }]);
  }
  if (summarizer.files === 0 && listing.unreadable.size === 0) {
    throw new CommandError(
      `There are no log files (.json, .jsonl, .gz, .log) in ${paths.join(", ")}`,
      ExitCode.usage,
    );
  }
  return summarizer.summary((performance.now() - began) / 1000, listing.ignored);
}

function chosenControl(id: string): (typeof controls)[number] {
  const found = controls.find((control) => control.id === id);
  if (found) return found;
  const ids = controls.map((control) => control.id);
  throw new CommandError(`There is no control ${id}. ${suggestion(id, ids)}`, ExitCode.usage);
}

function showProgress(summarizer: Summarizer, began: number): { tick(): void; end(): void } {
  const terminal = process.stderr.isTTY && process.env.TERM !== "dumb";
  const every = terminal ? 200 : 10_000;
  let last = began;
  return {
    tick() {
      const now = performance.now();
      if (now - last < every) return;
      last = now;
      const { files, records, text } = summarizer;
      const rate = megabytes((text / (now - began)) * 1000);
      const line = `${count(files, "file")}, ${count(records, "record")}, ${megabytes(text)}, ${rate} a second`;
      process.stderr.write(terminal ? `\r\u001b[2K${line}` : `${line}\n`);
    },
    end() {
      if (terminal) process.stderr.write("\r\u001b[2K");
    },
  };
}

function time(text: string): number {
  // JavaScript would read a time without a zone as local, and a day without a time as UTC.
  const parsed = timeOf(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  if (parsed === undefined)
    throw new InvalidArgumentError("A time looks like 2026-03-01 or 2026-03-01T12:00:00Z.");
  return parsed;
}

function collect(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), ...value.split(",").filter((part) => part !== "")];
}

function collectAccounts(value: string, earlier: string[] | undefined): string[] {
  const accounts = collect(value, earlier);
  if (!accounts.every((account) => /^\d{12}$/.test(account))) {
    throw new InvalidArgumentError("An account is 12 digits.");
  }
  return accounts;
}

function positive(text: string): number {
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1 || threads > 256)
    throw new InvalidArgumentError("A number from 1 to 256.");
  return threads;
}
