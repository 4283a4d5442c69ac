/** Reads files on all cores. */
import { buildSync } from "esbuild";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FileResult, ReadOptions } from "./result";

/** Files that a worker is given at a time: enough that it seldom waits, few enough that all end together. */
const batch = 8;

export interface PoolOptions extends ReadOptions {
  /** Default: as many as the machine has cores. */
  threads?: number;
  signal?: AbortSignal;
}

/**
 * Reads the files and hands each result to `take`, in no order. Files are asked for as threads get free, so that the list need
 * never be there as a whole.
 */
export async function readFiles(
  files: AsyncIterable<string>,
  options: PoolOptions,
  take: (result: FileResult) => void,
): Promise<void> {
  const { threads = availableParallelism(), signal, ...workerData } = options;
  const code = workerCode("worker.ts");
  const source = files[Symbol.asyncIterator]();
  let asking = Promise.resolve();
  const nextBatch = async (): Promise<string[]> => {
    const wanted: string[] = [];
    const mine = asking.then(async () => {
      while (wanted.length < batch) {
        const next = await source.next();
        if (next.done) return;
        wanted.push(next.value);
      }
    });
    asking = mine.catch(() => undefined);
    await mine;
    return wanted;
  };
  const workers: Worker[] = [];
  const stop = (): void => workers.forEach((worker) => void worker.terminate());
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await Promise.all(
      Array.from({ length: threads }, async () => {
        let todo = await nextBatch();
        if (todo.length === 0) return;
        const worker = new Worker(code, {
          eval: true,
          // What this process was started with, such as a compiler, is nothing to it.
          execArgv: [],
          workerData,
          // Buffers go when the young objects that hold them do: a small space for those keeps the memory of all threads small.
          resourceLimits: { maxYoungGenerationSizeMb: 2 },
        });
        workers.push(worker);
        while (todo.length > 0 && signal?.aborted !== true) {
          const answer = answerOf(worker);
          worker.postMessage(todo);
          const following = nextBatch();
          for (const result of await answer) take(result);
          todo = await following;
        }
      }),
    );
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** The worker as one script: a thread that compiled TypeScript itself would need a second and 100 MB. */
export function workerCode(file: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(__dirname, file)],
    bundle: true,
    platform: "node",
    target: "node20",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

async function answerOf(worker: Worker): Promise<FileResult[]> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      settle();
    };
    const onMessage = (results: FileResult[]): void => done(() => resolve(results));
    const onError = (error: Error): void => done(() => reject(error));
    const onExit = (code: number): void =>
      done(() => reject(new Error(`A reading thread ended with code ${code}`)));
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
  });
}
