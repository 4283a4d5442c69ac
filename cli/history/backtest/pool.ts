/** Reads files on all cores. */
import { buildSync } from "esbuild";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { FileResult, ReadOptions } from "./result";

/** Files in a worker's batch: enough that it seldom waits, few enough that all workers end together. */
const batch = 8;

interface PoolOptions extends ReadOptions {
  /** Ids of the controls; hits refer to this order. */
  controls: readonly string[];
  /** Default: the number of cores. */
  threads?: number;
  signal?: AbortSignal;
}

/**
 * Reads the files and passes each result to `take`, in no order. Files are listed as threads become free, so that the whole list
 * is never in memory.
 */
export async function readFiles(
  files: AsyncIterable<string>,
  options: PoolOptions,
  take: (result: FileResult) => void,
): Promise<void> {
  const { controls, threads = availableParallelism(), signal, ...workerData } = options;
  const code = workerCode(readerSource(controls), __dirname);
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
        // A second batch is ready when the thread has finished one.
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
  /** Requests that wait for an answer; answers come in the order of the requests. */
  private readonly waiting: { resolve: (results: FileResult[]) => void; reject: (error: Error) => void }[] =
    [];
  private failure: Error | undefined;

  constructor(code: string, workerData: ReadOptions) {
    this.worker = new Worker(code, {
      eval: true,
      // Not this process' options, such as a compiler.
      execArgv: [],
      workerData,
      // Buffers are freed with the young objects that refer to them: a small space for those keeps the threads' memory small.
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

/** The reading thread's source, with static imports: the bundler can't follow those by which the catalogue finds its controls. */
const readerSource = (controls: readonly string[]): string =>
  [
    `import { answerRequests } from "./worker";`,
    ...controls.map(
      (id, index) => `import { control as control${index} } from "../../../controls/${id}/control";`,
    ),
    `answerRequests([${controls.map((_, index) => `control${index}`).join(", ")}]);`,
  ].join("\n");

/**
 * A worker's source as one script: a thread that compiled TypeScript itself would need a second and 100 MB.
 * @param folder relative imports start here.
 */
export function workerCode(source: string, folder: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents: source, resolveDir: folder, loader: "ts" },
    bundle: true,
    platform: "node",
    target: "node20",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
