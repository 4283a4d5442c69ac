/** A worker thread of the backtest: receives file names, answers with their results. */
import { parentPort, workerData } from "node:worker_threads";
import type { CatalogueEntry } from "../../../controls/lib/control";
import { LogReader } from "./reader";
import type { FileResult, ReadOptions } from "./result";

export function answerRequests(controls: readonly CatalogueEntry[]): void {
  const reader = new LogReader(controls, workerData as ReadOptions);
  let last = Promise.resolve();
  parentPort?.on("message", (files: string[]) => {
    // One file at a time, also when the next batch arrives before this one is read.
    last = last.then(async () => {
      const results: FileResult[] = [];
      for (const file of files) results.push(await reader.read(file));
      parentPort?.postMessage(results);
    });
  });
}
