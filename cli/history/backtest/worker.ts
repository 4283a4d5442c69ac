/** A worker thread of the backtest: receives file names, answers with their results. */
import { parentPort, workerData } from "node:worker_threads";
import { LogReader } from "./reader";
import type { FileResult, ReadOptions } from "./result";

const reader = new LogReader(workerData as ReadOptions);

let last = Promise.resolve();

parentPort?.on("message", (files: string[]) => {
  // One file at a time, also when the next batch arrives before this one is read.
  last = last.then(async () => {
    const results: FileResult[] = [];
    for (const file of files) results.push(await reader.read(file));
    parentPort?.postMessage(results);
  });
});
