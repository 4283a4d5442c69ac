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
  const readers: ReadingThread[] = [];
  const stop = (): void => readers.forEach((reader) => void reader.end());
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await Promise.all(
      Array.from({ length: threads }, async () => {
        const first = await nextBatch();
        if (first.length === 0) return;
        const reader = new ReadingThread(code, workerData);
        readers.push(reader);
        const readAll = async (batches: string[]): Promise<void> => {
          for (let todo = batches; todo.length > 0 && signal?.aborted !== true; todo = await nextBatch())
            for (const result of await reader.read(todo)) take(result);
        };
        // A second batch lies ready when the thread is done with one.
        await Promise.all([readAll(first), readAll(await nextBatch())]);
      }),
    );
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", stop);
    await Promise.all(readers.map((reader) => reader.end()));
  }
}

class ReadingThread {
  private readonly worker: Worker;
  /** Of those who wait for an answer, who come in the order in which they asked. */
  private readonly waiting: { resolve: (results: FileResult[]) => void; reject: (error: Error) => void }[] =
    [];
  private failure: Error | undefined;

  constructor(code: string, workerData: ReadOptions) {
    this.worker = new Worker(code, {
      eval: true,
      // What this process was started with, such as a compiler, is nothing to it.
      execArgv: [],
      workerData,
      // Buffers go when the young objects that hold them do: a small space for those keeps the memory of all threads small.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.worker
      .on("message", (results: FileResult[]) => this.waiting.shift()?.resolve(results))
      .on("error", (error) => this.fail(error))
      .on("exit", (code) => this.fail(new Error(`A reading thread ended with code ${code}`)));
  }

  async read(files: readonly string[]): Promise<FileResult[]> {
    if (this.failure) throw this.failure;
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(files);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
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
