/** The programs that are measured, each in a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { median } from "../measure";

/** What either program answers to an event, and, with the first two alone, once it is loaded. */
export interface Answer {
  loaded: number;
  loadedProcessor: number;
  bytes: number;
  result: unknown;
  error?: string;
  milliseconds: number;
  /** While no AWS call was under way. */
  own: number;
  processor: number;
  calls: number;
  megabytes: number;
}

export interface Run {
  loaded: number;
  loadedProcessor: number;
  bytes: number;
  all: Answer[];
}

/** Medians of how long it took to load. */
export const loading = (loads: readonly Answer[]) => ({
  loaded: median(loads.map(({ loaded }) => loaded)),
  loadedProcessor: median(loads.map(({ loadedProcessor }) => loadedProcessor)),
});

/** A program that answers lines with lines. */
export function startLineProcess(command: string, args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-4000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Answer> => {
    const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
    if (done) throw new Error(`${command} ${args[0] ?? ""} ended early. ${errors}`);
    return JSON.parse(value) as Answer;
  };
  return {
    next,
    ask: (question: object) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return next();
    },
    end: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
