/** Shows progress on standard error: redrawn on a terminal, one line for each message elsewhere. */
export interface Step<Context> {
  title: string;
  /** @returns text to show behind the title once the step is done. */
  run: (context: Context, report: ReportProgress) => Promise<string | void>;
}

export interface ReportProgress {
  /** Gets a line of its own, also in a log. */
  (message: string): void;
  /** Changes often: only shown where it can be redrawn. */
  live(message: string): void;
}

interface ProgressOptions {
  signal: AbortSignal;
  /** Whether lines can be redrawn. Default: standard error is a terminal and not a dumb one. */
  terminal?: boolean;
}

/** The part of listr2's task that is used here. */
interface ListrTask {
  title: string;
  output: string;
}

/** Runs the steps one after the other and shows them. Rejects with a step's error, or when `signal` is aborted. */
export async function runSteps<Context extends object>(
  steps: readonly Step<Context>[],
  context: Context,
  options: ProgressOptions,
): Promise<void> {
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const terminal = options.terminal ?? (process.stderr.isTTY && process.env["TERM"] !== "dumb");
  // Standard output is for results.
  const style = { useIcons: true, processOutput: new ProcessOutput(process.stderr, process.stderr) };
  const tasks = steps.map(({ title, run }) => ({
    title,
    task: async (_: Context, task: ListrTask) => {
      const began = performance.now();
      const report: ReportProgress = Object.assign((message: string) => void (task.output = message), {
        live: (message: string) => {
          if (terminal) task.output = message;
        },
      });
      const result = await untilAborted(run(context, report), options.signal);
      task.title = `${title}${result ? `: ${result}` : ""} (${((performance.now() - began) / 1000).toFixed(1)} s)`;
    },
  }));
  const common = { ctx: context, registerSignalListeners: false, concurrent: false } as const;
  const listr = terminal
    ? new Listr<Context, "default">(tasks, {
        ...common,
        renderer: "default",
        rendererOptions: { logger: new ListrLogger(style), collapseErrors: false, showErrorMessage: false },
      })
    : new Listr<Context, "simple">(tasks, {
        ...common,
        renderer: "simple",
        rendererOptions: { logger: new ListrLogger(style) },
      });
  await listr.run();
}

/** Rejects when aborted, so that the display ends while the work is still being stopped. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
