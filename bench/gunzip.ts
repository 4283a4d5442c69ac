/** A worker thread that only unpacks files: a backtest can't be faster. */
import { readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { gunzipSync } from "node:zlib";

parentPort?.on("message", (files: string[]) => {
  let bytes = 0;
  for (const file of files) bytes += gunzipSync(readFileSync(file)).length;
  parentPort?.postMessage(bytes);
});
